//! A gate as people are shown it.

use super::autogate::Axis;
use super::operator::{Close, Holds, Operator, Stop, Word};
use super::{Asks, Gate};
use crate::moment::Moment;

/// The gate's word before anything is known.
pub(super) const UNKNOWN: &str = "unknown";

/// A gate at a moment, for status pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The whole gate in a word; see [`What::GateChanged`](crate::event::What::GateChanged).
    pub gate: &'static str,
    /// How often the gate changed.
    pub generation: u64,
    pub operator: Operator,
    pub autogate: AutogateStatus,
    pub target: TargetStatus,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutogateStatus {
    pub state: AutogateState,
    pub since: Moment,
    /// The rule that matched last, and when its poll began.
    pub rule: Option<(String, Moment)>,
    /// Why the newest poll had no document; none where it had one.
    pub miss: Option<String>,
}

/// What the rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutogateState {
    /// No rules are configured.
    Absent,
    Unknown,
    Open,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetStatus {
    pub url: String,
    pub state: TargetState,
    pub since: Moment,
    /// Why the newest look at the target failed; none where it did not.
    pub error: Option<String>,
}

/// What is believed of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Nothing that counts was heard.
    Unknown,
    Up,
    /// A connection was refused; a probe will tell.
    Suspect,
    Down,
}

impl Gate {
    /// The gate for people. Health and rules are shown as requests that read meet them; those
    /// that write may have to wait for newer evidence, which their [`Gate::reasons`] say.
    pub fn status(&self) -> Status {
        let axis = self.reads.rules();
        Status {
            gate: self.word().0,
            generation: self.generation,
            operator: self.operator.clone(),
            autogate: AutogateStatus {
                state: axis.map_or(AutogateState::Absent, Axis::state),
                since: axis.map_or(Moment::ZERO, Axis::since),
                rule: self.autogate.rule().cloned(),
                miss: self.autogate.miss().map(str::to_owned),
            },
            target: TargetStatus {
                url: self.settings.health.url.clone(),
                state: self.reads.target().state(),
                since: self.reads.target().since(),
                error: self.target.error().map(str::to_owned),
            },
        }
    }

    /// The target is not believed up: that it answers would be news.
    pub fn is_doubtful(&self) -> bool {
        self.reads.target().state() != TargetState::Up
            || self.writes.target().state() != TargetState::Up
    }

    /// Good evidence was counted, and not enough of it: more is worth asking for soon.
    pub fn is_rising(&self) -> bool {
        [&self.reads, &self.writes]
            .into_iter()
            .any(|view| view.target().is_rising() || view.rules().is_some_and(Axis::is_rising))
    }

    /// Why a request that asks this does not pass, each voice in a sentence; empty where it passes.
    pub fn reasons(&self, asks: &Asks) -> Vec<String> {
        let stops = self.operator.stops().iter().map(Stop::reason);
        let closes = self
            .operator
            .closes()
            .iter()
            .filter(|close| close.holds.covers(*asks));
        let mut reasons: Vec<String> = stops.chain(closes.map(Close::reason)).collect();
        let view = self.view(*asks);
        if view.target().state() != TargetState::Up {
            reasons.push(self.target.reason(&self.settings.health));
        }
        if let (Some(axis), Some(settings)) = (view.rules(), &self.settings.autogate) {
            reasons.extend(axis.reason(&self.autogate, settings));
        }
        reasons
    }

    /// The gate in a word, for the requests that ask most, and whether that lasts.
    pub(super) fn word(&self) -> (&'static str, bool) {
        let view = self.view(Asks::WRITE);
        let (target, rules) = view.states();
        match (self.operator.on(Asks::WRITE), target, rules) {
            (Word::Stop, _, _) => ("stopped", true),
            (Word::Close, _, _) => ("closed", true),
            (Word::Silence, TargetState::Down, _) => ("down", true),
            (Word::Silence, TargetState::Unknown | TargetState::Suspect, _) => (UNKNOWN, false),
            (Word::Silence, TargetState::Up, AutogateState::Unknown) => {
                (UNKNOWN, view.rules().is_some_and(Axis::is_undecided))
            }
            (Word::Silence, TargetState::Up, AutogateState::Closed) => ("closed", true),
            (Word::Silence, TargetState::Up, AutogateState::Absent | AutogateState::Open) => {
                ("open", true)
            }
        }
    }
}

impl Stop {
    /// `stopped by alice: back at nine`.
    pub fn reason(&self) -> String {
        sentence("stopped", &self.actor, &self.message)
    }
}

impl Close {
    /// `closed by alice: migration`.
    pub fn reason(&self) -> String {
        let what = match self.holds {
            Holds::All => "closed",
            Holds::Writes => "writes closed",
        };
        sentence(what, &self.actor, &self.reason)
    }
}

impl AutogateState {
    /// `absent`, `unknown`, `open` or `closed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

impl TargetState {
    /// `unknown`, `up`, `suspect` or `down`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Suspect => "suspect",
            Self::Down => "down",
        }
    }
}

fn sentence(what: &str, actor: &str, why: &str) -> String {
    if why.is_empty() {
        format!("{what} by {actor}")
    } else {
        format!("{what} by {actor}: {why}")
    }
}
