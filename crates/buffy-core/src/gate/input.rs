//! What a gate is told.

use super::Holds;
use crate::moment::Moment;

/// Something that a gate is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Close {
        actor: String,
        /// May be empty.
        reason: String,
        holds: Holds,
        /// Milliseconds since the Unix epoch.
        at_ms: u64,
    },
    Stop {
        actor: String,
        /// What clients are told; may be empty.
        message: String,
        /// Milliseconds since the Unix epoch.
        at_ms: u64,
    },
    /// Lifts every close and stop; nothing where there is none.
    Open {
        actor: String,
        /// May be empty.
        reason: String,
    },
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
    /// The moment of [`Gate::next_tick`](super::Gate::next_tick) has come.
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
