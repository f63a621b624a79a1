//! An upstream as people are shown it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use buffy_core::gate::{Asks, Status};
use buffy_core::release::RampStatus;

use super::gate::{State, Upstream};
use super::limits::ProcessLimits;
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
    /// Of the heads and bodies of held requests.
    pub held_bytes: u64,
    /// How long the oldest has been held.
    pub oldest: Option<Duration>,
    pub ramp: RampStatus,
    /// Every target that is up has as many requests on their way as it may.
    pub saturated: bool,
    pub inflight: u64,
    /// Of each target; none where it is not counted.
    pub inflight_of: Vec<Option<usize>>,
    /// How long the gate has not been open, all spells of this process together.
    pub closed: Duration,
}

impl Upstream {
    pub fn status(&self) -> UpstreamStatus {
        let now = clock::now();
        let state = self.state();
        UpstreamStatus {
            gate: state.gate.status(),
            reasons: self.reasons_in(&state, Asks::MOST),
            ramp: state.line.ramp(),
            held: self.held.taken(),
            held_limit: self.held.limit().min(self.process.held().limit()),
            held_bytes: state.head_bytes + self.bodies.bytes(),
            oldest: state.line.queue().oldest().map(|oldest| now.since(oldest)),
            saturated: self.slots.are_full(self.slots.up()),
            inflight: self.inflight(),
            inflight_of: (0..self.settings.targets.len())
                .map(|target| self.slots.taken(target))
                .collect(),
            closed: state.shut.total(now),
        }
    }

    /// Why a request that asks this does not pass, each voice in a sentence; empty where it passes.
    pub(super) fn reasons_in(&self, state: &State, asks: Asks) -> Vec<String> {
        let mut reasons = state.gate.reasons(&asks);
        if let RampStatus::CanaryFailed(canary) = state.line.ramp() {
            reasons.push(canary.reason());
        }
        if reasons.is_empty() && self.slots.are_full(self.slots.up()) {
            reasons.push(format!(
                "saturated: all of `max_inflight` ({}) are on their way to each target that is up",
                self.settings.max_inflight.map_or(0, NonZeroUsize::get)
            ));
        }
        reasons
    }

    /// Of the process: shared by all upstreams.
    pub fn limits(&self) -> &ProcessLimits {
        &self.process
    }

    /// Moves of the gate, and probes.
    pub fn counts(&self) -> Arc<GateCounts> {
        Arc::clone(&self.counts)
    }
}
