//! What releasing is told by the configuration.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::config::{ReleaseMode, Upstream};

/// An upstream's `release`, and what else matters to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub mode: ReleaseMode,
    /// The first step after the probation: so many may be unfinished; 0 counts as 1.
    pub start: usize,
    /// The last step; after it all go.
    pub max: usize,
    /// Whoever has not sent his first byte for so long is no longer waited for.
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

impl Settings {
    /// What an upstream's configuration says of releasing.
    pub fn of(upstream: &Upstream) -> Self {
        let release = &upstream.release;
        Self {
            mode: release.mode,
            start: release.start,
            max: release.max,
            patience: release.patience,
            canary: release.canary,
            retry: release.retry,
            autogate: upstream.autogate.is_some(),
            inflight_max: upstream
                .max_inflight
                .map(|max| NonZeroUsize::get(max).saturating_mul(upstream.targets.len())),
        }
    }
}
