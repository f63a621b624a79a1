//! When a request has succeeded of those that are let go a few at a time (semantics.md §6).

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::upstream::Flight;

/// Told to the ramp as soon as it is so; nothing for a request that is in none.
pub(super) struct Success<'f, 'u> {
    flight: &'f mut Flight<'u>,
    patience: Option<Pin<Box<Sleep>>>,
}

impl<'f, 'u> Success<'f, 'u> {
    /// From when its connection stands.
    pub(super) fn new(flight: &'f mut Flight<'u>, patience: Duration) -> Self {
        let patience = flight.is_in_ramp().then(|| Box::pin(sleep(patience)));
        Self { flight, patience }
    }

    /// Looks whether it is so: `status` where the final answer has begun.
    pub(super) fn look(&mut self, cx: &mut Context<'_>, status: Option<u16>) {
        let Some(patience) = &mut self.patience else {
            return;
        };
        if status.is_some() || patience.as_mut().poll(cx).is_ready() {
            self.flight.succeeded(status);
            self.patience = None;
        }
    }
}
