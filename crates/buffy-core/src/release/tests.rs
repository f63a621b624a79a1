use std::collections::BTreeMap;
use std::time::Duration;

use super::{Grant, Line, Settings, Turn};
use crate::config::ReleaseMode;
use crate::gate::{Asks, Cause, Verdict};
use crate::moment::Moment;
use crate::queue::{CLASS_LAST, Facts, Ticket};

/// A line, and who is in it by name.
struct World {
    line: Line,
    now: Moment,
    reads: Verdict,
    writes: Verdict,
    slots: usize,
    /// Those who have a place.
    names: BTreeMap<String, Ticket>,
    joined: usize,
    turns: BTreeMap<String, Turn>,
    went: Vec<String>,
}

const SETTINGS: Settings = Settings {
    mode: ReleaseMode::Ramp,
    start: 4,
    max: 8,
    patience: Duration::from_secs(1),
    canary: false,
    retry: Duration::from_secs(1),
    autogate: false,
    inflight_max: None,
};

/// Plays steps, and compares who went, in order.
///
/// `20 join` and get the names 1, 2 …, `3 write`; `hold`, `down`, `writes hold`, `pass` are the
/// gate's; `slots 3` are free; `wait 500` milliseconds; `open` is heard of the rules. `2 sent`
/// gives its place back, `2 leaves` too; `2 succeeds`, `2 ends`; `2 returns` and
/// `2 fails` to its place; `2 answers 503`. `replaced` is the line by another, which nobody is in.
fn check(settings: Settings, steps: &str, expected: &str) {
    let mut world = World::new(settings);
    for step in steps.split(", ") {
        world.play(step);
    }
    assert_eq!(world.went.join(" "), expected, "after {steps:?}");
}

impl World {
    fn new(settings: Settings) -> Self {
        let mut world = Self {
            line: Line::new(settings),
            now: Moment::ZERO,
            reads: Verdict::Pass,
            writes: Verdict::Pass,
            slots: usize::MAX,
            names: BTreeMap::new(),
            joined: 0,
            turns: BTreeMap::new(),
            went: Vec::new(),
        };
        world.settle();
        world
    }

    fn play(&mut self, step: &str) {
        let words: Vec<&str> = step.split(' ').collect();
        match words.as_slice() {
            [count, "join"] => self.join(count, Asks::READ),
            [count, "write"] => self.join(count, Asks::WRITE),
            ["hold"] => (self.reads, self.writes) = (closed(), closed()),
            ["down"] => {
                let down = Verdict::Hold(Cause::Down);
                (self.reads, self.writes) = (down, down);
            }
            ["pass"] => (self.reads, self.writes) = (Verdict::Pass, Verdict::Pass),
            ["writes", "hold"] => self.writes = closed(),
            ["replaced"] => {
                self.line = self.line.renewed(SETTINGS, self.now);
                self.names.clear();
            }
            ["slots", count] => self.slots = count.parse().unwrap(),
            ["wait", millis] => {
                let millis = millis.parse().unwrap();
                self.now = self.now.after(Duration::from_millis(millis));
            }
            ["open"] => self.line.heard_open(self.now),
            [name, "succeeds"] => self.line.succeeded(self.turns[*name]),
            [name, "ends"] => self.line.ended(self.turns[*name]),
            [name, "fails"] => {
                assert_eq!(
                    self.line.failed(self.turns[*name]),
                    [],
                    "all have taken theirs"
                );
                assert_eq!(self.line.wait_again(self.names[*name]), None);
            }
            [name, "answers", status] => {
                let status = status.parse().unwrap();
                self.line.canary_failed(self.now, self.turns[*name], status);
            }
            [name, "returns"] => {
                self.line.ended(self.turns[*name]);
                assert_eq!(self.line.wait_again(self.names[*name]), None);
            }
            [name, "is", "whole"] => {
                self.line.body_is_whole(self.names[*name]);
            }
            [name, "leaves" | "sent"] => {
                let ticket = self.names.remove(*name).unwrap();
                assert_eq!(
                    self.line.give_back(ticket),
                    None,
                    "all take what they are granted"
                );
            }
            _ => panic!("no such step: {step:?}"),
        }
        self.settle();
    }

