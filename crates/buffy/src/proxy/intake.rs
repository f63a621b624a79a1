//! A request's body is taken in before it is sent: as much as is kept, and no more.
//!
//! Bytes are counted before they are read: so many as lie ready in the socket, and for which there
//! is room. What has no room stays where it is, and the client waits: this is the back-pressure.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::body::Fault;
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
    /// The body cannot be taken further.
    Fault(Fault),
    /// The client sends too slowly.
    TooSlow,
    /// What came with the head is more than the process may hold.
    NoRoom,
}

/// What was read behind the head goes into the body, as far as it is the body's and fits.
pub(super) fn take_ahead(client: &mut Client, request: &mut Request) -> Result<(), Fault> {
    if client.ahead.is_empty() || request.body.is_done() {
        return Ok(());
    }
    let ahead = std::mem::take(&mut client.ahead);
    let taken = request.body.keep(&ahead)?;
    client.ahead = ahead.get(taken..).unwrap_or_default().to_vec();
    Ok(())
}

/// Of a body in chunks whose payload fills the buffer, the end is still read: it comes in so many
/// bytes where it has no trailers.
const LAST_CHUNK: usize = 5;

/// Begins to take in; false where what is here already has no room.
pub(super) fn begin(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    idle: Duration,
) -> bool {
    client.timer.set((worker.now() + idle).into());
    request.body.count(&worker.process)
}

/// Takes the body in, `idle` between two pieces of it at most: that is timed while Buffy reads, and
/// not before a client that waits for its 100 has begun.
///
/// What was read already comes first: while a connection was waited for, the body may have come
/// further.
pub(super) fn poll_body(
    cx: &mut Context<'_>,
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    idle: Duration,
) -> Poll<Intake> {
    let scratch = &mut *worker.scratch.borrow_mut();
    loop {
        if request.body.is_done() {
            ready!(request.body.poll_settled(cx));
            return Poll::Ready(Intake::Whole);
        }
        if !client.ahead.is_empty() {
            if let Err(intake) = ready!(poll_ahead(cx, worker, client, request)) {
                return Poll::Ready(intake);
            }
            continue;
        }
        if client.poll_readable(cx).is_pending() {
            // While nothing comes, what did goes to the disk.
            ready!(request.body.poll_settled(cx));
            if request.awaits_continue() {
                return Poll::Pending;
            }
            return client.timer.poll(cx).map(|()| Intake::TooSlow);
        }
        let here = client.readable_bytes().min(scratch.len());
        let room = ready!(request.body.poll_room(cx, &worker.process, here));
        let most = match room {
            // The end, or nothing after all: no more than a byte is read to know.
            _ if here == 0 => 1,
            0 if request.body.is_chunked() => LAST_CHUNK,
            0 => return Poll::Ready(Intake::Full),
            room => room,
        };
        let input = scratch.get_mut(..most.min(here.max(1))).unwrap_or_default();
        let read = client.poll_read(cx, input);
        let input = match &read {
            Poll::Ready(Ok(read)) => input.get(..*read).unwrap_or_default(),
            Poll::Ready(Err(_)) | Poll::Pending => &[],
        };
        let taken = request.body.take_counted(input, room);
        if let Poll::Ready(Ok(0) | Err(_)) = read {
            return Poll::Ready(Intake::ClientGone);
        }
        match taken {
            Ok(taken) => {
                let rest = input.get(taken..).unwrap_or_default();
                client.ahead.extend_from_slice(rest);
            }
            Err(fault) => return Poll::Ready(Intake::Fault(fault)),
        }
        if read.is_ready() {
            client.timer.set((worker.now() + idle).into());
        }
    }
}

/// Takes in what was read ahead; an end where it has no room.
fn poll_ahead(
    cx: &mut Context<'_>,
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
) -> Poll<Result<(), Intake>> {
    let body = &mut request.body;
    let room = ready!(body.poll_room(cx, &worker.process, client.ahead.len()));
    let ahead = std::mem::take(&mut client.ahead);
    let taken = match body.take_counted(&ahead, room) {
        Ok(taken) => taken,
        Err(fault) => return Poll::Ready(Err(Intake::Fault(fault))),
    };
    client.ahead = ahead.get(taken..).unwrap_or_default().to_vec();
    let stuck = taken == 0 && !body.is_done();
    Poll::Ready(if stuck { Err(Intake::Full) } else { Ok(()) })
}

/// Waits for all of a body that fits.
pub(super) async fn whole(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    idle: Duration,
) -> Intake {
    if !begin(worker, client, request, idle) {
        return Intake::NoRoom;
    }
    poll_fn(|cx| poll_body(cx, worker, client, request, idle)).await
}
