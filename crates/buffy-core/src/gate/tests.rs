use super::script::play;
use super::{Asks, CONFIGURATION, Cause, Gate, TargetState, Verdict};

/// Reads and writes meet this at the end: `pass`, `hold: operator`, `hold: rules`, `hold: down`
/// or `refuse`.
fn check(script: &str, expected: &str) {
    check_both(script, expected, expected);
}

fn check_both(script: &str, read: &str, write: &str) {
    let gate = play(script).gate;
    assert_eq!(met(&gate, Asks::READ), read, "a read after {script:?}");
    assert_eq!(met(&gate, Asks::WRITE), write, "a write after {script:?}");
}

/// What the last input asks of the shell.
fn asks(script: &str, expected: &str) {
    assert_eq!(play(script).asked(), expected, "asked after {script:?}");
}

/// What was told, from the first input on.
fn told(script: &str, expected: &[&str]) {
    assert_eq!(play(script).told(), expected, "told by {script:?}");
}

/// Why a write does not pass.
fn reasons(script: &str, expected: &[&str]) {
    assert_eq!(
        play(script).gate.reasons(&Asks::WRITE),
        expected,
        "reasons after {script:?}"
    );
}

fn met(gate: &Gate, asks: Asks) -> &'static str {
    match gate.verdict(&asks) {
        Verdict::Pass => "pass",
        Verdict::Hold(Cause::Closed) => "hold: operator",
        Verdict::Hold(Cause::Autogate) => "hold: rules",
        Verdict::Hold(Cause::Down) => "hold: down",
        Verdict::Refuse => "refuse",
    }
}

#[test]
fn unknown_holds() {
    check("", "hold: down");
    check("up", "pass");
    check("rules:", "hold: down");
    check("rules: up", "hold: rules");
    check("rules: OPEN", "hold: down");
    check("rules: up, OPEN", "pass");
    check("rules: OPEN, up", "pass");
    check("http: up", "hold: down");
    check("http: up, up", "pass");
}

#[test]
fn the_operator_outlives_the_rules() {
    check("up, closed", "hold: operator");
    check("up, closed, lifted", "pass");
    check("up, closed by alice, closed by bob", "hold: operator");
    check("rules: up, OPEN, closed, OPEN", "hold: operator");
    check("rules: up, OPEN, closed, lifted", "hold: rules");
    check("rules: up, CLOSE, closed, lifted", "hold: rules");
    check("closed, lifted", "hold: down");
    check("lifted", "hold: down");
}

#[test]
fn a_stop_refuses_whatever_else_is_said() {
    check("stopped", "refuse");
    check("up, stopped", "refuse");
    check("up, closed, stopped", "refuse");
    check("up, stopped, closed", "refuse");
    check("rules: up, CLOSE, stopped", "refuse");
    check("up, closed, stopped, lifted", "pass");
}

#[test]
fn reads_pass_while_writes_are_held() {
    check_both("up, writes closed", "pass", "hold: operator");
    check_both("up, writes closed, refused", "hold: down", "hold: operator");
    check_both("up, writes closed, refused, up", "pass", "hold: operator");
    check_both("up, writes closed, stopped", "refuse", "refuse");
    check_both(
        "up, writes closed, closed",
        "hold: operator",
        "hold: operator",
    );
    check("up, writes closed, lifted", "pass");
}

#[test]
fn a_lift_voids_evidence_for_those_that_were_held() {
    check_both(
        "rules: up, OPEN, writes closed, lifted",
        "pass",
        "hold: rules",
    );
    check_both(
        "rules: up, OPEN, writes closed, lifted, OPEN",
        "pass",
        "pass",
    );
    check_both("http: up, up, writes closed, lifted", "pass", "hold: down");
    check_both("http: up, up, writes closed, lifted, up", "pass", "pass");
    // A write meets at least what a read meets.
    check(
        "rules, rise 2: up, OPEN, OPEN, writes closed, CLOSE, lifted, OPEN",
        "hold: rules",
    );
    check(
        "http: up, up, writes closed, missed, missed, missed, lifted, up",
        "hold: down",
    );
    check_both(
        "rules: up, OPEN, writes closed, stopped, lifted",
        "hold: rules",
        "hold: rules",
    );
}

