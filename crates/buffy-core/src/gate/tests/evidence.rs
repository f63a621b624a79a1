//! Probes, requests and polls: what they say, and when they count.

use super::script::play;
use super::{asks, check, target};
use crate::gate::TargetState;

#[test]
fn a_verdict_of_the_rules_counts_only_if_its_poll_began_after_the_lift() {
    check(
        "
        rules: up, OPEN, closed, a poll begins, lifted, that poll says OPEN => hold: rules
        rules: up, OPEN, closed, lifted, a poll begins, that poll says OPEN => pass
        rules: up, OPEN, stopped, a poll begins, lifted, that poll says OPEN => hold: rules
        rules: up, OPEN, a poll begins, closed, that poll says OPEN, lifted => hold: rules
        ",
    );
    asks(
        "
        rules: up, OPEN, closed, a poll begins, lifted, that poll says OPEN => poll
        rules: up, OPEN, closed, lifted, OPEN => flush
        ",
    );
}

#[test]
fn a_verdict_of_the_rules_counts_only_if_its_poll_began_after_no_target_was_up() {
    let died = "rules: up, OPEN, a poll begins, refused, refused";
    check(&format!(
        "
        {died}, up => hold: rules
        {died}, up, that poll says OPEN => hold: rules
        {died}, up, OPEN => pass
        {died}, OPEN, up => pass
        rules: up, OPEN, missed, missed, missed, up => hold: rules
        rules: up, OPEN, missed, missed, up => pass
        "
    ));
}

#[test]
fn each_moment_asks_at_once() {
    asks(
        "
        rules: up => poll
        rules, http: up, up => poll
        rules, http: up => 
        up => flush
        rules: up, OPEN, closed => flush
        rules: up, OPEN, closed, lifted => poll, flush
        rules, http: up, up, OPEN, closed, lifted => probe, poll, flush
        closed, lifted => probe, flush
        lifted => 
        rules: up, OPEN, refused => probe, poll
        rules: up, OPEN, refused, refused => probe, poll, flush
        rules: up, OPEN, missed => 
        rules: up, OPEN, missed, missed, missed => probe, poll, flush
        rules: up, OPEN, refused, up => poll
        ",
    );
}

#[test]
fn a_refused_connection_makes_suspect() {
    check(
        "
        up, refused => hold: down
        up, refused, up => pass
        up, refused, missed => hold: down
        ",
    );
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
    asks(
        "
        http: up, up, refused, answered, refused => probe
        ",
    );
}

#[test]
fn a_good_probe_clears_a_suspect_and_keeps_the_pool() {
    asks(
        "
        up, closed, refused, refused => probe, flush
        up, refused => probe
        up, refused, up => 
        up, refused, missed => probe, flush
        ",
    );
    // What answers now may be another process: its rules are asked, but not thrice.
    check(
        "
        rules, rise 3, settle 2s: up, OPEN, OPEN, OPEN, wait 2s, refused, up => hold: rules
        rules, rise 3, settle 2s: up, OPEN, OPEN, OPEN, wait 2s, refused, up, OPEN => pass
        rules: up, OPEN, a poll begins, refused, up, that poll says OPEN => hold: rules
        ",
    );
    asks(
        "
        rules: up, OPEN, refused, up, OPEN => 
        ",
    );
    check(
        "
        rules, rise 2: up, OPEN, OPEN, refused, up, closed, lifted, OPEN => pass
        rules, rise 2: up, OPEN, OPEN, refused, missed, up, OPEN => hold: rules
        ",
    );
}

#[test]
fn health_rises_and_falls() {
    check(
        "
        missed, missed, up => pass
        up, missed, missed => pass
        up, missed, missed, up, missed, missed => pass
        up, missed, missed, missed => hold: down
        health fall 1: up, missed => hold: down
        health rise 2: up, missed, up => hold: down
        health rise 2: up, missed, up, up => pass
        http: up, up, missed, missed, missed, up => hold: down
        http: up, up, missed, missed, missed, up, up => pass
        http: up, refused, up => hold: down
        ",
    );
    // Begun while it was up, so it speaks of what was before.
    check(
        "
        http, health rise 1, health fall 1: up, an old probe begins, a probe begins, that old probe fails, that probe is good => hold: down
        http: up, up, a probe begins, missed, missed, refused, that probe is good => hold: down
        ",
    );
    asks(
        "
        http: up, up, a probe begins, refused, that probe fails => probe
        ",
    );
    assert_eq!(
        target("http: up, up, a probe begins, refused, that probe fails"),
        TargetState::Suspect
    );
}

