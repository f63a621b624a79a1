//! What the fast path reads of a gate: one word, by one atomic load.

use std::sync::atomic::{AtomicU32, Ordering};

use buffy_core::gate::{Asks, Gate, Verdict};

/// Newcomers must look at the line: somebody has a place, or a ramp is on.
const BUSY: u32 = 1 << 4;
/// On which page requests in flight are counted; it says nothing about whether they pass.
const PAGE: u32 = 1 << 5;

/// A close by rule stands: requests must be judged by it.
const RULED: u32 = 1 << 6;

/// The published verdicts of a gate for reads and writes, and whether anybody has a place.
/// Zero but for the page is: everything passes, nobody waits.
#[derive(Debug)]
pub(super) struct Word(AtomicU32);

impl Word {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(BUSY))
    }

    /// Shown to the workers. Sequentially consistent, like the counting of requests in flight:
    /// whoever reads an old word was counted before, so a drain that sums afterwards sees him.
    pub(super) fn publish(&self, gate: &Gate, busy: bool, page: usize) {
        let reads = code(gate.verdict(&Asks::READ));
        let writes = code(gate.verdict(&Asks::WRITE)) << 2;
        let busy = if busy { BUSY } else { 0 };
        let page = if page == 0 { 0 } else { PAGE };
        let ruled = if gate.rules().is_empty() { 0 } else { RULED };
        self.0
            .store(reads | writes | busy | page | ruled, Ordering::SeqCst);
    }

    /// Everything passes and nobody has a place.
    pub(super) fn is_clear(&self) -> bool {
        self.0.load(Ordering::SeqCst) & !PAGE == 0
    }

    /// Newcomers must look at the line. Read after a slot was given back, which those at the line
    /// take after they have shown this: so one of the two sees the other.
    pub(super) fn is_busy(&self) -> bool {
        self.0.load(Ordering::SeqCst) & BUSY != 0
    }

    /// The verdict for one request is Pass, whoever waits.
    pub(super) fn passes(&self, asks: Asks) -> bool {
        let shift = if asks.writes { 2 } else { 0 };
        let own = (self.0.load(Ordering::SeqCst) >> shift) & 3;
        own == 0
    }

    /// A close by rule stands.
    pub(super) fn is_ruled(&self) -> bool {
        self.0.load(Ordering::SeqCst) & RULED != 0
    }

    /// Whom a stop turns away: him.
    pub(super) fn refuses(&self) -> bool {
        self.0.load(Ordering::SeqCst) & 3 == code(Verdict::Refuse)
    }

    /// 0 or 1.
    pub(super) fn page(&self) -> usize {
        usize::from(self.0.load(Ordering::Relaxed) & PAGE != 0)
    }
}

fn code(verdict: Verdict) -> u32 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Hold(_) => 1,
        Verdict::Refuse => 2,
    }
}
