//! What the fast path reads of a gate: one word, by one atomic load.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use buffy_core::gate::{Asks, Gate, Verdict};

/// Somebody has a place: newcomers must look at the queue.
const PLACES: u32 = 1 << 4;

/// The published verdicts of a gate for reads and writes, and whether anybody has a place.
/// Zero is: everything passes, nobody waits.
#[derive(Debug)]
pub(super) struct Word(AtomicU32);

impl Word {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(PLACES))
    }

    /// Shown to the workers. Sequentially consistent, like the counting of requests in flight:
    /// whoever reads an old word was counted before, so a drain that sums afterwards sees him.
    pub(super) fn publish(&self, gate: &Gate, places: bool) {
        let reads = code(gate.verdict(&Asks::READ));
        let writes = code(gate.verdict(&Asks::WRITE)) << 2;
        let places = if places { PLACES } else { 0 };
        self.0.store(reads | writes | places, Ordering::SeqCst);
    }

    /// Everything passes and nobody has a place.
    pub(super) fn is_clear(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }

    /// The verdict for one request is Pass, whoever waits.
    pub(super) fn passes(&self, asks: Asks) -> bool {
        let shift = if asks.writes { 2 } else { 0 };
        let own = (self.0.load(Ordering::SeqCst) >> shift) & 3;
        own == 0
    }
}

fn code(verdict: Verdict) -> u32 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Hold(_) => 1,
        Verdict::Refuse => 2,
    }
}

/// Requests in flight of one worker; only that worker changes it. On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Inflight(AtomicI64);

impl Inflight {
    /// Counted before the verdict is read (semantics.md §3, "Admission").
    pub(super) fn enter(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Release);
    }

    pub(super) fn count(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}
