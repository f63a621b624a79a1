//! Several targets: any one that is up will do.

use super::script::play;
use super::{asks, check, met, reasons, told};
use crate::gate::{Asks, TargetState};

#[test]
fn one_target_that_is_up_will_do() {
    check(
        "
        two targets: => hold: down
        two targets: up => pass
        two targets: second up => pass
        two targets: up, second up, refused => pass
        two targets: up, second up, refused, second refused => hold: down
        two targets: up, second up, refused, second refused, second up => pass
        two targets: up, second up, refused, refused => pass
        two targets: up, missed, missed, missed => hold: down
        two targets, http: up, second up => hold: down
        two targets, http: up, second up, up => pass
        ",
    );
}

#[test]
fn the_targets_that_are_up_are_told() {
    let up = |script: &str| play(script).gate.up_targets(&Asks::WRITE);
    assert_eq!(up("two targets:"), 0b00);
    assert_eq!(up("two targets: second up"), 0b10);
    assert_eq!(up("two targets: second up, up"), 0b11);
    assert_eq!(up("two targets: second up, up, refused"), 0b10);
    assert_eq!(
        up("two targets: second up, up, second refused, second missed"),
        0b01
    );
    assert!(play("two targets: second up, up, refused").effects.changed);

    let gate = play("two targets: up, second up, second refused").gate;
    assert_eq!(gate.doubtful_targets(), 0b10);
}

#[test]
fn reads_and_writes_go_to_targets_that_their_own_evidence_found_up() {
    let gate =
        play("two targets, http: up, up, second up, second up, writes closed, lifted, up").gate;
    assert_eq!(met(&gate, Asks::READ), "pass");
    assert_eq!(gate.up_targets(&Asks::READ), 0b11);
    assert_eq!(met(&gate, Asks::WRITE), "pass");
    assert_eq!(
        gate.up_targets(&Asks::WRITE),
        0b01,
        "the second was not asked since the lift"
    );
}

#[test]
fn only_the_last_target_to_go_voids_what_the_rules_said() {
    check(
        "
        two targets, rules: up, second up, OPEN, refused, refused => pass
        two targets, rules: up, second up, OPEN, refused, refused, second refused => hold: down
        two targets, rules: up, second up, OPEN, refused, second refused, up => hold: rules
        two targets, rules: up, second up, OPEN, refused, second refused, up, OPEN => pass
        two targets, rules: up, second up, OPEN, a poll begins, refused, second refused, up, that poll says OPEN => hold: rules
        two targets, rules: up, second up, OPEN, missed, missed, missed, up => pass
        ",
    );
    // Both are down: whatever comes back begins anew.
    check(
        "
        two targets, rules, rise 2: up, second up, OPEN, OPEN, refused, refused, second refused, second up, OPEN => pass
        two targets, rules, rise 2: up, second up, OPEN, OPEN, refused, refused, second refused, second refused, second up, OPEN => hold: rules
        two targets, rules, rise 2: up, OPEN, OPEN, refused, refused, second up, OPEN => hold: rules
        ",
    );
}

#[test]
fn when_the_last_target_goes_all_probes_by_http_begin_anew() {
    let up = "two targets, http: up, up, second up, second up";
    let one_is_down = format!("{up}, refused, missed");
    check(&format!(
        "
        {one_is_down}, a probe begins, second refused, that probe is good, that probe is good => hold: down
        {one_is_down}, up, second refused, up => hold: down
        {one_is_down}, up, second refused, up, up => pass
        {one_is_down}, a probe begins, that probe is good, that probe is good, second refused => pass
        "
    ));
    let asked = |script: &str| play(script).effects.probe;
    assert_eq!(asked(&format!("{one_is_down}, second refused")), 0b11);
    assert_eq!(
        asked(&format!(
            "{one_is_down}, a probe begins, second refused, that probe is good"
        )),
        0b01,
        "what began before is asked again"
    );
}

#[test]
fn each_target_is_asked_and_flushed_by_itself() {
    let effects = |script: &str| {
        let effects = play(script).effects;
        (effects.probe, effects.flush)
    };
    let up = "two targets: up, second up";
    assert_eq!(effects(&format!("{up}, second refused")), (0b10, 0));
    assert_eq!(
        effects(&format!("{up}, second refused, second refused")),
        (0b10, 0b10)
    );
    assert_eq!(effects(&format!("{up}, closed")), (0, 0b11));
    assert_eq!(effects("two targets, http: closed, lifted"), (0b11, 0b11));
    asks(
        "
        two targets, rules: up, second up => 
        two targets, rules: up, second up, OPEN, refused => probe
        two targets, rules: up, second up, OPEN, refused, second refused => probe, poll
        ",
    );
}

#[test]
fn each_target_is_told_by_itself() {
    told(
        "two targets: up, second up, second missed, second missed, second missed",
        &[
            "http://b up",
            "unknown -> open by health: ",
            "http://c up",
            "http://c down: timed out",
        ],
    );
    told(
        "two targets: up, second missed, second missed, second missed, refused, missed",
        &[
            "http://b up",
            "unknown -> open by health: ",
            "http://c never reached: timed out",
            "http://b down: timed out",
            "open -> down by health: timed out",
        ],
    );
    reasons(
        "two targets: up, refused",
        &["no target up: http://b refused; http://c is being probed"],
    );
}

#[test]
fn a_target_that_was_never_reached_is_no_comfort() {
    let health = |script: &str| play(script).gate.status().health;
    assert_eq!(
        health("two targets: up, refused, missed"),
        TargetState::Down
    );
    assert_eq!(health("two targets: up, refused"), TargetState::Suspect);
    assert_eq!(
        health("two targets: missed, second missed"),
        TargetState::Unknown
    );
}

#[test]
fn evidence_of_a_target_that_is_none_says_nothing() {
    check("second up => hold: down");
    assert_eq!(play("second refused").effects.probe, 0);
}
