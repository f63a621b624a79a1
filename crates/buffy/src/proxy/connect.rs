//! A connection for a request: an idle one, or a new one.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use buffy_core::gate::{Evidence, Input};

use super::client::Client;
use super::serving::Serving;
use super::worker::Worker;
use crate::clock;
use crate::permits::{Permit, Turn};
use crate::upstream::address::ConnectError;
use crate::upstream::conn::Conn;
use crate::upstream::{Target, Upstream};

/// A descriptor that somebody else frees, in a file or a look-up, is not told of: looked at anew.
const DESCRIPTORS_ANEW: Duration = Duration::from_millis(100);

/// What came of asking for a new connection.
#[derive(Debug)]
pub(super) enum Connected {
    Ready(Conn),
    /// Not reached; the gate was told, where it is to be.
    Failed,
    ClientGone,
    /// The deadline passed first; the gate was told nothing.
    TimedOut,
}

/// Where a request is sent.
#[derive(Clone, Copy)]
pub(super) struct To<'a> {
    pub(super) upstream: &'a Upstream,
    /// Of the upstream, in its site.
    pub(super) index: usize,
    /// Of the target, in its upstream.
    pub(super) target: usize,
    /// What comes of it is told to the gate.
    pub(super) tells: bool,
}

impl<'a> To<'a> {
    pub(super) fn target(&self) -> &'a Target {
        self.upstream.target(self.target)
    }
}

/// An idle connection that is still good.
pub(super) fn idle(serving: &Serving, to: To<'_>, now: Instant, repeatable: bool) -> Option<Conn> {
    let pool = serving.pool(to.index, to.target)?;
    pool.borrow_mut().take(to.target().epoch(), now, repeatable)
}

/// Keeps a connection for the next request.
pub(super) fn keep(
    serving: &Serving,
    to: To<'_>,
    conn: Conn,
    now: Instant,
    promised: Option<Duration>,
) {
    let settings = &to.upstream.settings().pool;
    // One second less than the target promises, as its clock may have begun before ours.
    let promised = promised.map(|promised| promised.saturating_sub(Duration::from_secs(1)));
    let keep = promised.map_or(settings.idle, |promised| promised.min(settings.idle));
    if let Some(pool) = serving.pool(to.index, to.target) {
        let epoch = to.target().epoch();
        pool.borrow_mut()
            .put(conn.reuse(), epoch, now, keep, settings.max);
    }
}

/// Connects, while the client is watched; waits for a descriptor where none is free.
pub(super) async fn fresh(
    worker: &Worker,
    client: &mut Client,
    to: To<'_>,
    deadline: Instant,
) -> Connected {
    let work = async {
        loop {
            let Some(descriptor) = descriptor(worker, deadline).await else {
                return Connected::TimedOut;
            };
            if let Some(connected) = attempt(to, deadline, descriptor).await {
                return connected;
            }
            if Instant::now() >= deadline {
                return Connected::TimedOut;
            }
            tokio::time::sleep(DESCRIPTORS_ANEW).await;
        }
    };
    let mut work = pin!(work);
    poll_fn(|cx| {
        if let Poll::Ready(connected) = work.as_mut().poll(cx) {
            return Poll::Ready(connected);
        }
        let scratch = &mut *worker.scratch.borrow_mut();
        client
            .poll_gone(cx, scratch)
            .map(|()| Connected::ClientGone)
    })
    .await
}

async fn descriptor(worker: &Worker, deadline: Instant) -> Option<Permit> {
    if let Some(descriptor) = worker.process.descriptors.take() {
        return Some(descriptor);
    }
    let mut turn = Turn::new(&worker.process.descriptors);
    let turn = poll_fn(|cx| turn.poll(cx));
    tokio::time::timeout_at(deadline.into(), turn).await.ok()
}

/// One attempt; none where this machine, not the target, is short of something.
async fn attempt(to: To<'_>, deadline: Instant, descriptor: Permit) -> Option<Connected> {
    let began = clock::now();
    let To { upstream, .. } = to;
    let epoch = to.target().epoch();
    let patience = Instant::now() + upstream.settings().timeouts.connect;
    let limit = patience.min(deadline);
    match to.target().addresses.connect(limit.into()).await {
        Ok(stream) => Some(Connected::Ready(Conn::fresh(
            stream, epoch, began, descriptor,
        ))),
        Err(error) if error.is_local() => {
            tracing::warn!(upstream = upstream.id(), error = %error.in_words(), "no connection can be opened here");
            None
        }
        // The request's own deadline cut the attempt short: that tells nothing of the target.
        Err(ConnectError::TimedOut { .. }) if limit < patience => Some(Connected::TimedOut),
        Err(error) => {
            if to.tells {
                upstream.apply(Input::Passive {
                    target: to.target,
                    began,
                    evidence: Evidence::Refused(error.in_words()),
                });
            }
            Some(Connected::Failed)
        }
    }
}
