//! Draining: waiting until nothing that a close holds is on its way any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use buffy_core::gate::{Asks, Coverage, Token};

use super::gate::Upstream;
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
        let mut turned = false;
        let drained = loop {
            let now = Instant::now();
            let coverage = self.state().gate.operator().coverage_of(token);
            let drained = Drained {
                inflight: self.left_of(coverage, &mut turned),
                endless: self.endless.count(|asks| is_drained(coverage, asks)),
                stands: coverage.is_some(),
            };
            if drained.inflight == 0 || deadline <= now || !drained.stands {
                break drained;
            }
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

    /// Requests in flight that a drain waits for. Which of those that were admitted before a close
    /// by rule it would hold is not known, so it waits for all of them, and for nobody admitted
    /// since: those are counted on another page, once that one is free.
    fn left_of(&self, coverage: Option<Coverage>, turned: &mut bool) -> u64 {
        match coverage {
            Some(Coverage::All) | None => self.inflight_of(false),
            Some(Coverage::Writes) => self.inflight_of(true),
            Some(Coverage::Rule(_)) => {
                *turned = *turned || self.turn_page();
                if *turned {
                    self.inflight_before()
                } else {
                    self.inflight_of(false)
                }
            }
        }
    }
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
