//! What became of the deliveries of one hook.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted by the hook's task and by those who send to it.
#[derive(Debug, Default)]
pub struct Tally {
    ok: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    untold: AtomicU64,
}

/// The figures of one hook, since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookFigures {
    /// `webhook`, `slack`, or `connections`.
    pub hook: &'static str,
    /// Deliveries that were accepted.
    pub ok: u64,
    /// Tries that failed, repeated or not.
    pub failed: u64,
    /// Never delivered: there was no room, or the receiver's no was definite.
    pub dropped: u64,
}

impl Tally {
    /// A delivery was accepted.
    pub fn delivered(&self) {
        self.ok.fetch_add(1, Ordering::Relaxed);
    }

    /// A try failed.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what is lost; true for the first since the receiver was last told.
    pub fn dropped(&self, many: u64) -> bool {
        self.dropped.fetch_add(many, Ordering::Relaxed);
        self.untold.fetch_add(many, Ordering::Relaxed) == 0
    }

    /// Counts an event for which there is no room, and says so once.
    pub fn lose_event(&self, hook: &'static str) {
        if self.dropped(1) {
            tracing::warn!(
                hook,
                "the receiver is too slow: events are dropped and counted"
            );
        }
    }

    /// What was lost since the receiver was last told; it is told now.
    pub fn take_untold(&self) -> u64 {
        self.untold.swap(0, Ordering::Relaxed)
    }

    /// The delivery that was to tell of so many was lost itself.
    pub fn still_untold(&self, many: u64) {
        self.untold.fetch_add(many, Ordering::Relaxed);
    }

    /// The figures of this moment.
    pub fn figures(&self, hook: &'static str) -> HookFigures {
        HookFigures {
            hook,
            ok: self.ok.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }
}
