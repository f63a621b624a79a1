//! Scripts of what happens, with the seconds, and what is told of it.

use std::time::Duration;

use buffy_core::event::{Event, What};
use tokio::time::Instant;

use super::{Damper, Notice};
use crate::notify::Pace;

/// Plays a script like `0 closed, 1.5 open` (`by` an operator: `open!`) to its end and 60 s more;
/// what is told looks the same.
fn check(script: &str, expected: &str) {
    let start = Instant::now();
    let mut damper = Damper::new(&Pace::default());
    let mut told = Vec::new();
    let mut tell = |at: Instant, notices: Vec<Notice>| {
        let seconds = (at - start).as_secs_f64();
        told.extend(
            notices
                .iter()
                .map(|notice| format!("{seconds} {}", shown(notice))),
        );
    };
    let mut now = start;
    let mut state = "open";
    for step in script.split(", ").map(Some).chain([None]) {
        let next = match step {
            Some(step) => start + at(step),
            None => now + Duration::from_mins(1),
        };
        while let Some(due) = damper.due().filter(|&due| due < next) {
            tell(due, damper.tick(due));
        }
        now = next;
        if let Some((_, word)) = step.and_then(|step| step.split_once(' ')) {
            let what = what(word, &mut state);
            let event = Event {
                at_ms: 0,
                upstream: Some("shop".to_owned()),
                what,
            };
            tell(now, damper.take(event, now));
        }
    }
    assert_eq!(damper.due(), None, "nothing waits for ever");
    assert_eq!(told.join(", "), expected, "{script}");
}

fn at(step: &str) -> Duration {
    let seconds = step.split(' ').next().unwrap();
    Duration::from_secs_f64(seconds.parse().unwrap())
}

fn what(word: &str, state: &mut &'static str) -> What {
    let actor = if word.ends_with('!') {
        "ann"
    } else {
        "autogate"
    };
    let url = "http://shop".to_owned();
    let to = match word.trim_end_matches('!') {
        "up" => return What::TargetUp { url },
        "down" => {
            return What::TargetDown {
                url,
                error: "refused".to_owned(),
            };
        }
        "held" => return What::FirstHeld,
        "near" => return What::NearLimit { held: 8, limit: 10 },
        "over" => {
            return What::HoldOver {
                held: 3,
                longest_ms: 40,
                answered: 2,
                timed_out: 1,
                left: 0,
            };
        }
        "open" => "open",
        "closed" => "closed",
        other => panic!("no such word: {other}"),
    };
    let from = std::mem::replace(state, to);
    What::GateChanged {
        from,
        to,
        actor: actor.to_owned(),
        reason: String::new(),
    }
}

fn shown(notice: &Notice) -> String {
    match notice {
        Notice::Event(event) => match &event.what {
            What::GateChanged { to, .. } => (*to).to_owned(),
            What::TargetUp { .. } => "up".to_owned(),
            What::TargetDown { .. } => "down".to_owned(),
            What::NeverReached { .. } => "never".to_owned(),
            What::LeaseExpired { .. } => "lease".to_owned(),
            What::CanaryFailed { .. } => "canary".to_owned(),
            What::FirstHeld => "held".to_owned(),
            What::NearLimit { .. } => "near".to_owned(),
            What::HoldOver { .. } => "over".to_owned(),
            What::Reloaded { .. } | What::ReloadRefused { .. } => "reload".to_owned(),
        },
        Notice::Flapping { changes, .. } => format!("flapping({changes})"),
        Notice::Calmed { summary, .. } => {
            let now: Vec<_> = summary
                .now
                .iter()
                .map(|(who, is)| format!("{who}={is}"))
                .collect();
            format!(
                "calmed({} changes, {}, {} held, {} answered)",
                summary.changes,
                now.join(" "),
                summary.held,
                summary.answered
            )
        }
    }
}

#[test]
fn a_failure_is_told_at_once_and_a_recovery_once_it_has_lasted() {
    check("0 closed, 3 open", "0 closed, 4 open");
    check("0 down, 3 up", "0 down, 4 up");
}

#[test]
fn what_an_operator_opens_is_told_at_once() {
    check("0 closed!, 3 open!", "0 closed, 3 open");
}

#[test]
fn a_recovery_that_does_not_last_is_no_news_and_neither_is_its_end() {
    check("0 closed, 3 open, 3.5 closed", "0 closed");
    check("0 closed, 3 open, 3.5 closed, 5 open", "0 closed, 6 open");
}

#[test]
fn what_is_known_already_is_not_told_again() {
    check("0 down, 20 down", "0 down");
}

#[test]
fn what_follows_a_recovery_is_told_after_it() {
    check(
        "0 closed, 0 held, 3 open, 3.1 over",
        "0 closed, 0 held, 4 open, 4 over",
    );
    check(
        "0 closed, 3 open, 3.1 over, 3.5 closed",
        "0 closed, 3.5 over",
    );
}

#[test]
fn a_target_and_its_gate_are_told_each_for_itself() {
    check(
        "0 down, 0 closed, 3 up, 3 open, 3.5 down, 3.5 closed, 8 up, 8 open",
        "0 down, 0 closed, 9 up, 9 open",
    );
}

#[test]
fn test_15_twenty_flaps_are_one_word_and_one_summary() {
    let flaps: Vec<_> = (0..20)
        .map(|flap| {
            let word = if flap % 2 == 0 { "closed" } else { "open" };
            format!("{} {word}", f64::from(flap) / 2.0)
        })
        .collect();
    check(
        &flaps.join(", "),
        "0 closed, 2 flapping(5), 19.5 calmed(20 changes, gate=open, 0 held, 0 answered)",
    );
}

#[test]
fn holds_while_it_flaps_are_summed_up_and_limits_are_told() {
    let flaps = "0 closed!, 0.1 open!, 0.2 closed!, 0.3 open!, 0.4 closed!";
    check(
        &format!("{flaps}, 1 held, 2 over, 2 near, 3 over"),
        "0 closed, 0.1 open, 0.2 closed, 0.3 open, 0.4 flapping(5), 2 near, \
         10.4 calmed(5 changes, gate=closed, 6 held, 4 answered)",
    );
}

#[test]
fn after_the_summary_only_news_is_told() {
    let flaps = "0 closed, 0.1 open, 0.2 closed, 0.3 open, 0.4 closed";
    check(
        &format!("{flaps}, 20 closed, 30 open"),
        "0 closed, 0.4 flapping(5), 10.4 calmed(5 changes, gate=closed, 0 held, 0 answered), \
         31 open",
    );
}

#[test]
fn changes_far_apart_are_no_flapping() {
    check(
        "0 closed, 3 open, 6 closed, 9 open, 12 closed",
        "0 closed, 4 open, 6 closed, 10 open, 12 closed",
    );
}

#[test]
fn the_end_tells_what_waits() {
    let now = Instant::now();
    let mut damper = Damper::new(&Pace::default());
    let event = |word, mut state| Event {
        at_ms: 0,
        upstream: Some("shop".to_owned()),
        what: what(word, &mut state),
    };
    let mut told = damper.take(event("closed", "open"), now);
    told.extend(damper.take(event("open", "closed"), now));
    told.extend(damper.finish());
    assert_eq!(
        told.iter().map(shown).collect::<Vec<_>>(),
        ["closed", "open"]
    );
    assert_eq!(damper.due(), None);
}
