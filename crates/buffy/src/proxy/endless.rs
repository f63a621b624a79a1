//! An answer without an end on its way: a drain may end it, at the end of a chunk.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use buffy_core::gate::Asks;
use tokio::time::{Sleep, sleep_until};

use crate::upstream::Upstream;
use crate::upstream::endless::UnderWay;

/// What a drain wants of an endless answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// To end as soon as a chunk does.
    Soon,
    /// To end now, whatever is on its way to the client.
    Now,
}

/// An endless answer of an exchange, from its head on.
#[derive(Debug)]
pub(super) struct Endless {
    under_way: UnderWay,
    clock: Option<Pin<Box<Sleep>>>,
}

impl Endless {
    pub(super) fn new(upstream: &Upstream, asks: Asks) -> Self {
        Self {
            under_way: upstream.endless.begin(asks),
            clock: None,
        }
    }

    /// Ready while a drain wants it to end.
    pub(super) fn poll_wanted(&mut self, cx: &mut Context<'_>) -> Poll<Wanted> {
        let due = ready!(self.under_way.poll_due(cx));
        loop {
            let now = Instant::now();
            if now >= due.latest {
                return Poll::Ready(Wanted::Now);
            }
            let next = if now < due.at { due.at } else { due.latest };
            let clock = self
                .clock
                .get_or_insert_with(|| Box::pin(sleep_until(next.into())));
            if clock.deadline() != next.into() {
                clock.as_mut().reset(next.into());
            }
            if clock.as_mut().poll(cx).is_pending() {
                return if now < due.at {
                    Poll::Pending
                } else {
                    Poll::Ready(Wanted::Soon)
                };
            }
        }
    }
}
