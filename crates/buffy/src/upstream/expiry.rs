//! Leases that run out: acted on, written to stable storage, told.

use std::sync::PoisonError;
use std::time::Duration;

use buffy_core::gate::{Input, Token};

use super::gate::Upstream;
use crate::clock;

/// The wall clock may be set while a lease runs: it is looked at this often.
const LOOK: Duration = Duration::from_secs(1);

impl Upstream {
    /// How long to wait until [`Upstream::expire`] is worth a call; none where nothing can run out.
    pub fn until_expiry(&self) -> Option<Duration> {
        let due_ms = self.state().gate.next_expiry_ms()?;
        let left_ms = due_ms.saturating_sub(clock::unix_ms());
        Some(Duration::from_millis(left_ms).min(LOOK))
    }

    /// Acts on every lease and force that is over.
    ///
    /// Blocks while the state is written: not for a worker's thread.
    pub fn expire(&self) {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = clock::unix_ms();
        let mut state = self.state();
        if state
            .gate
            .next_expiry_ms()
            .is_none_or(|due_ms| now_ms < due_ms)
        {
            return;
        }
        if self.successor().is_some() {
            // It is told and kept there.
            drop(state);
            return self.follow(Input::Expire { now_ms });
        }
        let (after, _) = self.take_in(&mut state, Input::Expire { now_ms });
        drop(state);
        self.finish(after);
        self.persist();
        drop(orders);
    }

    /// The lease of this token's entry, if it has one, begins now.
    ///
    /// Blocks while the state is written: not for a worker's thread.
    pub(super) fn begin_lease(&self, token: Token) {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(successor) = self.successor() {
            return successor.begin_lease(token);
        }
        let mut state = self.state();
        let Some(lease) = state.gate.operator().lease(&token) else {
            return;
        };
        let input = Input::LeaseBegins {
            token,
            until_ms: clock::unix_ms().saturating_add(lease.ttl_ms),
        };
        let (after, _) = self.take_in(&mut state, input.clone());
        drop(state);
        self.finish(after);
        self.lead(&input);
        self.persist();
        drop(orders);
    }
}
