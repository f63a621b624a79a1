//! Tokens, leases, forces, closes by rule and the version that is expected.

use super::said::token;
use super::script::play;
use super::{asks, check, met, reasons, told};
use crate::config::OnExpiry;
use crate::gate::{Asks, EntryKind, Gate, RULES_MAX, Rejected};
use crate::rule::RequestFacts;

#[test]
fn who_closed_lifts_his_own() {
    check(
        "
        up, closed by alice as A, closed by bob as B, lifted A => hold: operator
        up, closed by alice as A, closed by bob as B, lifted A, lifted B => pass
        up, closed as A, stopped by bob as B, lifted A => refuse
        up, closed as A, stopped by bob as B, lifted B => hold: operator
        up, closed as A, stopped by bob as B, lifted => pass
        up, closed as A, writes closed as B, lifted A => pass / hold: operator
        rules: up, OPEN, closed as A, closed as B, lifted A, OPEN => hold: operator
        rules: up, OPEN, closed as A, writes closed as B, lifted A => hold: rules / hold: operator
        ",
    );
    let played = play("up, closed by alice as A, stopped by bob as B, lifted");
    let lifted: Vec<_> = played
        .effects
        .lifted
        .iter()
        .map(|one| (one.kind, one.actor.as_str()))
        .collect();
    assert_eq!(
        lifted,
        [(EntryKind::Close, "alice"), (EntryKind::Stop, "bob")]
    );
}

#[test]
fn a_token_that_nobody_has_changes_nothing() {
    for script in [
        "up, closed as A, lifted B",
        "up, closed, lifted A",
        "up, closed as A, renewed B for 9s",
    ] {
        let played = play(script);
        assert_eq!(
            played.effects.rejected,
            Some(Rejected::NoSuchToken),
            "{script}"
        );
        assert!(!played.effects.changed);
        assert_eq!(met(&played.gate, Asks::READ), "hold: operator");
    }
    assert_eq!(play("up, lifted").effects.rejected, None);
}

#[test]
fn what_is_said_again_with_its_token_stands_once() {
    let gate = play("up, closed as A, writes closed as A for 9s").gate;
    let closes = gate.operator().closes();
    assert_eq!(closes.len(), 1);
    assert_eq!(closes[0].lease.map(|lease| lease.until_ms), Some(11_000));
    assert_eq!(met(&gate, Asks::READ), "pass");
    check("rules: up, OPEN, closed as A, writes closed as A => hold: rules / hold: operator");
    assert_eq!(
        play("up, stopped as A, stopped by bob as A")
            .gate
            .operator()
            .stops()
            .len(),
        1
    );
}

#[test]
fn a_lease_that_runs_out_is_followed() {
    check(
        "
        up, closed for 9s, it is 10s => hold: operator
        up, closed for 9s, it is 11s => pass
        up, closed for 9s or stop, it is 11s => refuse
        up, closed for 9s or keep, it is 11s => hold: operator
        up, closed for 9s or keep, it is 11s, it is 99s => hold: operator
        up, closed for 9s, closed by bob, it is 11s => hold: operator
        up, stopped for 9s, it is 11s => pass
        up, stopped for 9s or stop, it is 11s => refuse
        up, stopped for 9s or keep, it is 11s => refuse
        up, closed as A for 9s or stop, it is 11s, lifted A => pass
        rules: up, OPEN, closed for 9s, it is 11s => hold: rules
        rules: up, OPEN, closed for 9s, it is 11s, OPEN => pass
        ",
    );
    asks(
        "
        rules: up, OPEN, closed for 9s, it is 11s => poll, flush
        rules: up, OPEN, closed for 9s, it is 10s => 
        rules: up, OPEN, closed for 9s or keep, it is 11s => 
        ",
    );
}

#[test]
fn a_lease_that_ends_in_a_stop_is_a_change() {
    for script in [
        "up, closed for 9s, it is 11s",
        "up, closed for 9s or stop, it is 11s",
        "up, stopped for 9s, it is 11s",
    ] {
        assert!(play(script).effects.changed, "{script}");
    }
    let kept = play("up, closed for 9s or keep, it is 11s");
    assert!(!kept.effects.changed, "it holds what it held");
}

#[test]
fn a_lease_that_ran_out_is_told() {
    let up = [
        "http://b up",
        "unknown -> open by health: ",
        "open -> closed by alice: deploy",
    ];
    let told_then = |script: &str, then: &[&str]| told(script, &[&up, then].concat());
    told_then(
        "up, closed for 9s, it is 11s",
        &[
            "close of alice lifted: deploy",
            "closed -> open by alice: the lease ran out",
        ],
    );
    told_then(
        "up, closed for 9s or stop, it is 11s",
        &[
            "close of alice stopped: deploy",
            "closed -> stopped by alice: the lease ran out",
        ],
    );
    told_then(
        "up, closed for 9s or keep, it is 11s, it is 12s",
        &["close of alice kept: deploy"],
    );
    told_then("up, closed for 9s, it is 10s", &[]);
}