    fn join(&mut self, count: &str, asks: Asks) {
        for _ in 0..count.parse().unwrap() {
            let ticket = self.line.join(CLASS_LAST, self.now, asks, Facts::default());
            self.joined += 1;
            self.names.insert(self.joined.to_string(), ticket);
        }
    }

    fn settle(&mut self) {
        let (reads, writes) = (self.reads, self.writes);
        let slots = &mut self.slots;
        let decided = self.line.settle(
            self.now,
            |asks| if asks.writes { writes } else { reads },
            |_| {
                *slots = slots.checked_sub(1)?;
                Some(0)
            },
        );
        for ticket in decided.released {
            let mut named = self.names.iter().filter(|(_, known)| **known == ticket);
            let name = named.next().unwrap().0.clone();
            let Grant { turn, .. } = self.line.take(ticket).unwrap();
            self.turns.insert(name.clone(), turn);
            self.went.push(name);
        }
    }
}

fn closed() -> Verdict {
    Verdict::Hold(Cause::Closed)
}

#[test]
fn nobody_is_paced_after_a_short_spell_or_at_the_start() {
    check(SETTINGS, "hold, 3 join, wait 999, pass", "1 2 3");
    let mut world = World::new(SETTINGS);
    world.line = Line::new(SETTINGS);
    for step in ["down", "wait 5000", "3 join", "pass"] {
        world.play(step);
    }
    assert_eq!(world.went, ["1", "2", "3"], "it was never open before");
    world.line = Line::new(SETTINGS);
    world.went.clear();
    world.names.clear();
    for step in ["hold", "wait 5000", "2 join", "pass"] {
        world.play(step);
    }
    assert_eq!(
        world.went.len(),
        1,
        "an operator closed it before the start"
    );
}

#[test]
fn one_goes_first_then_more_and_more() {
    let opened = "hold, 30 join, wait 1000, pass";
    check(SETTINGS, opened, "1");
    let probed = format!("{opened}, 1 succeeds");
    check(SETTINGS, &probed, "1 2 3 4 5");
    check(SETTINGS, &format!("{probed}, 3 succeeds"), "1 2 3 4 5 6");
    check(SETTINGS, &format!("{probed}, 3 ends"), "1 2 3 4 5 6");
    let second = format!("{probed}, 2 succeeds, 3 succeeds, 4 succeeds, 5 succeeds");
    check(SETTINGS, &second, "1 2 3 4 5 6 7 8 9 10 11 12 13");
}

#[test]
fn after_a_round_at_the_last_step_all_go() {
    let settings = Settings { max: 2, ..SETTINGS };
    let steps = "hold, 9 join, wait 1000, pass, 1 succeeds, 2 succeeds";
    check(settings, steps, "1 2 3 4");
    check(
        settings,
        &format!("{steps}, 3 succeeds"),
        "1 2 3 4 5 6 7 8 9",
    );
}

#[test]
fn the_ramp_is_over_when_nobody_waits() {
    let steps = "hold, 2 join, wait 1000, pass, 1 sent, 1 succeeds, 2 sent, 2 succeeds, 40 join";
    let all = (1..=42).map(|name| name.to_string()).collect::<Vec<_>>();
    check(SETTINGS, steps, &all.join(" "));
    let newcomers = "hold, 2 join, wait 1000, pass, 1 sent, 1 succeeds, 2 sent, 40 join";
    check(SETTINGS, newcomers, "1 2 3 4 5");
}

#[test]
fn a_safe_whole_one_is_tried_first() {
    let steps = "hold, 1 write, 2 join, 3 is whole, wait 1000, pass";
    check(SETTINGS, steps, "3");
    check(SETTINGS, &format!("{steps}, 3 succeeds"), "3 1 2");
    check(SETTINGS, "hold, 2 write, wait 1000, pass", "1");
}

#[test]
fn one_that_is_tried_and_ends_is_followed_by_another() {
    let steps = "hold, 9 join, wait 1000, pass, 1 ends, 1 leaves";
    check(SETTINGS, steps, "1 2");
    check(SETTINGS, "hold, 9 join, wait 1000, pass, 1 returns", "1 1");
}

