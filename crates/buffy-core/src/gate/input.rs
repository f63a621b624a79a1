//! What a gate is told.

use super::{Close, ExpectVersion, Force, Stop, Token};
use crate::moment::Moment;

/// Something that a gate is told. Times whose names end in `_ms` are milliseconds since the Unix
/// epoch.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Hold; with the token of a close that stands, that one is said anew.
    Close(Close),
    /// Refuse; with the token of a stop that stands, that one is said anew.
    Stop(Stop),
    /// Lifts the entry of this token; without one every close, every stop and the force, and
    /// nothing where there is none.
    Open {
        actor: String,
        /// May be empty.
        reason: String,
        token: Option<Token>,
    },
    /// Lifts everything, then lets pass whatever the rules say, until its end.
    Force(Force),
    /// The lease of this token's entry, or its force, lasts so long, and ends then.
    Renew {
        token: Token,
        ttl_ms: u64,
        until_ms: u64,
    },
    /// The drain of this token's close is over: its lease, if it has one, ends then. Nothing where
    /// the close was lifted meanwhile.
    LeaseBegins { token: Token, until_ms: u64 },
    /// Acts on every lease and force that is over.
    Expire { now_ms: u64 },
    /// Every OPEN must come with this from now on; none: that is over.
    ExpectVersion(Option<ExpectVersion>),
    /// A probe ended.
    Probe {
        /// The target's index.
        target: usize,
        /// When it began to connect.
        began: Moment,
        /// What was wrong, for people.
        result: Result<(), String>,
    },
    /// A request's connection told something.
    Passive {
        /// The target's index.
        target: usize,
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

impl Input {
    /// Of the entry that it makes.
    pub fn made(&self) -> Option<&Token> {
        match self {
            Self::Close(close) => close.token.as_ref(),
            Self::Stop(stop) => stop.token.as_ref(),
            Self::Force(force) => force.token.as_ref(),
            Self::Open { .. }
            | Self::Renew { .. }
            | Self::LeaseBegins { .. }
            | Self::Expire { .. }
            | Self::ExpectVersion(_)
            | Self::Probe { .. }
            | Self::Passive { .. }
            | Self::Poll { .. }
            | Self::Tick => None,
        }
    }
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
