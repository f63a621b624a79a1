//! What is done when a gate's lock is free again: tasks are woken, events are told.

use std::task::Waker;

use buffy_core::event::{Event, What};

use super::gate::{State, Upstream};
use crate::clock;

/// What a step under the lock leaves to be done without it.
#[must_use]
#[derive(Debug, Default)]
pub(super) struct After {
    pub(super) woken: Vec<Waker>,
    pub(super) told: Vec<What>,
}

impl Upstream {
    /// Wakes first, in the order of release: nobody waits for a line of the log.
    pub(super) fn finish(&self, after: After) {
        for waker in after.woken {
            waker.wake();
        }
        for what in after.told {
            self.tell(what);
        }
    }

    fn tell(&self, what: What) {
        self.log(&what);
        self.events.send(Event {
            at_ms: clock::unix_ms(),
            upstream: Some(self.settings.id.clone()),
            what,
        });
    }

    fn log(&self, what: &What) {
        let upstream = self.id();
        match what {
            What::GateChanged {
                from,
                to,
                actor,
                reason,
            } => {
                self.counts.moved(to, cause(actor));
                tracing::info!(upstream, from, to, actor, reason, "gate changed");
            }
            What::TargetUp { url } => tracing::info!(upstream, url, "target up"),
            What::TargetDown { url, error } => tracing::warn!(upstream, url, error, "target down"),
            What::NeverReached { url, error } => {
                tracing::warn!(upstream, url, error, "never reached since the start");
            }
            What::LeaseExpired {
                order,
                actor,
                reason,
                then,
            } => tracing::warn!(upstream, order, actor, reason, then, "lease expired"),
            What::CanaryFailed { status, failures } => {
                tracing::warn!(upstream, status, failures, "canaries failed");
            }
            What::FirstHeld => tracing::info!(upstream, "holding"),
            What::NearLimit { held, limit } => {
                tracing::warn!(upstream, held, limit, "held requests are near their limit");
            }
            What::HoldOver {
                held,
                longest_ms,
                answered,
                timed_out,
                left,
            } => {
                tracing::info!(
                    upstream,
                    held,
                    longest_ms,
                    answered,
                    timed_out,
                    left,
                    "hold over"
                );
            }
            // Of the whole process: told where they happen.
            What::Reloaded { .. } | What::ReloadRefused { .. } => {}
        }
    }

    /// Held requests passed four fifths of a limit, for the first time in a spell of holding.
    pub(super) fn near_limit(&self, state: &mut State) -> Option<What> {
        let limits = [&*self.held, self.process.held()];
        let limit = limits
            .iter()
            .find(|limit| limit.taken() > limit.limit() / 5 * 4)?;
        let told = What::NearLimit {
            held: limit.taken(),
            limit: limit.limit(),
        };
        state.outage.near_limit().then_some(told)
    }
}

/// What moved a gate, by its actor: one of few words, for metrics.
fn cause(actor: &str) -> &'static str {
    match actor {
        "autogate" => "autogate",
        "health" => "health",
        _ => "operator",
    }
}