#[test]
fn a_connection_that_fails_begins_a_new_ramp() {
    let steps = "hold, 9 join, wait 1000, pass, 1 sent, 1 succeeds, 2 fails";
    check(SETTINGS, steps, "1 2 3 4 5 2");
    // What is heard of the old one counts no more.
    check(SETTINGS, &format!("{steps}, 3 succeeds"), "1 2 3 4 5 2");
    check(
        SETTINGS,
        &format!("{steps}, 2 succeeds"),
        "1 2 3 4 5 2 6 7 8 9",
    );
}

#[test]
fn reads_are_not_paced_where_only_writes_were_held() {
    let steps = "writes hold, 9 write, wait 1000, pass, 2 join";
    check(SETTINGS, steps, "1 10 11");
    check(SETTINGS, &format!("{steps}, 1 succeeds"), "1 10 11 2 3 4 5");
}

#[test]
fn writes_that_stay_held_keep_no_ramp_going() {
    let steps = "hold, 2 write, 1 join, wait 1000, pass, writes hold, 3 sent, 3 succeeds, 9 join";
    check(SETTINGS, steps, "3 4 5 6 7 8 9 10 11 12");
}

#[test]
fn all_go_at_once_where_it_is_said() {
    let settings = Settings {
        mode: ReleaseMode::All,
        ..SETTINGS
    };
    check(settings, "hold, 3 join, wait 9000, pass", "1 2 3");
}

#[test]
fn a_canary_that_failed_keeps_the_others_waiting() {
    let settings = Settings {
        canary: true,
        ..SETTINGS
    };
    let failed = "hold, 9 join, wait 1000, pass, 1 sent, 1 answers 503";
    check(settings, failed, "1");
    check(settings, &format!("{failed}, wait 999, 1 join"), "1");
    let again = format!("{failed}, wait 1000, 2 sent, 2 answers 500");
    check(settings, &format!("{again}, wait 1999"), "1 2");
    check(settings, &format!("{again}, wait 2000"), "1 2 3");
    check(
        settings,
        &format!("{again}, wait 2000, 3 succeeds"),
        "1 2 3 4 5 6 7",
    );
    check(SETTINGS, &format!("{failed}, 1 succeeds"), "1 2 3 4 5");
    let rules = Settings {
        autogate: true,
        ..settings
    };
    check(rules, &format!("{failed}, open, wait 1000"), "1");
    check(rules, &format!("{failed}, wait 1000, open"), "1 2");
}

#[test]
fn a_slot_that_is_free_is_the_oldest_ones() {
    let settings = Settings {
        inflight_max: Some(3),
        ..SETTINGS
    };
    check(settings, "slots 2, 3 join", "1 2");
    check(settings, "slots 2, 3 join, 1 sent, slots 1", "1 2 3");
}

#[test]
fn nobody_is_overtaken_by_many_while_he_is_not_sent() {
    let settings = Settings {
        inflight_max: Some(3),
        ..SETTINGS
    };
    let steps = "slots 3, 9 join, 2 sent, 3 sent, slots 2";
    check(settings, steps, "1 2 3");
    check(settings, &format!("{steps}, 1 sent"), "1 2 3 4 5");
    check(settings, &format!("{steps}, wait 1000"), "1 2 3 4 5");
}

#[test]
fn a_line_that_takes_the_place_of_another_is_as_careful() {
    let held = "hold, 2 join, wait 1000";
    check(SETTINGS, &format!("{held}, replaced, 3 join, pass"), "3");
    let tried = format!("{held}, pass, replaced");
    check(SETTINGS, &format!("{tried}, 2 join"), "1 3");
    let early = format!("{held}, replaced, pass");
    check(SETTINGS, &format!("{early}, 2 join"), "3");
    let late = format!("{early}, wait 1000");
    check(SETTINGS, &format!("{late}, 2 join"), "3 4");
    check(SETTINGS, "hold, pass, replaced, 2 join", "1 2");
}
