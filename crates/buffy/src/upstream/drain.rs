//! Draining: waiting until nothing that a close holds is on its way any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use buffy_core::gate::{Asks, Coverage, Token};

use super::gate::Upstream;
use super::inflight::Inflight;
use crate::tasks;

/// Between two looks at the requests in flight. Nobody is woken for a drain, so that a request that
/// ends costs nothing more.
const LOOK: Duration = Duration::from_millis(5);

/// What a drain left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Requests still on their way that the close holds.
    pub inflight: u64,
    /// Those of them whose answers have no end.
    pub endless: usize,
    /// The close was not lifted meanwhile.
    pub stands: bool,
}

impl Drained {
    /// Nothing is left, and nothing new can come.
    pub fn is_quiet(&self) -> bool {
        self.inflight == 0 && self.stands
    }
}

impl Upstream {
    /// Waits until nothing that the close (or stop) of this token holds is in flight, for so long
    /// at most; then its lease begins. Endless answers are told to end, spread over that time.
    ///
    /// The close was published before: whoever read an older verdict is counted. A lift ends the
    /// drain, and harms nobody.
    pub async fn drain(self: &Arc<Self>, token: &Token, window: Duration) -> Drained {
        let deadline = Instant::now() + window;
        let mut turn = None;
        let mut covered = None;
        let drained = loop {
            let now = Instant::now();
            // A reload may replace it meanwhile: then the orders are the successor's.
            let latest = self.latest();
            let coverage = latest.state().gate.operator().coverage_of(token);
            let inflight = match coverage {
                Some(Coverage::Rule(_)) => self.left_before_rule(&mut turn),
                Some(Coverage::Writes) => latest.inflight_of(true),
                Some(Coverage::All) | None => latest.inflight_of(false),
            };
            let drained = Drained {
                inflight,
                endless: self.endless.count(|asks| is_drained(coverage, asks)),
                stands: coverage.is_some(),
            };
            if !drained.stands {
                self.endless.go_on(|asks| is_drained(covered, asks));
            }
            if drained.inflight == 0 || deadline <= now || !drained.stands {
                break drained;
            }
            covered = coverage;
            let left = deadline - now;
            self.endless
                .end(|asks| is_drained(coverage, asks), now, left);
            tokio::time::sleep_until((now + LOOK).min(deadline).into()).await;
        };
        let (upstream, token) = (Arc::clone(self), token.clone());
        let begun = tasks::spawn_blocking(move || upstream.begin_lease(token)).await;
        if let Err(error) = begun {
            tracing::error!(upstream = self.id(), %error, "a lease was not begun");
        }
        drained
    }

    /// Requests in flight that a drain of a close by rule waits for. Which of those that were
    /// admitted before it would hold is not known, so it waits for all of them, and for nobody
    /// admitted since: those are counted on another page, once that one is free, or by a successor.
    fn left_before_rule(&self, turn: &mut Option<u64>) -> u64 {
        *turn = turn.or_else(|| self.turn_page());
        turn.map_or_else(|| self.inflight_of(false), |turn| self.left_before(turn))
    }

    /// Requests that are admitted from now on are counted on the other page; which turn that was.
    /// None where that page is not empty yet, and nothing has changed.
    fn turn_page(&self) -> Option<u64> {
        let mut state = self.state();
        let next = page(state.turns + 1);
        if self.own(|own| own.on_page(next)) > 0 {
            return None;
        }
        state.turns += 1;
        self.publish(&mut state);
        Some(state.turns)
    }

    /// Requests in flight that were admitted before this turn. None are left where another drain
    /// has turned since: it found the page empty.
    fn left_before(&self, turn: u64) -> u64 {
        let own = if self.state().turns == turn {
            self.own(|own| own.on_page(page(turn + 1)))
        } else {
            0
        };
        // Those of a predecessor were all admitted before.
        own + self.sum_of_predecessors(Inflight::drained)
    }
}

/// The page that is written after so many turns.
pub(super) fn page(turns: u64) -> usize {
    usize::from(turns % 2 == 1)
}

/// Whether a drain is about a request that was admitted asking this. Those on their way were not
/// judged by a rule that came after them, so all of them are meant.
fn is_drained(coverage: Option<Coverage>, admitted: Asks) -> bool {
    match coverage {
        Some(Coverage::All | Coverage::Rule(_)) => true,
        Some(Coverage::Writes) => admitted.writes,
        None => false,
    }
}
