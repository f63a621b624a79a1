//! What operators said: the closes and stops that stand.

use super::Asks;

/// Who is written beside the close that `gate.initial: closed` makes.
pub const CONFIGURATION: &str = "configuration";

/// The entries of operators, in the order in which they were made; none: the gate is left to its
/// rules and to health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator {
    closes: Vec<Close>,
    stops: Vec<Stop>,
}

/// Requests are held until this is lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// Unique among the closes and stops of a gate.
    pub id: u64,
    pub actor: String,
    /// May be empty.
    pub reason: String,
    pub holds: Holds,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
}

/// Every request is refused until this is lifted, the held ones at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Unique among the closes and stops of a gate.
    pub id: u64,
    pub actor: String,
    /// What clients are told; may be empty.
    pub message: String,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
}

/// What a close holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    All,
    /// All methods but GET, HEAD, OPTIONS and TRACE.
    Writes,
}

/// What the operators' entries say of a request, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Stop,
    Close,
    Silence,
}

impl Operator {
    /// The entries as they were kept.
    pub fn new(closes: Vec<Close>, stops: Vec<Stop>) -> Self {
        Self { closes, stops }
    }

    pub fn closes(&self) -> &[Close] {
        &self.closes
    }

    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// Nobody closed or stopped the gate.
    pub fn is_empty(&self) -> bool {
        self.closes.is_empty() && self.stops.is_empty()
    }

    pub(super) fn on(&self, asks: Asks) -> Word {
        if !self.stops.is_empty() {
            Word::Stop
        } else if self.closes.iter().any(|close| close.holds.covers(asks)) {
            Word::Close
        } else {
            Word::Silence
        }
    }

    pub(super) fn close(&mut self, actor: String, reason: String, holds: Holds, at_ms: u64) {
        let id = self.next_id();
        self.closes.push(Close {
            id,
            actor,
            reason,
            holds,
            at_ms,
        });
    }

    pub(super) fn stop(&mut self, actor: String, message: String, at_ms: u64) {
        let id = self.next_id();
        self.stops.push(Stop {
            id,
            actor,
            message,
            at_ms,
        });
    }

    fn next_id(&self) -> u64 {
        let closes = self.closes.iter().map(|close| close.id);
        let stops = self.stops.iter().map(|stop| stop.id);
        closes
            .chain(stops)
            .max()
            .map_or(1, |id| id.saturating_add(1))
    }
}

impl Holds {
    /// Is a request that asks this held?
    pub fn covers(self, asks: Asks) -> bool {
        match self {
            Self::All => true,
            Self::Writes => asks.writes,
        }
    }
}
