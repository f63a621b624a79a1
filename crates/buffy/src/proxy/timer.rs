//! A deadline that is moved often and met rarely.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep};

/// One timer of a connection, for whatever it waits for.
///
/// Moving the deadline further away is a plain store: the runtime's timer is left where it is, and
/// set anew only when it fires too early. So a request that passes touches no timer.
#[derive(Debug)]
pub(super) struct Timer {
    sleep: Pin<Box<Sleep>>,
    due: Instant,
    /// The connection's task is known to the runtime's timer, and will be woken by it. It is the
    /// same task for the connection's whole life: there is no need to say so at every poll.
    known: bool,
}

impl Timer {
    pub(super) fn new(due: Instant) -> Self {
        Self {
            sleep: Box::pin(tokio::time::sleep_until(due)),
            due,
            known: false,
        }
    }

    /// Sets the deadline of what is waited for next.
    pub(super) fn set(&mut self, due: Instant) {
        self.due = due;
        if due < self.sleep.deadline() {
            self.sleep.as_mut().reset(due);
            self.known = false;
        }
    }

    /// Ready at the deadline.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.known && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        loop {
            self.known = true;
            // A task at its budget's end is put off without being made known.
            ready!(Pin::new(&mut unconstrained(self.sleep.as_mut())).poll(cx));
            if self.sleep.deadline() >= self.due {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(self.due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::time::Duration;

    use tokio::task::coop::{consume_budget, has_budget_remaining};
    use tokio::time::timeout;

    use super::*;

    /// A runtime whose clock stands still until there is nothing to do but wait.
    fn in_still_time(test: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(test);
    }

    #[test]
    fn a_deadline_that_is_moved_is_met_where_it_was_moved_to() {
        in_still_time(async {
            let start = Instant::now();
            let at = |seconds| start + Duration::from_secs(seconds);
            let mut timer = Timer::new(at(10));
            assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx))).await.is_pending());
            timer.set(at(30));
            poll_fn(|cx| timer.poll(cx)).await;
            assert_eq!(start.elapsed().as_secs(), 30, "later");
            timer.set(at(90));
            assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx))).await.is_pending());
            timer.set(at(40));
            poll_fn(|cx| timer.poll(cx)).await;
            assert_eq!(start.elapsed().as_secs(), 40, "sooner");
        });
    }

    #[test]
    fn a_task_that_has_used_its_budget_up_is_woken_all_the_same() {
        in_still_time(async {
            let mut timer = Timer::new(Instant::now() + Duration::from_secs(10));
            poll_fn(|cx| {
                while has_budget_remaining() {
                    assert!(pin!(consume_budget()).poll(cx).is_ready());
                }
                assert!(timer.poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            let met = timeout(Duration::from_mins(1), poll_fn(|cx| timer.poll(cx))).await;
            assert!(met.is_ok(), "the deadline is never met");
        });
    }
}
