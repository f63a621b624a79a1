//! Cutting off: requests in flight that a drain gives no more time.
//!
//! Nobody is told at once: those in flight compare a count, and their workers look now and then
//! whether there is a reason to wake them. So a request that passes pays a load and no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use buffy_core::gate::{Asks, Coverage, Token};

use super::drain::Drained;
use super::gate::Upstream;

/// Those that are cut off are gone by then: workers look more often.
const GONE: Duration = Duration::from_secs(5);

static ORDERS: AtomicU64 = AtomicU64::new(0);

/// How often anybody was cut off in this process.
pub fn orders() -> u64 {
    ORDERS.load(Ordering::Acquire)
}

/// How often requests of one upstream were cut off.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    all: AtomicU32,
    writes: AtomicU32,
}

impl Cuts {
    fn add(&self, coverage: Coverage) {
        let count = match coverage {
            Coverage::Writes => &self.writes,
            Coverage::All | Coverage::Rule(_) => &self.all,
        };
        count.fetch_add(1, Ordering::AcqRel);
    }
}

impl Upstream {
    /// How often requests that ask this were cut off. Who was in flight before it rose is to end.
    pub fn cuts(&self, asks: Asks) -> u32 {
        let all = self.cuts.all.load(Ordering::Acquire);
        if asks.writes {
            all.wrapping_add(self.cuts.writes.load(Ordering::Acquire))
        } else {
            all
        }
    }

    /// Drains for so long, and cuts off what is left then; the second is what that was.
    pub async fn drain_or_cut(
        self: &Arc<Self>,
        token: &Token,
        window: Duration,
    ) -> (Drained, Option<Drained>) {
        let drained = self.drain(token, window).await;
        if drained.inflight == 0 || !drained.stands {
            return (drained, None);
        }
        self.cut(token);
        (self.drain(token, GONE).await, Some(drained))
    }

    /// Cuts off what the close (or stop) of this token holds and is in flight.
    fn cut(&self, token: &Token) {
        let coverage = self.state().gate.operator().coverage_of(token);
        let Some(coverage) = coverage else {
            return;
        };
        self.cuts.add(coverage);
        for before in self.predecessors() {
            before.cuts.add(coverage);
        }
        ORDERS.fetch_add(1, Ordering::AcqRel);
    }
}
