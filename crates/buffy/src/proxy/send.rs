//! Buffy's own answers on their way to the client, and what becomes of the connection then.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::client::Client;
use super::discard;
use super::request::Request;
use super::worker::Worker;

/// A client that does not read is given up after this.
pub(super) const CLIENT_WRITE: Duration = Duration::from_mins(1);

/// What becomes of the client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The next request may come.
    Keep,
    /// Closed so that the client can still read the answer.
    Linger,
    /// Closed at once.
    Close,
}

/// The client's connection may be kept, as far as the request goes.
pub(super) fn keeps(worker: &Worker, request: &Request) -> bool {
    request.head.keep_alive()
        && (request.continued || !request.head.expects_continue())
        && !request.last
        && !worker.process.stopping.is_last_answer()
}

/// After a connection's last answer: who does not know that it is may be sending still, and would
/// be reset before the answer is read (RFC 9112 §9.6).
pub(super) fn last(request: &Request) -> Fate {
    if request.body.is_done() && !request.head.keep_alive() {
        Fate::Close
    } else {
        Fate::Linger
    }
}

/// Writes what is in `worker.out`, and takes the rest of the request's body off the connection.
pub(super) async fn finish(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    keep: bool,
) -> Fate {
    if send(worker, client).await {
        settle(worker, client, request, keep).await
    } else {
        Fate::Close
    }
}

/// What becomes of the connection once all of an answer is written: where it is kept, the rest of the
/// request's body is taken off it.
pub(super) async fn settle(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    keep: bool,
) -> Fate {
    if !keep {
        return last(request);
    }
    if request.body.is_done() || discard::discard(worker, client, request).await {
        Fate::Keep
    } else {
        Fate::Linger
    }
}

/// Writes `worker.out` to the client; false where it is gone.
pub(super) async fn send(worker: &Worker, client: &mut Client) -> bool {
    let mut begun = false;
    let mut rest = Vec::new();
    let mut at = 0;
    poll_fn(|cx| {
        if !begun {
            begun = true;
            let out = worker.out.borrow();
            match write_some(client, cx, &out) {
                Some(written) if written == out.len() => return Poll::Ready(true),
                Some(written) => {
                    rest = out.get(written..).unwrap_or_default().to_vec();
                    client.timer.set((Instant::now() + CLIENT_WRITE).into());
                }
                None => return Poll::Ready(false),
            }
        }
        poll_rest(client, cx, &rest, &mut at)
    })
    .await
}

/// Writes these bytes, which stay where they are, to the client; false where it is gone.
pub(super) async fn send_bytes(client: &mut Client, bytes: &[u8]) -> bool {
    client.timer.set((Instant::now() + CLIENT_WRITE).into());
    let mut at = 0;
    poll_fn(|cx| poll_rest(client, cx, bytes, &mut at)).await
}

/// Writes what is left from `at` on, for as long as the client reads.
fn poll_rest(
    client: &mut Client,
    cx: &mut Context<'_>,
    bytes: &[u8],
    at: &mut usize,
) -> Poll<bool> {
    while let Some(unsent) = bytes.get(*at..).filter(|unsent| !unsent.is_empty()) {
        match write_some(client, cx, unsent) {
            Some(0) => {
                ready!(client.timer.poll(cx));
                return Poll::Ready(false);
            }
            Some(written) => {
                *at += written;
                client.timer.set((Instant::now() + CLIENT_WRITE).into());
            }
            None => return Poll::Ready(false),
        }
    }
    Poll::Ready(true)
}

/// What the socket takes now; none where the client is gone.
fn write_some(client: &mut Client, cx: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match client.poll_write(cx, rest) {
            Poll::Ready(Ok(more @ 1..)) => written += more,
            Poll::Ready(Ok(0) | Err(_)) => return None,
            Poll::Pending => break,
        }
    }
    Some(written)
}
