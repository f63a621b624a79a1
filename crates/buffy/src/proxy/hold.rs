//! A request that waits: its body is taken in, its client is watched, its deadline runs.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::time::sleep_until;

use super::client::Client;
use super::intake::{self, Intake};
use super::request::Request;
use super::worker::Worker;
use crate::upstream::place::{Place, Release};

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Released,
    /// Something else is served now: its route is to be found anew.
    Swapped,
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
    // Nothing larger than needed is kept while it waits.
    request.head.shrink();
    client.ahead.shrink_to_fit();
    let mut late = pin!(sleep_until(deadline.into()));
    let mut swapped = pin!(worker.swapped());
    let mut ending = pin!(worker.process.stopping.holding_ended());
    let mut decided = |cx: &mut Context<'_>| match place.poll_release(cx) {
        Poll::Ready(Release::Go) => Poll::Ready(Held::Released),
        Poll::Ready(Release::Refused) => Poll::Ready(Held::Refused),
        Poll::Ready(Release::TurnedAway) => Poll::Ready(Held::TurnedAway),
        Poll::Ready(Release::Judge) => Poll::Ready(Held::Judge),
        Poll::Pending if late.as_mut().poll(cx).is_ready() => Poll::Ready(Held::TimedOut),
        Poll::Pending if swapped.as_mut().poll(cx).is_ready() => Poll::Ready(Held::Swapped),
        Poll::Pending => ending.as_mut().poll(cx).map(|()| Held::Ending),
    };
    let taken_in = poll_fn(|cx| match decided(cx) {
        Poll::Ready(held) => Poll::Ready(Some(held)),
        Poll::Pending => poll_client(cx, worker, client, request),
    });
    if let Some(held) = taken_in.await {
        return held;
    }
    // What came fills a buffer: from here on only a reset or a hang-up tells that he left.
    let mut reset = pin!(client.reset());
    poll_fn(|cx| match decided(cx) {
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
) -> Poll<Option<Held>> {
    match ready!(intake::poll_body(cx, worker, client, request)) {
        Intake::Whole => {
            let scratch = &mut *worker.scratch.borrow_mut();
            let gone = client.poll_gone(cx, scratch);
            if gone.is_pending() && client.ahead.len() >= scratch.len() {
                return Poll::Ready(None);
            }
            gone.map(|()| Some(Held::ClientGone))
        }
        Intake::Full => Poll::Ready(None),
        Intake::BadBody => Poll::Ready(Some(Held::BadBody)),
        Intake::ClientGone | Intake::TooSlow => Poll::Ready(Some(Held::ClientGone)),
    }
}
