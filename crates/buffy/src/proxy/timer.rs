//! A deadline that is moved often and met rarely.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep};

/// One timer of a connection, for whatever it waits for.
///
/// Moving the deadline further away is a plain store: the runtime's timer is left where it is, and
/// set anew only when it fires too early. So a request that passes touches no timer.
#[derive(Debug)]
pub(super) struct Timer {
    sleep: Pin<Box<Sleep>>,
    due: Instant,
}

impl Timer {
    pub(super) fn new(due: Instant) -> Self {
        Self {
            sleep: Box::pin(tokio::time::sleep_until(due)),
            due,
        }
    }

    /// Sets the deadline of what is waited for next.
    pub(super) fn set(&mut self, due: Instant) {
        self.due = due;
        if due < self.sleep.deadline() {
            self.sleep.as_mut().reset(due);
        }
    }

    /// Ready at the deadline.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            if self.sleep.deadline() >= self.due {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(self.due);
        }
    }
}
