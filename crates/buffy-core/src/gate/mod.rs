//! The gate of one upstream: may a request pass, must it wait, or is it turned away?
//!
//! Three voices, kept apart: the operators, the rules (autogate), the health of the target.
//! The caller brings an input and the time; the gate says what changed. What an answer is worth
//! depends on when its request began, so every piece of evidence brings that moment.
//!
//! Not here: sockets, polls, the queue, and what a document means (`rule`).

mod operator;
mod settings;
mod status;

pub use operator::{CONFIGURATION, Close, Holds, Operator, Stop};
pub use settings::{AutogateSettings, HealthKind, HealthSettings, Settings};
pub use status::{AutogateState, AutogateStatus, Status, TargetState, TargetStatus};

use crate::event::What;
use crate::moment::Moment;

/// What a request asks of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asks {
    /// Its method is none of GET, HEAD, OPTIONS, TRACE.
    pub writes: bool,
}

impl Asks {
    /// What a request of this method asks.
    pub fn of(method: &[u8]) -> Self {
        Self {
            writes: !matches!(method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE"),
        }
    }
}

/// What a request meets at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Hold(Cause),
    Refuse,
}

/// Why requests are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// By an operator.
    Closed,
    /// A target is up, but the rules say closed, or nothing that counts.
    Autogate,
    /// No target is up.
    Down,
}

/// Something that a gate is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Close {
        actor: String,
        reason: String,
        holds: Holds,
        at_ms: u64,
    },
    Stop {
        actor: String,
        message: String,
        at_ms: u64,
    },
    /// Lifts every close and stop.
    Open { actor: String, reason: String },
    /// A probe ended.
    Probe {
        /// When it began to connect.
        began: Moment,
        /// What was wrong, for people.
        result: Result<(), String>,
    },
    /// A request's connection told something.
    Passive {
        /// When it began to connect.
        began: Moment,
        evidence: Evidence,
    },
    /// A look at the status document ended.
    Poll {
        /// When it began to connect.
        began: Moment,
        outcome: Poll,
    },
    /// The moment of [`Gate::next_tick`] has come.
    Tick,
}

/// What a request's own connection says of its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Refused, or a fresh connection ended without a byte of a response; the error, for people.
    Refused(String),
    /// A byte of a response came.
    Answered,
}

/// What a look at the status document found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// The first rule that matches says OPEN.
    Open { rule: String },
    /// The first rule that matches says CLOSE.
    Close { rule: String },
    /// No rule matches.
    Unmatched,
    /// There was no document to judge, and why, for people.
    Miss(String),
}

/// What an input asks of the caller.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Verdicts may differ from before: read them again, release, refuse.
    pub changed: bool,
    /// Probe the target at once, on a connection begun now, beside one that is under way.
    pub probe: bool,
    /// Ask for the status document at once, on a connection begun now, beside one under way.
    pub poll: bool,
    /// Throw the target's idle connections away.
    pub flush_pool: bool,
    /// Whoever listens is told.
    pub events: Vec<What>,
}

/// The gate of one upstream.
#[derive(Clone, Debug)]
pub struct Gate {
    settings: Settings,
    operator: Operator,
    generation: u64,
    since: Moment,
}

impl Gate {
    /// A gate that knows nothing yet but what operators left; `now_ms` (since the Unix epoch) is
    /// written on the close of `gate.initial: closed`.
    pub fn new(settings: Settings, restored: Operator, now: Moment, now_ms: u64) -> Self {
        let _ = now_ms;
        Self {
            settings,
            operator: restored,
            generation: 0,
            since: now,
        }
    }

    /// Takes in one input; evidence of different moments may come in any order.
    pub fn apply(&mut self, now: Moment, input: Input) -> Effects {
        let _ = (now, input);
        self.generation += 1;
        Effects::default()
    }

    /// What a request meets now.
    pub fn verdict(&self, asks: &Asks) -> Verdict {
        let _ = asks;
        Verdict::Hold(Cause::Down)
    }

    /// When [`Input::Tick`] is due, if ever.
    pub fn next_tick(&self) -> Option<Moment> {
        None
    }

    /// The entries of operators, to be kept.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// How often anything changed that a verdict may depend on.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The gate for people.
    pub fn status(&self) -> Status {
        Status {
            gate: "unknown",
            generation: self.generation,
            operator: self.operator.clone(),
            autogate: AutogateStatus {
                state: AutogateState::Absent,
                since: self.since,
                rule: None,
                miss: None,
            },
            target: TargetStatus {
                url: self.settings.health.url.clone(),
                state: TargetState::Unknown,
                since: self.since,
                error: None,
            },
        }
    }

    /// Why a request that asks this does not pass, each voice in a sentence; empty where it passes.
    pub fn reasons(&self, asks: &Asks) -> Vec<String> {
        let _ = asks;
        Vec::new()
    }
}
