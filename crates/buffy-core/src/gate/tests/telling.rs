//! What is said of a gate: events, reasons, status.

use super::script::play;
use super::{reasons, target, told};
use crate::gate::{Asks, TargetState};

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
    told(
        "rules: missed, poll missed, poll missed, poll missed, up",
        &["http://b up"],
    );
    told(
        "rules: poll missed, poll missed, poll missed, up, poll missed, poll missed, poll missed",
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
    assert_eq!(status.targets[0].state.word(), "up");
    assert_eq!(status.targets[0].since.nanos(), 11_000_000);
    assert_eq!(status.targets[0].error.as_deref(), Some("timed out"));
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
