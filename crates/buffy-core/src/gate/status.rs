//! A gate as people are shown it.

use super::operator::Operator;
use crate::moment::Moment;

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