#[test]
fn a_lease_is_renewed_and_begins_after_the_drain() {
    check(
        "
        up, closed as A for 9s, renewed A for 20s, it is 21s => hold: operator
        up, closed as A for 9s, renewed A for 20s, it is 22s => pass
        up, closed as A for 9s, drained A for 4s, it is 6s => pass
        up, forced as F for 9s, renewed F for 20s, it is 21s => pass
        up, closed as A for 9s, lifted A, drained A for 4s, it is 11s => pass
        ",
    );
    let until = |script: &str| play(script).gate.next_expiry_ms();
    assert_eq!(
        until("closed as A, closed for 9s, stopped for 5s"),
        Some(7_000)
    );
    assert_eq!(until("closed for 9s, forced for 4s"), Some(6_000));
    assert_eq!(until("closed"), None);
    assert_eq!(until("closed for 9s or keep, it is 11s"), None);
    assert_eq!(
        play("closed as A, renewed A for 9s").effects.rejected,
        Some(Rejected::NoLease)
    );
    let ttl_ms = |script: &str| {
        let gate = play(script).gate;
        gate.operator().lease(&token("A")).map(|lease| lease.ttl_ms)
    };
    assert_eq!(
        ttl_ms("closed as A for 9s, renewed A for 20s"),
        Some(20_000),
        "the drain that ends later gives it no less"
    );
    assert_eq!(ttl_ms("closed as A for 9s, drained A for 9s"), Some(9_000));
    // Nobody is told of a drain that a lift has ended.
    assert_eq!(
        play("closed as A, lifted A, drained A for 9s")
            .effects
            .rejected,
        None
    );
    assert!(
        !play("closed as A for 9s, renewed A for 20s")
            .effects
            .changed
    );
}

#[test]
fn what_an_entry_was_given_is_known_by_its_token() {
    let gate = play("closed as A for 9s or keep, writes closed as B, stopped as C").gate;
    let operator = gate.operator();
    assert_eq!(
        operator.lease(&token("A")).map(|lease| lease.on_expiry),
        Some(OnExpiry::Keep)
    );
    assert_eq!(operator.lease(&token("B")), None);
    let holds = |name, asks| {
        operator
            .coverage_of(&token(name))
            .map(|what| what.holds(asks))
    };
    assert_eq!(holds("B", Asks::READ), Some(false));
    assert_eq!(holds("B", Asks::WRITE), Some(true));
    assert_eq!(holds("C", Asks::READ), Some(true));
    assert_eq!(holds("D", Asks::READ), None);
}

#[test]
fn a_force_overrides_the_rules_and_nothing_else() {
    check(
        "
        rules: up, forced => pass
        rules: up, CLOSE, forced => pass
        rules: forced => hold: down
        rules: up, OPEN, forced, refused => hold: down
        rules: up, closed, stopped, forced => pass
        rules: up, forced, closed => hold: operator
        rules: up, forced, closed as A, lifted A => pass
        rules: up, forced, closed as A, lifted => hold: rules
        rules: up, forced, stopped => refuse
        rules: up, forced, CLOSE => pass
        http, rules: up, up, closed, forced => hold: down
        http, rules: up, up, closed, forced, up => pass
        rules: up, writes closed, CLOSE, forced => pass
        ",
    );
    reasons("rules: up, CLOSE, forced", &[]);
    told(
        "rules: up, CLOSE, forced by bob",
        &[
            "http://b up",
            "unknown -> closed by autogate: match2 says CLOSE",
            "closed -> open by bob: deploy",
        ],
    );
    assert_eq!(play("up, closed, forced by bob").effects.lifted.len(), 1);
}

#[test]
fn after_a_force_the_rules_are_asked_anew() {
    check(
        "
        rules: up, CLOSE, forced for 9s, it is 11s => hold: rules
        rules: up, OPEN, forced for 9s, it is 11s => hold: rules
        rules: up, OPEN, forced for 9s, it is 11s, OPEN => pass
        rules, rise 2: up, OPEN, OPEN, forced for 9s, it is 11s, OPEN => pass
        rules, rise 2: up, forced for 9s, OPEN, OPEN, it is 11s, OPEN => pass
        rules, rise 2: up, OPEN, OPEN, forced for 9s, CLOSE, it is 11s, OPEN => hold: rules
        rules: up, OPEN, forced as F, lifted F, OPEN => pass
        rules: up, OPEN, forced for 9s, closed, it is 11s, OPEN => hold: operator
        ",
    );
    told(
        "rules: up, OPEN, forced by bob for 9s, it is 11s",
        &[
            "http://b up",
            "unknown -> open by autogate: match1 says OPEN",
            "open -> open by bob: deploy",
            "force of bob lifted: deploy",
            "open -> unknown by bob: the lease ran out",
        ],
    );
}

