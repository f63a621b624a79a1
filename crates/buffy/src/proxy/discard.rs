//! Bytes of a client that nobody wants: read, within bounds, and dropped.

use std::future::poll_fn;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use super::client::Client;
use super::request::Request;
use super::worker::Worker;

/// Of a body whose request was answered without it: past this the connection is closed.
const BODY_MAX: usize = 1024 * 1024;
/// Between two bytes of such a body.
const BODY_IDLE: Duration = Duration::from_secs(30);
/// What is still read of a client whose connection is being closed, so that it reads our answer.
const LINGER_MAX: usize = 64 * 1024;
/// How long that is done.
const LINGER: Duration = Duration::from_secs(1);

/// Reads the rest of a body; false where the connection cannot take another request.
pub(super) async fn discard(worker: &Worker, client: &mut Client, request: &mut Request) -> bool {
    let mut left = BODY_MAX;
    let mut scrap = Vec::new();
    client.timer.set((Instant::now() + BODY_IDLE).into());
    poll_fn(|cx| {
        loop {
            let ahead = std::mem::take(&mut client.ahead);
            let Ok(taken) = request.body.discard(&ahead, &mut scrap) else {
                return Poll::Ready(false);
            };
            client.ahead = ahead.get(taken..).unwrap_or_default().to_vec();
            if request.body.is_done() {
                return Poll::Ready(true);
            }
            let scratch = &mut *worker.scratch.borrow_mut();
            let Poll::Ready(read) = client.poll_read(cx, scratch) else {
                return client.timer.poll(cx).map(|()| false);
            };
            let Ok(read @ 1..) = read else {
                return Poll::Ready(false);
            };
            let Some(rest) = left.checked_sub(read) else {
                return Poll::Ready(false);
            };
            left = rest;
            client
                .ahead
                .extend_from_slice(scratch.get(..read).unwrap_or_default());
            client.timer.set((Instant::now() + BODY_IDLE).into());
        }
    })
    .await
}

/// A lingering close (RFC 9112 §9.6): the writing side is closed, and a little is read on, so that
/// the client is not reset before it has read the answer.
pub(super) async fn linger(worker: &Worker, client: &mut Client) {
    let mut left = LINGER_MAX;
    client.timer.set((Instant::now() + LINGER).into());
    poll_fn(|cx| {
        if ready!(client.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        let scratch = &mut *worker.scratch.borrow_mut();
        while let Poll::Ready(read) = client.poll_read(cx, scratch) {
            let Ok(read @ 1..) = read else {
                return Poll::Ready(());
            };
            let Some(rest) = left.checked_sub(read) else {
                return Poll::Ready(());
            };
            left = rest;
        }
        client.timer.poll(cx)
    })
    .await;
}
