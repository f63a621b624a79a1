//! What operators do, and what a lift does to evidence.

use super::script::play;
use super::{asks, check, target};
use crate::gate::{Asks, CONFIGURATION, Gate, TargetState};

#[test]
fn unknown_holds() {
    check(
        "
         => hold: down
        up => pass
        rules: => hold: down
        rules: up => hold: rules
        rules: OPEN => hold: down
        rules: up, OPEN => pass
        rules: OPEN, up => pass
        http: up => hold: down
        http: up, up => pass
        ",
    );
}

#[test]
fn the_operator_outlives_the_rules() {
    check(
        "
        up, closed => hold: operator
        up, closed, lifted => pass
        up, closed by alice, closed by bob => hold: operator
        rules: up, OPEN, closed, OPEN => hold: operator
        rules: up, OPEN, closed, lifted => hold: rules
        rules: up, CLOSE, closed, lifted => hold: rules
        closed, lifted => hold: down
        lifted => hold: down
        ",
    );
}

#[test]
fn a_stop_refuses_whatever_else_is_said() {
    check(
        "
        stopped => refuse
        up, stopped => refuse
        up, closed, stopped => refuse
        up, stopped, closed => refuse
        rules: up, CLOSE, stopped => refuse
        up, closed, stopped, lifted => pass
        ",
    );
}

#[test]
fn reads_pass_while_writes_are_held() {
    check(
        "
        up, writes closed => pass / hold: operator
        up, writes closed, refused => hold: down / hold: operator
        up, writes closed, refused, up => pass / hold: operator
        up, writes closed, stopped => refuse
        up, writes closed, closed => hold: operator
        up, writes closed, lifted => pass
        ",
    );
}

#[test]
fn a_lift_voids_evidence_for_those_that_were_held() {
    check(
        "
        rules: up, OPEN, writes closed, lifted => pass / hold: rules
        rules: up, OPEN, writes closed, lifted, OPEN => pass
        http: up, up, writes closed, lifted => pass / hold: down
        http: up, up, writes closed, lifted, up => pass
        ",
    );
    // A write meets at least what a read meets.
    check(
        "
        rules, rise 2: up, OPEN, OPEN, writes closed, CLOSE, lifted, OPEN => hold: rules
        http: up, up, writes closed, missed, missed, missed, lifted, up => hold: down
        rules: up, OPEN, writes closed, stopped, lifted => hold: rules
        ",
    );
}

#[test]
fn a_gate_starts_as_it_is_told() {
    check(
        "
        initially closed: up => hold: operator
        initially closed: up, lifted => pass
        left stopped: up => refuse
        initially closed, left stopped: up => refuse
        initially closed, left stopped: up, lifted => pass
        ",
    );

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
fn adding_a_close_voids_nothing() {
    check(
        "
        rules: up, a poll begins, writes closed, that poll says OPEN, closed => hold: operator
        rules: up, OPEN, writes closed => pass / hold: operator
        rules: up, a poll begins, writes closed, that poll says OPEN => pass / hold: operator
        ",
    );
}

#[test]
fn one_fresh_open_suffices_where_it_was_open_before_the_close() {
    let rules = "rules, rise 3, settle 2s: up, OPEN, OPEN, OPEN";
    check(&format!(
        "
        {rules}, wait 2s, closed, lifted => hold: rules
        {rules}, wait 2s, closed, lifted, OPEN => pass
        {rules}, wait 2s, closed, lifted, closed, lifted, OPEN => pass
        {rules}, wait 2s, closed, stopped, lifted, OPEN => pass
        {rules}, wait 2s, closed, CLOSE, lifted, OPEN => pass
        {rules}, wait 2s, closed, lifted, poll missed, OPEN => pass
        {rules}, wait 2s, closed, lifted, CLOSE, OPEN => hold: rules
        {rules}, wait 2s, closed, lifted, refused, refused, up, OPEN => hold: rules
        {rules}, closed, wait 2s, lifted, OPEN => hold: rules
        {rules}, wait 2s, closed, refused, missed, up, lifted, OPEN => hold: rules
        rules, rise 2: up, OPEN, OPEN, closed, refused, missed, up, OPEN, OPEN, lifted, OPEN => pass
        rules, rise 2: up, closed, OPEN, OPEN, lifted, OPEN => hold: rules
        rules, rise 2: up, closed, OPEN, OPEN, lifted, OPEN, OPEN => pass
        rules, rise 2, initially closed: up, OPEN, OPEN, lifted, OPEN => hold: rules
        "
    ));
}

#[test]
fn http_health_is_unknown_again_at_a_lift() {
    check(
        "
        http: up, up, closed, lifted => hold: down
        http: up, up, closed, lifted, up => pass
        http: up, closed, lifted, up => hold: down
        http: up, closed, lifted, up, up => pass
        http: up, closed, up, lifted, up => hold: down
        http: up, up, closed, missed, missed, missed, lifted, up => hold: down
        http: up, up, closed, missed, missed, missed, up, up, lifted, up => pass
        http: up, up, closed, lifted, closed, lifted, up => pass
        http: up, up, closed, a probe begins, lifted, that probe is good => hold: down
        ",
    );
    asks(
        "
        http: up, up, closed, a probe begins, lifted, that probe is good => probe
        ",
    );
    check(
        "
        http: up, up, closed, lifted, missed, missed, missed, up => hold: down
        http: up, up, closed, lifted, missed, up => pass
        ",
    );
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
    check(
        "
        up, closed, lifted => pass
        closed, up, lifted => pass
        closed, a probe begins, lifted, that probe is good => pass
        ",
    );
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