#[test]
fn an_answered_request_says_up_where_health_is_tcp() {
    check(
        "
        answered => pass
        up, refused, answered => pass
        up, refused, refused, answered => pass
        up, missed, missed, answered, missed => pass
        http: up, answered => hold: down
        http: up, up, refused, answered => hold: down
        http: up, up, missed, missed, answered, missed => hold: down
        ",
    );
}

#[test]
fn evidence_older_than_contrary_evidence_is_dropped() {
    check(
        "
        up, a connection begins, refused, that connection is answered => hold: down
        up, a connection begins, refused, up, that connection is refused => pass
        up, a connection begins, answered, that connection is refused => pass
        http: up, up, a connection begins, answered, that connection is refused => pass
        up, a probe begins, refused, that probe is good => hold: down
        ",
    );
    asks(
        "
        up, a probe begins, refused, that probe is good => probe
        ",
    );
    check(
        "
        up, missed, missed, a probe begins, answered, that probe fails => pass
        up, refused, a connection begins, refused, that connection is answered => hold: down
        rules: up, a poll begins, CLOSE, that poll says OPEN => hold: rules
        rules: up, a poll begins, OPEN, that poll says CLOSE => pass
        rules, fall 1: up, a poll begins, OPEN, that poll missed => pass
        rules, rise 2: up, a poll begins, OPEN, that poll says OPEN => pass
        ",
    );
}

#[test]
fn rules_open_after_rise_and_close_at_once() {
    check(
        "
        rules, rise 2: up, OPEN => hold: rules
        rules, rise 2: up, OPEN, OPEN => pass
        rules, rise 2: up, OPEN, OPEN, CLOSE => hold: rules
        rules, rise 2: up, OPEN, OPEN, CLOSE, OPEN => hold: rules
        rules, rise 2: up, OPEN, CLOSE, OPEN => hold: rules
        rules, rise 2: up, OPEN, unmatched, OPEN => hold: rules
        rules, rise 2: up, OPEN, poll missed, OPEN => hold: rules
        rules, rise 2: up, OPEN, poll missed, OPEN, OPEN => pass
        ",
    );
}

#[test]
fn rules_settle_after_the_first_open() {
    check(
        "
        rules, settle 2s: up, OPEN, wait 1s => hold: rules
        rules, settle 2s: up, OPEN, wait 2s => pass
        rules, settle 2s: up, OPEN, wait 1s, OPEN, wait 998ms => pass
        rules, settle 2s: up, OPEN, wait 1s, CLOSE, wait 2s => hold: rules
        rules, settle 2s: up, OPEN, wait 1s, CLOSE, OPEN, wait 1s => hold: rules
        rules, settle 2s: up, OPEN, wait 1s, refused, refused, up, wait 2s => hold: rules
        rules, rise 2, settle 2s: up, OPEN, wait 3s => hold: rules
        rules, rise 2, settle 2s: up, OPEN, wait 3s, OPEN => pass
        ",
    );
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
    check(
        "
        rules, settle 2s: up, OPEN, tick => hold: rules
        ",
    );
}

#[test]
fn a_document_that_no_rule_matches_keeps_or_closes() {
    check(
        "
        rules: up, OPEN, unmatched => pass
        rules: up, unmatched => hold: rules
        rules: up, CLOSE, unmatched => hold: rules
        rules, unmatched close: up, OPEN, unmatched => hold: rules
        rules, unmatched close: up, OPEN, unmatched, OPEN => pass
        rules: up, OPEN, closed, lifted, unmatched => hold: rules
        ",
    );
}

#[test]
fn misses_close_after_fall_or_keep() {
    check(
        "
        rules: up, OPEN, poll missed, poll missed => pass
        rules: up, OPEN, poll missed, poll missed, poll missed => hold: rules
        rules: up, OPEN, poll missed, poll missed, OPEN, poll missed, poll missed => pass
        rules: up, OPEN, poll missed, poll missed, unmatched, poll missed => pass
        rules, unreachable keep, fall 1: up, OPEN, poll missed, poll missed => pass
        rules, unreachable keep, fall 1: up, CLOSE, poll missed => hold: rules
        rules: up, OPEN, poll missed, poll missed, poll missed, OPEN => pass
        ",
    );
}
