//! What operators want of a gate: applied, written to stable storage, answered.

use std::sync::PoisonError;

use buffy_core::gate::{Asks, Holds, Input};

use super::gate::Upstream;
use crate::clock;

/// What an operator wants.
#[derive(Clone, Debug)]
pub enum Order {
    Close {
        actor: String,
        reason: String,
        holds: Holds,
    },
    Stop {
        actor: String,
        message: String,
    },
    /// Lifts every close and stop.
    Open {
        actor: String,
        reason: String,
    },
}

impl Order {
    /// As it is asked for.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Close { .. } => "close",
            Self::Stop { .. } => "stop",
            Self::Open { .. } => "open",
        }
    }

    /// Who is named as its author.
    pub fn actor(&self) -> &str {
        match self {
            Self::Close { actor, .. } | Self::Stop { actor, .. } | Self::Open { actor, .. } => {
                actor
            }
        }
    }
}

/// What came of an order.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Counts the gate's changes.
    pub generation: u64,
    pub verdict: &'static str,
    pub reasons: Vec<String>,
    /// Requests on their way to the upstream.
    pub inflight: u64,
    /// Written to stable storage.
    pub persisted: bool,
}

impl Upstream {
    /// What an operator wants: applied, written, then answered.
    ///
    /// Blocks while the state is written: not for a worker's thread.
    pub fn operate(&self, order: Order) -> Answer {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let at_ms = clock::unix_ms();
        let input = match order {
            Order::Close {
                actor,
                reason,
                holds,
            } => Input::Close {
                actor,
                reason,
                holds,
                at_ms,
            },
            Order::Stop { actor, message } => Input::Stop {
                actor,
                message,
                at_ms,
            },
            Order::Open { actor, reason } => Input::Open { actor, reason },
        };
        let mut state = self.state();
        let after = self.take_in(&mut state, input);
        let operator = state.gate.operator().clone();
        drop(state);
        self.finish(after);
        let persisted = self.kept.as_ref().is_some_and(|kept| {
            kept.save(self.id(), &operator)
                .inspect_err(|error| {
                    tracing::error!(upstream = self.id(), %error, "the gate's state was not written");
                })
                .is_ok()
        });
        drop(orders);
        let state = self.state();
        Answer {
            generation: state.gate.generation(),
            verdict: state.verdict_name(),
            reasons: state.gate.reasons(&Asks::WRITE),
            inflight: self.inflight(),
            persisted,
        }
    }
}
