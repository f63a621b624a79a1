//! Answers that come late.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;

use buffy_core::delay::Wait;

use super::client::Client;
use super::worker::Worker;

/// Waits by the clock of answers; false where the client left, or Buffy ends before a wait without
/// an end.
pub(super) async fn wait(worker: &Worker, client: &mut Client, wait: Wait) -> bool {
    if wait == Wait::Forever {
        client.look_after();
    }
    let mut ending = worker.process.stopping.ending();
    let clock = &worker.process.answering.clock;
    let mut waited = pin!(clock.wait(wait));
    let mut ended = pin!(async move {
        if wait != Wait::Forever || ending.wait_for(|ending| *ending).await.is_err() {
            std::future::pending::<()>().await;
        }
    });
    poll_fn(|cx| {
        if waited.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        if ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(false);
        }
        let scratch = &mut *worker.scratch.borrow_mut();
        client.poll_gone(cx, scratch).map(|()| false)
    })
    .await
}