#[test]
fn a_gate_starts_as_it_is_told() {
    check("initially closed: up", "hold: operator");
    check("initially closed: up, lifted", "pass");
    check("left stopped: up", "refuse");
    check("initially closed, left stopped: up", "refuse");
    check("initially closed, left stopped: up, lifted", "pass");

    let gate = play("initially closed: up").gate;
    assert_eq!(gate.operator().closes()[0].actor, CONFIGURATION);
    assert_eq!(gate.operator().closes()[0].at_ms, 1_000);
    assert!(
        play("initially closed, left stopped: up")
            .gate
            .operator()
            .closes()
            .is_empty()
    );
}

#[test]
fn entries_are_told_apart() {
    let gate = play("left stopped: closed by alice, closed by bob, stopped").gate;
    let ids = |gate: &Gate| {
        let closes = gate.operator().closes().iter().map(|close| close.id);
        closes
            .chain(gate.operator().stops().iter().map(|stop| stop.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&gate), [8, 9, 7, 10]);
}

#[test]
fn a_verdict_of_the_rules_counts_only_if_its_poll_began_after_the_lift() {
    check(
        "rules: up, OPEN, closed, a poll begins, lifted, that poll says OPEN",
        "hold: rules",
    );
    check(
        "rules: up, OPEN, closed, lifted, a poll begins, that poll says OPEN",
        "pass",
    );
    check(
        "rules: up, OPEN, stopped, a poll begins, lifted, that poll says OPEN",
        "hold: rules",
    );
    check(
        "rules: up, OPEN, a poll begins, closed, that poll says OPEN, lifted",
        "hold: rules",
    );
    asks(
        "rules: up, OPEN, closed, a poll begins, lifted, that poll says OPEN",
        "poll",
    );
    asks("rules: up, OPEN, closed, lifted, OPEN", "flush");
}

#[test]
fn a_verdict_of_the_rules_counts_only_if_its_poll_began_after_no_target_was_up() {
    let died = "rules: up, OPEN, a poll begins, refused, refused";
    check(&format!("{died}, up"), "hold: rules");
    check(&format!("{died}, up, that poll says OPEN"), "hold: rules");
    check(&format!("{died}, up, OPEN"), "pass");
    check(&format!("{died}, OPEN, up"), "pass");
    check("rules: up, OPEN, missed, missed, missed, up", "hold: rules");
    check("rules: up, OPEN, missed, missed, up", "pass");
}

#[test]
fn adding_a_close_voids_nothing() {
    check(
        "rules: up, a poll begins, writes closed, that poll says OPEN, closed",
        "hold: operator",
    );
    check_both("rules: up, OPEN, writes closed", "pass", "hold: operator");
    check_both(
        "rules: up, a poll begins, writes closed, that poll says OPEN",
        "pass",
        "hold: operator",
    );
}

#[test]
fn one_fresh_open_suffices_where_it_was_open_before_the_close() {
    let rules = "rules, rise 3, settle 2s: up, OPEN, OPEN, OPEN";
    check(&format!("{rules}, wait 2s, closed, lifted"), "hold: rules");
    check(&format!("{rules}, wait 2s, closed, lifted, OPEN"), "pass");
    check(
        &format!("{rules}, wait 2s, closed, lifted, closed, lifted, OPEN"),
        "pass",
    );
    check(
        &format!("{rules}, wait 2s, closed, stopped, lifted, OPEN"),
        "pass",
    );
    check(
        &format!("{rules}, wait 2s, closed, CLOSE, lifted, OPEN"),
        "pass",
    );
    check(
        &format!("{rules}, wait 2s, closed, lifted, poll missed, OPEN"),
        "pass",
    );
    check(
        &format!("{rules}, wait 2s, closed, lifted, CLOSE, OPEN"),
        "hold: rules",
    );
    check(
        &format!("{rules}, wait 2s, closed, lifted, refused, refused, up, OPEN"),
        "hold: rules",
    );
    check(
        &format!("{rules}, closed, wait 2s, lifted, OPEN"),
        "hold: rules",
    );
    check(
        &format!("{rules}, wait 2s, closed, refused, missed, up, lifted, OPEN"),
        "hold: rules",
    );
    check(
        "rules, rise 2: up, OPEN, OPEN, closed, refused, missed, up, OPEN, OPEN, lifted, OPEN",
        "pass",
    );
    check(
        "rules, rise 2: up, closed, OPEN, OPEN, lifted, OPEN",
        "hold: rules",
    );
    check(
        "rules, rise 2: up, closed, OPEN, OPEN, lifted, OPEN, OPEN",
        "pass",
    );
    check(
        "rules, rise 2, initially closed: up, OPEN, OPEN, lifted, OPEN",
        "hold: rules",
    );
}

#[test]
fn http_health_is_unknown_again_at_a_lift() {
    check("http: up, up, closed, lifted", "hold: down");
    check("http: up, up, closed, lifted, up", "pass");
    check("http: up, closed, lifted, up", "hold: down");
    check("http: up, closed, lifted, up, up", "pass");
    check("http: up, closed, up, lifted, up", "hold: down");
    check(
        "http: up, up, closed, missed, missed, missed, lifted, up",
        "hold: down",
    );
    check(
        "http: up, up, closed, missed, missed, missed, up, up, lifted, up",
        "pass",
    );
    check("http: up, up, closed, lifted, closed, lifted, up", "pass");
    check(
        "http: up, up, closed, a probe begins, lifted, that probe is good",
        "hold: down",
    );
    asks(
        "http: up, up, closed, a probe begins, lifted, that probe is good",
        "probe",
    );
    check(
        "http: up, up, closed, lifted, missed, missed, missed, up",
        "hold: down",
    );
    check("http: up, up, closed, lifted, missed, up", "pass");
    assert_eq!(target("http: up, up, closed, lifted"), TargetState::Unknown);
    assert_eq!(
        target("http: up, up, closed, missed, missed, missed, lifted"),
        TargetState::Unknown
    );
    assert_eq!(
        target("http: up, up, closed, lifted, missed, missed, missed"),
        TargetState::Down
    );
    assert_eq!(
        target("http: up, up, closed, refused, lifted"),
        TargetState::Suspect
    );
}

#[test]
fn tcp_health_is_not_void_at_a_lift() {
    check("up, closed, lifted", "pass");
    check("closed, up, lifted", "pass");
    check("closed, a probe begins, lifted, that probe is good", "pass");
}

#[test]
fn each_moment_asks_at_once() {
    asks("rules: up", "poll");
    asks("rules, http: up, up", "poll");
    asks("rules, http: up", "");
    asks("up", "flush");
    asks("rules: up, OPEN, closed", "flush");
    asks("rules: up, OPEN, closed, lifted", "poll, flush");
    asks(
        "rules, http: up, up, OPEN, closed, lifted",
        "probe, poll, flush",
    );
    asks("closed, lifted", "probe, flush");
    asks("lifted", "");
    asks("rules: up, OPEN, refused", "probe, poll");
    asks("rules: up, OPEN, refused, refused", "probe, poll, flush");
    asks("rules: up, OPEN, missed", "");
    asks(
        "rules: up, OPEN, missed, missed, missed",
        "probe, poll, flush",
    );
    asks("rules: up, OPEN, refused, up", "poll");
}

#[test]
fn a_refused_connection_makes_suspect() {
    check("up, refused", "hold: down");
    check("up, refused, up", "pass");
    check("up, refused, missed", "hold: down");
    assert_eq!(target("up, refused"), TargetState::Suspect);
    assert_eq!(target("up, refused, missed"), TargetState::Down);
    assert_eq!(target("up, refused, refused"), TargetState::Down);
    assert_eq!(target("up, refused, up, refused"), TargetState::Suspect);
    assert_eq!(
        target("http: up, up, refused, answered"),
        TargetState::Suspect
    );
    assert_eq!(
        target("http: up, up, refused, answered, refused"),
        TargetState::Suspect
    );
    assert_eq!(
        target("http: up, up, refused, answered, refused, refused"),
        TargetState::Down
    );
    assert_eq!(target("http: up, up, refused, up"), TargetState::Up);
    asks("http: up, up, refused, answered, refused", "probe");
}

#[test]
fn a_good_probe_clears_a_suspect_and_keeps_the_pool() {
    asks("up, closed, refused, refused", "probe, flush");
    asks("up, refused", "probe");
    asks("up, refused, up", "");
    asks("up, refused, missed", "probe, flush");
    // What answers now may be another process: its rules are asked, but not thrice.
    check(
        "rules, rise 3, settle 2s: up, OPEN, OPEN, OPEN, wait 2s, refused, up",
        "hold: rules",
    );
    check(
        "rules, rise 3, settle 2s: up, OPEN, OPEN, OPEN, wait 2s, refused, up, OPEN",
        "pass",
    );
    check(
        "rules: up, OPEN, a poll begins, refused, up, that poll says OPEN",
        "hold: rules",
    );
    asks("rules: up, OPEN, refused, up, OPEN", "");
    check(
        "rules, rise 2: up, OPEN, OPEN, refused, up, closed, lifted, OPEN",
        "pass",
    );
    check(
        "rules, rise 2: up, OPEN, OPEN, refused, missed, up, OPEN",
        "hold: rules",
    );
}

#[test]
fn health_rises_and_falls() {
    check("missed, missed, up", "pass");
    check("up, missed, missed", "pass");
    check("up, missed, missed, up, missed, missed", "pass");
    check("up, missed, missed, missed", "hold: down");
    check("health fall 1: up, missed", "hold: down");
    check("health rise 2: up, missed, up", "hold: down");
    check("health rise 2: up, missed, up, up", "pass");
    check("http: up, up, missed, missed, missed, up", "hold: down");
    check("http: up, up, missed, missed, missed, up, up", "pass");
    check("http: up, refused, up", "hold: down");
    // Begun while it was up, so it speaks of what was before.
    check(
        "http: up, up, a probe begins, missed, missed, refused, that probe is good",
        "hold: down",
    );
    asks(
        "http: up, up, a probe begins, refused, that probe fails",
        "probe",
    );
    assert_eq!(
        target("http: up, up, a probe begins, refused, that probe fails"),
        TargetState::Suspect
    );
}

#[test]
fn an_answered_request_says_up_where_health_is_tcp() {
    check("answered", "pass");
    check("up, refused, answered", "pass");
    check("up, refused, refused, answered", "pass");
    check("up, missed, missed, answered, missed", "pass");
    check("http: up, answered", "hold: down");
    check("http: up, up, refused, answered", "hold: down");
    check(
        "http: up, up, missed, missed, answered, missed",
        "hold: down",
    );
}

#[test]
fn evidence_older_than_contrary_evidence_is_dropped() {
    check(
        "up, a connection begins, refused, that connection is answered",
        "hold: down",
    );
    check(
        "up, a connection begins, refused, up, that connection is refused",
        "pass",
    );
    check(
        "up, a connection begins, answered, that connection is refused",
        "pass",
    );
    check(
        "http: up, up, a connection begins, answered, that connection is refused",
        "pass",
    );
    check(
        "up, a probe begins, refused, that probe is good",
        "hold: down",
    );
    asks("up, a probe begins, refused, that probe is good", "probe");
    check(
        "up, missed, missed, a probe begins, answered, that probe fails",
        "pass",
    );
    check(
        "up, refused, a connection begins, refused, that connection is answered",
        "hold: down",
    );
    check(
        "rules: up, a poll begins, CLOSE, that poll says OPEN",
        "hold: rules",
    );
    check(
        "rules: up, a poll begins, OPEN, that poll says CLOSE",
        "pass",
    );
    check(
        "rules, fall 1: up, a poll begins, OPEN, that poll missed",
        "pass",
    );
    check(
        "rules, rise 2: up, a poll begins, OPEN, that poll says OPEN",
        "pass",
    );
}

#[test]
fn rules_open_after_rise_and_close_at_once() {
    check("rules, rise 2: up, OPEN", "hold: rules");
    check("rules, rise 2: up, OPEN, OPEN", "pass");
    check("rules, rise 2: up, OPEN, OPEN, CLOSE", "hold: rules");
    check("rules, rise 2: up, OPEN, OPEN, CLOSE, OPEN", "hold: rules");
    check("rules, rise 2: up, OPEN, CLOSE, OPEN", "hold: rules");
    check("rules, rise 2: up, OPEN, unmatched, OPEN", "hold: rules");
    check("rules, rise 2: up, OPEN, poll missed, OPEN", "hold: rules");
    check("rules, rise 2: up, OPEN, poll missed, OPEN, OPEN", "pass");
}

#[test]
fn rules_settle_after_the_first_open() {
    check("rules, settle 2s: up, OPEN, wait 1s", "hold: rules");
    check("rules, settle 2s: up, OPEN, wait 2s", "pass");
    check(
        "rules, settle 2s: up, OPEN, wait 1s, OPEN, wait 998ms",
        "pass",
    );
    check(
        "rules, settle 2s: up, OPEN, wait 1s, CLOSE, wait 2s",
        "hold: rules",
    );
    check(
        "rules, settle 2s: up, OPEN, wait 1s, CLOSE, OPEN, wait 1s",
        "hold: rules",
    );
    check(
        "rules, settle 2s: up, OPEN, wait 1s, refused, refused, up, wait 2s",
        "hold: rules",
    );
    check("rules, rise 2, settle 2s: up, OPEN, wait 3s", "hold: rules");
    check("rules, rise 2, settle 2s: up, OPEN, wait 3s, OPEN", "pass");
    assert!(
        play("rules, rise 2, settle 2s: up, OPEN")
            .gate
            .next_tick()
            .is_none()
    );
    assert!(
        play("rules, rise 2, settle 2s: up, OPEN, OPEN")
            .gate
            .next_tick()
            .is_some()
    );
    assert!(
        play("rules, settle 2s: up, OPEN, wait 2s")
            .gate
            .next_tick()
            .is_none()
    );
    check("rules, settle 2s: up, OPEN, tick", "hold: rules");
}

#[test]
fn a_document_that_no_rule_matches_keeps_or_closes() {
    check("rules: up, OPEN, unmatched", "pass");
    check("rules: up, unmatched", "hold: rules");
    check("rules: up, CLOSE, unmatched", "hold: rules");
    check("rules, unmatched close: up, OPEN, unmatched", "hold: rules");
    check("rules, unmatched close: up, OPEN, unmatched, OPEN", "pass");
    check("rules: up, OPEN, closed, lifted, unmatched", "hold: rules");
}

#[test]
fn misses_close_after_fall_or_keep() {
    check("rules: up, OPEN, poll missed, poll missed", "pass");
    check(
        "rules: up, OPEN, poll missed, poll missed, poll missed",
        "hold: rules",
    );
    check(
        "rules: up, OPEN, poll missed, poll missed, OPEN, poll missed, poll missed",
        "pass",
    );
    check(
        "rules: up, OPEN, poll missed, poll missed, unmatched, poll missed",
        "pass",
    );
    check(
        "rules, unreachable keep, fall 1: up, OPEN, poll missed, poll missed",
        "pass",
    );
    check(
        "rules, unreachable keep, fall 1: up, CLOSE, poll missed",
        "hold: rules",
    );
    check(
        "rules: up, OPEN, poll missed, poll missed, poll missed, OPEN",
        "pass",
    );
}

#[test]
fn what_was_never_reached_stays_unknown_and_is_told_once() {
    told("missed, missed", &[]);
    told(
        "missed, missed, missed, missed, missed",
        &["http://b never reached: timed out"],
    );
    assert_eq!(
        target("missed, missed, missed, missed"),
        TargetState::Unknown
    );
    told(
        "rules: missed, poll missed, missed, poll missed, missed, poll missed",
        &["http://b never reached: timed out"],
    );
    told(
        "rules: up, poll missed, poll missed, poll missed, poll missed",
        &["http://b up", "http://b/ping never reached: no answer"],
    );
    reasons(
        "rules: up, poll missed, poll missed, poll missed",
        &["autogate unknown: http://b/ping no answer"],
    );
    reasons(
        "rules: missed, poll missed",
        &[
            "no target up: http://b timed out",
            "autogate unknown: http://b/ping no answer",
        ],
    );
}

#[test]
fn lasting_changes_are_told() {
    told("up", &["http://b up", "unknown -> open by health: "]);
    told(
        "up, closed, closed by bob, lifted",
        &[
            "http://b up",
            "unknown -> open by health: ",
            "open -> closed by alice: deploy",
            "closed -> closed by bob: deploy",
            "closed -> open by alice: deploy",
        ],
    );
    told(
        "up, stopped, refused, refused, up, lifted",
        &[
            "http://b up",
            "unknown -> open by health: ",
            "open -> stopped by alice: deploy",
            "http://b down: refused",
            "http://b up",
            "stopped -> open by alice: deploy",
        ],
    );
    told(
        "rules: up, OPEN, CLOSE, OPEN, missed, missed, missed",
        &[
            "http://b up",
            "unknown -> open by autogate: match1 says OPEN",
            "open -> closed by autogate: match2 says CLOSE",
            "closed -> open by autogate: match1 says OPEN",
            "http://b down: timed out",
            "open -> down by health: timed out",
        ],
    );
    told("lifted", &[]);
}

#[test]
fn a_blink_is_not_told_and_a_lasting_doubt_is() {
    let open = [
        "http://b up",
        "unknown -> open by autogate: match1 says OPEN",
    ];
    told("rules: up, OPEN, refused, up, OPEN", &open);
    told(
        "rules: up, OPEN, refused, up, poll missed, poll missed",
        &open,
    );
    let told_then = |script: &str, last: &str| told(script, &[open[0], open[1], last]);
    told_then(
        "rules: up, OPEN, refused, up, CLOSE",
        "open -> closed by autogate: match2 says CLOSE",
    );
    told_then(
        "rules: up, OPEN, refused, up, unmatched",
        "open -> unknown by autogate: no rule matches http://b/ping",
    );
    told_then(
        "rules, unreachable keep: up, OPEN, refused, up, poll missed, poll missed, poll missed",
        "open -> unknown by autogate: http://b/ping no answer",
    );
}

#[test]
fn the_reasons_are_kept_apart() {
    reasons("up", &[]);
    reasons("", &["no target up: http://b is being probed"]);
    reasons(
        "rules: up, CLOSE, closed, writes closed by bob, stopped by carol",
        &[
            "stopped by carol: deploy",
            "closed by alice: deploy",
            "writes closed by bob: deploy",
            "autogate closed by match2",
        ],
    );
    reasons("up, refused", &["no target up: http://b refused"]);
    reasons(
        "rules: up",
        &["autogate unknown: http://b/ping is being asked"],
    );
    reasons(
        "rules: up, OPEN, closed, lifted",
        &["autogate unknown: http://b/ping is being asked"],
    );
    reasons(
        "rules: up, unmatched",
        &["autogate unknown: no rule matches http://b/ping"],
    );
    reasons(
        "rules, rise 3: up, OPEN, OPEN",
        &["autogate unknown: match1 says OPEN, 2 of 3, not settled"],
    );
    reasons(
        "rules, fall 1: up, OPEN, poll missed",
        &["autogate closed: http://b/ping no answer"],
    );
    reasons(
        "rules, unmatched close: up, unmatched",
        &["autogate closed: no rule matches http://b/ping"],
    );
    let reads = play("up, writes closed").gate.reasons(&Asks::READ);
    assert_eq!(reads, Vec::<String>::new());
}

#[test]
fn the_status_says_who_and_since_when() {
    let gate = play("rules: up, OPEN, closed, poll missed, missed").gate;
    let status = gate.status();
    assert_eq!(status.gate, "closed");
    assert_eq!(status.operator.closes()[0].actor, "alice");
    assert_eq!(status.autogate.state.word(), "open");
    assert_eq!(status.autogate.since.nanos(), 12_000_000);
    assert_eq!(
        status.autogate.rule.map(|(rule, _)| rule).as_deref(),
        Some("match1")
    );
    assert_eq!(status.autogate.miss.as_deref(), Some("no answer"));
    assert_eq!(status.target.state.word(), "up");
    assert_eq!(status.target.since.nanos(), 11_000_000);
    assert_eq!(status.target.error.as_deref(), Some("timed out"));
    assert_eq!(play("up").gate.status().autogate.state.word(), "absent");
}

#[test]
fn the_generation_counts_what_verdicts_depend_on() {
    let after = |script| play(script).gate.generation();
    assert_eq!(after(""), 0);
    assert_eq!(after("up"), 1);
    assert_eq!(after("up, up, missed, answered, lifted"), 1);
    assert_eq!(after("up, closed, closed, lifted"), 4);
    assert!(play("up, refused").effects.changed);
    assert!(!play("up, missed").effects.changed);
}

#[test]
fn methods_that_write() {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        assert_eq!(Asks::of(method.as_bytes()), Asks::READ, "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "get", "PURGE"] {
        assert_eq!(Asks::of(method.as_bytes()), Asks::WRITE, "{method}");
    }
}

fn target(script: &str) -> TargetState {
    play(script).gate.status().target.state
}
