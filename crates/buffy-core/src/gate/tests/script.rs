//! Scripts of a gate, read word by word: `rules, rise 2: up, OPEN, OPEN`.
//!
//! Before the colon stands what is configured; without it, TCP health and no rules. Each clause
//! after it is an input, a millisecond after the one before. `a poll begins` notes a moment, and
//! `that poll says OPEN` (or `that probe is good`, …) is evidence that began then; so do
//! `an old probe begins` and `that old probe fails`.

use std::time::Duration;

use super::said::said;
use crate::config::{GateInitial, Unmatched, Unreachable};
use crate::event::What;
use crate::gate::{
    AutogateSettings, Effects, Evidence, Gate, HealthKind, HealthSettings, Input, Operator, Poll,
    Settings, Stop, TargetSettings,
};
use crate::moment::Moment;

/// A gate after its script.
pub(super) struct Played {
    pub(super) gate: Gate,
    /// Of the last input.
    pub(super) effects: Effects,
    /// Of all inputs.
    pub(super) events: Vec<What>,
}

pub(super) fn play(script: &str) -> Played {
    let (settings, clauses) = script.split_once(':').unwrap_or(("", script));
    let settings: Vec<&str> = words(settings).collect();
    let mut left = Operator::default();
    if settings.contains(&"left stopped") {
        left = Operator::new(Vec::new(), vec![stop_of_yesterday()], None, None);
    }
    let mut now = Moment::ZERO.after(Duration::from_millis(10));
    let mut noted = now;
    let mut noted_old = now;
    let mut played = Played {
        gate: Gate::new(configured(&settings), left, now, 1_000),
        effects: Effects::default(),
        events: Vec::new(),
    };
    for clause in words(clauses) {
        now = now.after(Duration::from_millis(1));
        if clause.starts_with("an old ") {
            noted_old = now;
        } else if clause.ends_with(" begins") {
            noted = now;
        } else if let Some(wait) = clause.strip_prefix("wait ") {
            now = now.after(duration(wait));
            if played.gate.next_tick().is_some_and(|tick| tick <= now) {
                played.take(now, Input::Tick);
            }
        } else {
            let (began, clause) = if let Some(clause) = clause.strip_prefix("that old ") {
                (noted_old, clause)
            } else if let Some(clause) = clause.strip_prefix("that ") {
                (noted, clause)
            } else {
                (now, clause)
            };
            played.take(now, input(clause, began));
        }
    }
    played
}

impl Played {
    fn take(&mut self, now: Moment, input: Input) {
        self.effects = self.gate.apply(now, input);
        self.events.extend(self.effects.events.iter().cloned());
    }

    /// What the last input asked for: `probe`, `poll`, `flush`.
    pub(super) fn asked(&self) -> String {
        let asked = [
            (self.effects.probe != 0, "probe"),
            (self.effects.poll, "poll"),
            (self.effects.flush != 0, "flush"),
        ];
        let asked: Vec<&str> = asked
            .iter()
            .filter_map(|(is, word)| is.then_some(*word))
            .collect();
        asked.join(", ")
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.events.iter().map(sentence).collect()
    }
}

fn sentence(what: &What) -> String {
    match what {
        What::GateChanged {
            from,
            to,
            actor,
            reason,
        } => {
            format!("{from} -> {to} by {actor}: {reason}")
        }
        What::TargetUp { url } => format!("{url} up"),
        What::TargetDown { url, error } => format!("{url} down: {error}"),
        What::NeverReached { url, error } => format!("{url} never reached: {error}"),
        What::LeaseExpired {
            order,
            actor,
            reason,
            then,
        } => {
            format!("{order} of {actor} {then}: {reason}")
        }
        What::FirstHeld
        | What::CanaryFailed { .. }
        | What::NearLimit { .. }
        | What::HoldOver { .. }
        | What::Reloaded { .. }
        | What::ReloadRefused { .. } => {
            panic!("a gate knows no queue: {what:?}")
        }
    }
}

fn input(clause: &str, began: Moment) -> Input {
    let poll = |outcome| Input::Poll { began, outcome };
    let (target, clause) = match clause.strip_prefix("second ") {
        Some(clause) => (1, clause),
        None => (0, clause),
    };
    let passive = |evidence| Input::Passive {
        target,
        began,
        evidence,
    };
    match clause {
        "up" | "probe is good" => Input::Probe {
            target,
            began,
            result: Ok(()),
        },
        "missed" | "probe fails" => Input::Probe {
            target,
            began,
            result: Err("timed out".to_owned()),
        },
        "refused" | "connection is refused" => passive(Evidence::Refused("refused".to_owned())),
        "answered" | "connection is answered" => passive(Evidence::Answered),
        "OPEN" | "poll says OPEN" => poll(Poll::Open {
            rule: "match1".to_owned(),
        }),
        "CLOSE" | "poll says CLOSE" => poll(Poll::Close {
            rule: "match2".to_owned(),
        }),
        "unmatched" | "poll is unmatched" => poll(Poll::Unmatched),
        "poll missed" => poll(Poll::Miss("no answer".to_owned())),
        "tick" => Input::Tick,
        _ => said(clause).unwrap_or_else(|| panic!("no such clause: {clause:?}")),
    }
}

fn configured(words: &[&str]) -> Settings {
    let http = words.contains(&"http");
    let number = |name: &str, default: u32| {
        let value = words
            .iter()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(default, |value| value.parse().unwrap())
    };
    let settle = words.iter().find_map(|word| word.strip_prefix("settle "));
    let autogate = AutogateSettings {
        url: "http://b/ping".to_owned(),
        rise: number("rise", 1),
        fall: number("fall", 3),
        unmatched: choose(words, "unmatched close", Unmatched::Close, Unmatched::Keep),
        unreachable: choose(
            words,
            "unreachable keep",
            Unreachable::Keep,
            Unreachable::Close,
        ),
        settle: settle.map_or(Duration::ZERO, duration),
    };
    Settings {
        initial: choose(
            words,
            "initially closed",
            GateInitial::Closed,
            GateInitial::Persisted,
        ),
        targets: ["http://b", "http://c"]
            .into_iter()
            .take(if words.contains(&"two targets") { 2 } else { 1 })
            .map(|url| TargetSettings {
                url: url.to_owned(),
            })
            .collect(),
        health: HealthSettings {
            kind: if http {
                HealthKind::Http
            } else {
                HealthKind::Tcp
            },
            rise: number("health rise", if http { 2 } else { 1 }),
            fall: number("health fall", 3),
        },
        autogate: words.contains(&"rules").then_some(autogate),
    }
}

fn choose<T>(words: &[&str], word: &str, yes: T, no: T) -> T {
    if words.contains(&word) { yes } else { no }
}

fn stop_of_yesterday() -> Stop {
    Stop {
        id: 7,
        token: None,
        actor: "bob".to_owned(),
        message: "moving".to_owned(),
        at_ms: 500,
        until_ms: None,
        lease: None,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

pub(super) fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap());
    let number = number.parse().unwrap();
    match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        _ => panic!("no such unit: {text:?}"),
    }
}
