//! A request that waits: its body is taken in, its client is watched, its deadline runs.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::time::sleep_until;

use super::client::Client;
use super::request::Request;
use super::worker::Worker;
use crate::upstream::place::{Place, Release};

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Released,
    /// By a stop.
    Refused,
    /// Buffy itself ends.
    Ending,
    TimedOut,
    ClientGone,
    BadBody,
}

/// Waits until the place is released, and no longer than `deadline`.
pub(super) async fn hold(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    place: &Place,
    deadline: Instant,
) -> Held {
    if let Some(end) = shrink(client, request) {
        return end;
    }
    let mut late = pin!(sleep_until(deadline.into()));
    let mut ending = pin!(worker.site.stopping.holding_ended());
    let mut decided = |cx: &mut Context<'_>| match place.poll_release(cx) {
        Poll::Ready(Release::Go) => Poll::Ready(Held::Released),
        Poll::Ready(Release::Refused) => Poll::Ready(Held::Refused),
        Poll::Pending if late.as_mut().poll(cx).is_ready() => Poll::Ready(Held::TimedOut),
        Poll::Pending => ending.as_mut().poll(cx).map(|()| Held::Ending),
    };
    let taken_in = poll_fn(|cx| match decided(cx) {
        Poll::Ready(held) => Poll::Ready(Some(held)),
        Poll::Pending => poll_client(cx, worker, client, request),
    });
    if let Some(held) = taken_in.await {
        return held;
    }
    // What came fills the buffer: from here on only a reset or a hang-up tells that he left.
    let mut reset = pin!(client.reset());
    poll_fn(|cx| match decided(cx) {
        Poll::Ready(held) => Poll::Ready(held),
        Poll::Pending => reset.as_mut().poll(cx).map(|()| Held::ClientGone),
    })
    .await
}

/// What was read ahead goes where it belongs, and nothing larger than needed is kept.
fn shrink(client: &mut Client, request: &mut Request) -> Option<Held> {
    request.head.shrink();
    if !client.ahead.is_empty() {
        let ahead = std::mem::take(&mut client.ahead);
        let Ok(taken) = request.body.keep(&ahead) else {
            return Some(Held::BadBody);
        };
        client.ahead = ahead.get(taken..).unwrap_or_default().to_vec();
    }
    None
}

/// Reads the body, then watches the client; ready without an end where the body's buffer is full.
fn poll_client(
    cx: &mut Context<'_>,
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
) -> Poll<Option<Held>> {
    let scratch = &mut *worker.scratch.borrow_mut();
    loop {
        if request.body.is_done() {
            return client.poll_gone(cx, scratch).map(|()| Some(Held::ClientGone));
        }
        if request.body.is_full() {
            return Poll::Ready(None);
        }
        let room = request.body.room().min(scratch.len());
        let Some(room) = scratch.get_mut(..room) else {
            return Poll::Ready(None);
        };
        let Ok(read @ 1..) = ready!(client.poll_read(cx, room)) else {
            return Poll::Ready(Some(Held::ClientGone));
        };
        let input = room.get(..read).unwrap_or_default();
        let Ok(taken) = request.body.keep(input) else {
            return Poll::Ready(Some(Held::BadBody));
        };
        client.ahead.extend_from_slice(input.get(taken..).unwrap_or_default());
    }
}
