//! What one upstream counts: moves of its gate, and probes. Rare, so behind a lock.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Upper bounds of the probes' durations, in milliseconds; what is longer is in one more.
pub(super) const PROBE_BOUNDS_MS: [u64; 9] = [1, 5, 10, 25, 100, 250, 500, 1_000, 2_000];

/// The counts of one upstream.
#[derive(Debug, Default)]
pub struct GateCounts {
    counts: Mutex<GateCounted>,
}

/// The counts of one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct GateCounted {
    /// By the verdict after the move, and what moved it.
    pub(super) moves: BTreeMap<(&'static str, &'static str), u64>,
    /// Not cumulative.
    pub(super) probes: [u64; PROBE_BOUNDS_MS.len() + 1],
    pub(super) probes_took: Duration,
    /// By reason.
    pub(super) failures: BTreeMap<&'static str, u64>,
}

impl GateCounts {
    /// The verdict moved to `to`, by `cause`: `operator`, `autogate`, `health` or `saturated`.
    pub fn moved(&self, to: &'static str, cause: &'static str) {
        *self.lock().moves.entry((to, cause)).or_default() += 1;
    }

    /// A probe or a poll is over: how long it took, and in one word why it failed, if it did.
    pub fn probed(&self, took: Duration, failure: Option<&'static str>) {
        let mut counts = self.lock();
        let bucket = PROBE_BOUNDS_MS
            .iter()
            .position(|&bound| took <= Duration::from_millis(bound))
            .unwrap_or(PROBE_BOUNDS_MS.len());
        if let Some(count) = counts.probes.get_mut(bucket) {
            *count += 1;
        }
        counts.probes_took = counts.probes_took.saturating_add(took);
        if let Some(reason) = failure {
            *counts.failures.entry(reason).or_default() += 1;
        }
    }

    pub(super) fn now(&self) -> GateCounted {
        self.lock().clone()
    }

    /// A count is never left half made.
    fn lock(&self) -> MutexGuard<'_, GateCounted> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
