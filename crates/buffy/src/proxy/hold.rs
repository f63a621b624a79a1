//! A request that waits: its body is taken in, its client is watched, its deadline runs.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::body::Fault;
use super::client::Client;
use super::intake::{self, Intake};
use super::places::Waiting;
use super::request::Request;
use super::serving::Serving;
use super::worker::Worker;
use crate::upstream::place::Release;

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Released,
    /// Something else is served now: its route is to be found anew.
    Swapped,
    /// It may go further down the list of its upstreams, or not so far: others are to be heard.
    Turned,
    /// By a stop.
    Refused,
    /// By an operator, this one.
    TurnedAway,
    /// It must be judged by other rules than it was.
    Judge,
    /// Buffy itself ends.
    Ending,
    TimedOut,
    ClientGone,
    /// The body cannot be taken further.
    Fault(Fault),
    /// Nothing came of the body for too long.
    BodyTooSlow,
    /// What came with the head is more than the process may hold.
    NoRoom,
}

/// Waits until the request is released, and no longer than `deadline`; `idle` at most between two
/// pieces of the body, while it is read. It was routed by `served`.
pub(super) async fn hold(
    worker: &Worker,
    served: &Serving,
    client: &mut Client,
    request: &mut Request,
    waiting: Waiting<'_>,
    deadline: Instant,
    idle: Duration,
) -> Held {
    // Nothing larger than needed is kept while it waits.
    request.head.shrink();
    client.ahead.shrink_to_fit();
    if !intake::begin(worker, client, request, idle) {
        return Held::NoRoom;
    }
    let mut late = pin!(sleep_until(deadline.into()));
    let stopping = &worker.process.stopping;
    let mut decided = |cx: &mut Context<'_>, request: &Request| match waiting.poll_release(cx) {
        Poll::Ready(Release::Go) => Poll::Ready(Held::Released),
        Poll::Ready(Release::Refused) => Poll::Ready(Held::Refused),
        Poll::Ready(Release::TurnedAway) => Poll::Ready(Held::TurnedAway),
        Poll::Ready(Release::Judge) => Poll::Ready(Held::Judge),
        Poll::Pending if waiting.is_turned(request) => Poll::Ready(Held::Turned),
        Poll::Pending if late.as_mut().poll(cx).is_ready() => Poll::Ready(Held::TimedOut),
        Poll::Pending if !worker.serves(served) => Poll::Ready(Held::Swapped),
        Poll::Pending if stopping.has_ended_holding() => Poll::Ready(Held::Ending),
        Poll::Pending => Poll::Pending,
    };
    let mut weight = waiting.weigh();
    let mut whole = request.body.is_whole();
    let taken_in = poll_fn(|cx| {
        // Before the flags are read: who raises them wakes it then.
        client.enrol(worker, cx);
        if let Poll::Ready(held) = decided(cx, request) {
            return Poll::Ready(Some(held));
        }
        let held = poll_client(cx, worker, client, request, idle);
        weight.set(request.body.kept_bytes());
        if !whole && request.body.is_whole() {
            whole = true;
            waiting.body_is_whole();
        }
        held
    });
    let taken_in = taken_in.await;
    request.body.stop_waiting();
    if let Some(held) = taken_in {
        return held;
    }
    // What came fills a buffer: from here on only a reset or a hang-up tells that he left.
    let mut reset = Box::pin(client.reset());
    poll_fn(|cx| match decided(cx, request) {
        Poll::Ready(held) => Poll::Ready(held),
        Poll::Pending => reset.as_mut().poll(cx).map(|()| Held::ClientGone),
    })
    .await
}

/// Reads the body, then watches the client; ready without an end where no more is read, of the
/// body or of what comes behind it.
fn poll_client(
    cx: &mut Context<'_>,
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    idle: Duration,
) -> Poll<Option<Held>> {
    let Poll::Ready(intake) = intake::poll_body(cx, worker, client, request, idle) else {
        if request.body.is_spilling() {
            // It may have left behind what waits to be read.
            return client.poll_reset(cx).map(|()| Some(Held::ClientGone));
        }
        return Poll::Pending;
    };
    let held = match intake {
        Intake::Whole => {
            let scratch = &mut *worker.scratch.borrow_mut();
            let gone = client.poll_gone(cx, scratch);
            if gone.is_pending() && client.ahead.len() >= scratch.len() {
                return Poll::Ready(None);
            }
            return gone.map(|()| Some(Held::ClientGone));
        }
        Intake::Full => None,
        Intake::Fault(fault) => Some(Held::Fault(fault)),
        Intake::ClientGone => Some(Held::ClientGone),
        Intake::TooSlow => Some(Held::BodyTooSlow),
        Intake::NoRoom => Some(Held::NoRoom),
    };
    Poll::Ready(held)
}