#[test]
fn another_version_that_is_expected_makes_the_rules_unknown() {
    let open = "rules, rise 2: up, OPEN, OPEN";
    check(&format!(
        "
        {open}, expected build=2 => hold: rules
        {open}, a poll begins, expected build=2, that poll says OPEN, OPEN => hold: rules
        {open}, expected build=2, OPEN => hold: rules
        {open}, expected build=2, OPEN, OPEN => pass
        {open}, expected build=2, OPEN, OPEN, anything expected => pass
        {open}, expected build=2, lifted => hold: rules
        {open}, closed, expected build=2, lifted, OPEN => pass
        {open}, forced, expected build=2 => pass
        "
    ));
    asks(
        "
        rules: up, OPEN, expected build=2 => poll
        rules: up, OPEN, expected build=2, anything expected => poll
        ",
    );
    reasons(
        "rules: up, OPEN, expected build=2, unmatched",
        &["autogate unknown: no rule matches http://b/ping; expected: build=2"],
    );
    assert_eq!(
        play("up, expected build=2").effects.rejected,
        Some(Rejected::NoAutogate)
    );
    assert!(!play("rules: expected build=2").gate.operator().is_empty());
    assert!(play("rules: expected build=2").gate.operator().is_auto());
}

#[test]
fn a_close_by_rule_holds_what_it_matches() {
    let gate = play("up, method=PUT closed by alice as A, path=\"/a*\" closed by bob as B").gate;
    assert_eq!(ruled(&gate, "GET", "/b"), "pass");
    assert_eq!(ruled(&gate, "PUT", "/b"), "hold: operator");
    assert_eq!(ruled(&gate, "GET", "/a/1"), "hold: operator");
    assert_eq!(gate.rules().judge(&facts("PUT", "/a")).count_ones(), 2);
    assert_eq!(
        gate.reasons(&Asks::MOST),
        [
            "method=PUT closed by alice: deploy",
            "path=\"/a*\" closed by bob: deploy"
        ]
    );
    assert_eq!(
        gate.status().gate,
        "closed",
        "for the requests that ask most"
    );

    let gate = play("up, method=PUT closed as A, path=\"/a*\" closed as B, lifted A").gate;
    assert_eq!(ruled(&gate, "PUT", "/b"), "pass");
    assert_eq!(ruled(&gate, "PUT", "/a"), "hold: operator");
    assert_eq!(
        ruled(&play("up, method=PUT closed, stopped").gate, "GET", "/"),
        "refuse"
    );
}

#[test]
fn the_rules_that_stand_have_a_generation() {
    let rules = |script: &str| {
        let gate = play(script).gate;
        let bits = gate.rules().judge(&facts("PUT", "/a"));
        (gate.rules().generation(), bits)
    };
    assert_eq!(rules("up, closed"), (0, 0));
    assert_eq!(rules("method=PUT closed as A"), (1, 0b1));
    assert_eq!(rules("method=PUT closed as A, closed, refused"), (1, 0b1));
    assert_eq!(
        rules("method=PUT closed as A, path=\"/a\" closed as B"),
        (2, 0b11)
    );
    assert_eq!(
        rules("method=PUT closed as A, path=\"/a\" closed as B, lifted A"),
        (3, 0b10)
    );
    assert_eq!(
        rules("method=PUT closed as A, path=\"/a\" closed as B, lifted A, method=PUT closed as A"),
        (4, 0b11)
    );
    assert_eq!(
        rules("method=PUT closed as A, method=POST closed as A"),
        (2, 0)
    );
}

#[test]
fn so_many_closes_by_rule_and_no_more() {
    let many = vec!["method=PUT closed"; RULES_MAX].join(", ");
    let full = play(&many);
    assert_eq!(full.effects.rejected, None);
    assert_eq!(full.gate.rules().judge(&facts("PUT", "/")), u32::MAX);
    let more = play(&format!("{many}, method=PUT closed"));
    assert_eq!(more.effects.rejected, Some(Rejected::TooManyRules));
    assert_eq!(more.gate.operator().closes().len(), RULES_MAX);
    assert_eq!(play(&format!("{many}, closed")).effects.rejected, None);
}

#[test]
fn a_lift_of_a_close_by_rule_voids_evidence_for_all() {
    check(
        "
        rules: up, OPEN, method=PUT closed, lifted => hold: rules
        rules, rise 2: up, OPEN, OPEN, method=PUT closed, lifted, OPEN => pass
        rules: up, OPEN, method=PUT closed as A, method=POST closed, lifted A => hold: rules
        rules: up, OPEN, method=PUT closed as A, closed, lifted A => hold: operator
        rules: up, OPEN, method=PUT closed, OPEN => pass
        rules, rise 2: up, CLOSE, method=PUT closed, lifted, OPEN => hold: rules
        ",
    );
}

fn ruled(gate: &Gate, method: &str, path: &str) -> &'static str {
    let rules = gate.rules().judge(&facts(method, path));
    let asks = Asks {
        rules,
        ..Asks::of(method.as_bytes())
    };
    met(gate, asks)
}

fn facts<'a>(method: &'a str, path: &'a str) -> RequestFacts<'a> {
    RequestFacts {
        method,
        path,
        query: "",
        host: "b",
        header: &|_| Vec::new(),
    }
}
