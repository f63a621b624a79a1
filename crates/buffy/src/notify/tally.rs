//! What became of the deliveries of one hook.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted by the hook's task and by those who send to it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    ok: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    untold: AtomicU64,
}

/// The figures of one hook, since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
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
    pub(super) fn delivered(&self) {
        self.ok.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what is lost; true for the first since the receiver was last told.
    pub(super) fn dropped(&self, many: u64) -> bool {
        self.dropped.fetch_add(many, Ordering::Relaxed);
        self.untold.fetch_add(many, Ordering::Relaxed) == 0
    }

    /// What was lost since the receiver was last told; it is told now.
    pub(super) fn take_untold(&self) -> u64 {
        self.untold.swap(0, Ordering::Relaxed)
    }

    /// The delivery that was to tell of so many was lost itself.
    pub(super) fn still_untold(&self, many: u64) {
        self.untold.fetch_add(many, Ordering::Relaxed);
    }

    pub(super) fn figures(&self, hook: &'static str) -> Figures {
        Figures {
            hook,
            ok: self.ok.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }
}
