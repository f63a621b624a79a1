//! What releasing is told by the configuration.

use std::time::Duration;

/// An upstream's `release`, and what else matters to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub mode: Mode,
    /// The first step after the probation: so many may be unfinished; 0 counts as 1.
    pub start: usize,
    /// The last step; after it all go.
    pub max: usize,
    /// A connection that stands for so long is a success.
    pub patience: Duration,
    /// An answer of 500 or more to the one that is tried first keeps the others waiting.
    pub canary: bool,
    /// From one canary that failed to the next; it doubles.
    pub retry: Duration,
    /// The upstream has rules: after a canary that failed they must say OPEN anew.
    pub autogate: bool,
    /// So many requests may be on their way to the upstream, all targets together; none: any.
    pub inflight_max: Option<usize>,
}

/// How those who waited go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One, then more and more.
    Ramp,
    /// At once.
    All,
}
