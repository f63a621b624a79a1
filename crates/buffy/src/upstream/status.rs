//! An upstream as people are shown it.

use std::sync::Arc;
use std::time::Duration;

use buffy_core::gate::{Asks, Status};

use super::gate::Upstream;
use crate::clock;
use crate::observe::metrics::GateCounts;

/// An upstream at a moment.
#[derive(Clone, Debug)]
pub struct UpstreamStatus {
    pub gate: Status,
    /// Each voice that keeps the gate from being open, in a sentence.
    pub reasons: Vec<String>,
    pub held: usize,
    pub held_limit: usize,
    /// Of the heads of held requests.
    pub held_bytes: u64,
    /// How long the oldest has been held.
    pub oldest: Option<Duration>,
    pub inflight: u64,
    /// How long the gate has not been open, all spells of this process together.
    pub closed: Duration,
}

impl Upstream {
    pub fn status(&self) -> UpstreamStatus {
        let now = clock::now();
        let state = self.state();
        UpstreamStatus {
            gate: state.gate.status(),
            reasons: state.gate.reasons(&Asks::MOST),
            held: self.held.taken(),
            held_limit: self.held.limit().min(self.process.held().limit()),
            held_bytes: state.head_bytes,
            oldest: state.queue.oldest().map(|oldest| now.since(oldest)),
            inflight: self.inflight(),
            closed: state.shut.total(now),
        }
    }

    /// Why a request that asks this does not pass; empty where it passes.
    pub fn reasons(&self, asks: Asks) -> Vec<String> {
        self.state().gate.reasons(&asks)
    }

    /// Since when not everything passes, in milliseconds since the Unix epoch: since the oldest
    /// order that stands, else since the last moment when everything passed.
    pub fn shut_since_ms(&self) -> Option<u64> {
        let state = self.state();
        let operator = state.gate.operator();
        let closes = operator.closes().iter().map(|close| close.at_ms);
        let ordered = closes
            .chain(operator.stops().iter().map(|stop| stop.at_ms))
            .min();
        let ago = |since| clock::now().since(since).as_millis();
        let told = || {
            let ago = u64::try_from(ago(state.shut.since()?)).unwrap_or(u64::MAX);
            Some(clock::unix_ms().saturating_sub(ago))
        };
        ordered.or_else(told)
    }

    /// Seconds after which a refused client may try again, 1 to 60: the usual length of a spell
    /// without passing, less what has passed of this one, give or take a fifth.
    pub fn retry_after(&self, dice: u64) -> u64 {
        let left = self.state().shut.left(clock::now());
        let millis = u64::try_from(left.as_millis())
            .unwrap_or(u64::MAX)
            .min(60_000);
        // 80 % to 120 %, so that those refused together do not come back together.
        let jittered = millis * (80 + dice % 41) / 100;
        jittered.div_ceil(1000).clamp(1, 60)
    }

    /// Moves of the gate, and probes.
    pub fn counts(&self) -> Arc<GateCounts> {
        Arc::clone(&self.counts)
    }
}
