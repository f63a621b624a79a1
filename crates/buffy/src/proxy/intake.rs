//! A request's body is taken in before it is sent: as much as is kept, and no more.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::client::Client;
use super::request::Request;
use super::worker::Worker;

/// How taking in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intake {
    /// All of the body is here.
    Whole,
    /// What is here is as much as is kept.
    Full,
    ClientGone,
    /// The body's framing is broken.
    BadBody,
    /// The client sends too slowly.
    TooSlow,
}

/// What was read behind the head goes into the body, as far as it is the body's and fits.
pub(super) fn take_ahead(client: &mut Client, request: &mut Request) -> Result<(), Intake> {
    if client.ahead.is_empty() || request.body.is_done() {
        return Ok(());
    }
    let ahead = std::mem::take(&mut client.ahead);
    let taken = request.body.keep(&ahead).map_err(|_| Intake::BadBody)?;
    client.ahead = ahead.get(taken..).unwrap_or_default().to_vec();
    Ok(())
}

/// Of a body in chunks whose payload fills the buffer, the end is still read: it comes in so many
/// bytes where it has no trailers.
const LAST_CHUNK: usize = 5;

/// Reads the body; never slow here, as that is the caller's to time.
///
/// What was read already comes first: while a connection was waited for, the body may have come
/// further.
pub(super) fn poll_body(
    cx: &mut Context<'_>,
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
) -> Poll<Intake> {
    let scratch = &mut *worker.scratch.borrow_mut();
    loop {
        if let Err(intake) = take_ahead(client, request) {
            return Poll::Ready(intake);
        }
        if request.body.is_done() {
            return Poll::Ready(Intake::Whole);
        }
        if !client.ahead.is_empty() {
            return Poll::Ready(Intake::Full);
        }
        let most = request.body.room().max(LAST_CHUNK).min(scratch.len());
        let room = scratch.get_mut(..most).unwrap_or_default();
        let Ok(read @ 1..) = ready!(client.poll_read(cx, room)) else {
            return Poll::Ready(Intake::ClientGone);
        };
        let input = room.get(..read).unwrap_or_default();
        client.ahead.extend_from_slice(input);
    }
}

/// Waits for all of a body that fits, `idle` between two pieces at most.
pub(super) async fn whole(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    idle: Duration,
) -> Intake {
    let mut before = usize::MAX;
    poll_fn(|cx| {
        if let Poll::Ready(intake) = poll_body(cx, worker, client, request) {
            return Poll::Ready(intake);
        }
        let room = request.body.room();
        if room != before {
            before = room;
            client.timer.set((worker.now() + idle).into());
        }
        client.timer.poll(cx).map(|()| Intake::TooSlow)
    })
    .await
}
