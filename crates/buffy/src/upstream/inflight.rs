//! Requests in flight, counted so that a drain can wait for those that a close holds.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use buffy_core::gate::Asks;

/// Requests in flight of one worker; only that worker changes it. On a cache line of its own.
///
/// There are two pages: a drain turns to the other one, and then waits for the old one to be empty,
/// which holds whoever was admitted before.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Inflight {
    pages: [Page; 2],
    /// Let through by a signed bypass: no drain waits for them.
    apart: Count,
    /// Ever counted.
    total: AtomicU64,
}

#[derive(Debug, Default)]
struct Page {
    reads: Count,
    writes: Count,
}

/// One count.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicI64);

impl Inflight {
    /// Where a request is counted.
    pub(super) fn of(&self, page: usize, asks: Asks) -> &Count {
        let [first, second] = &self.pages;
        let page = if page == 0 { first } else { second };
        if asks.writes {
            &page.writes
        } else {
            &page.reads
        }
    }

    pub(super) fn apart(&self) -> &Count {
        &self.apart
    }

    /// One more was admitted.
    pub(super) fn admitted(&self) {
        // Nobody else writes it: no need for a locked instruction.
        let before = self.total.load(Ordering::Relaxed);
        self.total.store(before + 1, Ordering::Relaxed);
    }

    /// All that were admitted since the start.
    pub(super) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// All that are in flight.
    pub(super) fn all(&self) -> i64 {
        self.drained() + self.apart.count()
    }

    /// All that drains wait for.
    pub(super) fn drained(&self) -> i64 {
        self.on_page(0) + self.on_page(1)
    }

    /// Those that change something, or may.
    pub(super) fn writes(&self) -> i64 {
        self.pages.iter().map(|page| page.writes.count()).sum()
    }

    pub(super) fn on_page(&self, page: usize) -> i64 {
        [Asks::READ, Asks::WRITE]
            .map(|asks| self.of(page, asks).count())
            .iter()
            .sum()
    }
}

impl Count {
    /// Counted before the verdict is read (semantics.md §3, "Admission").
    pub(super) fn enter(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Release);
    }

    fn count(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}
