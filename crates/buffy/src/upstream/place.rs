//! A request's right to wait: a guard, given back exactly once.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use buffy_core::moment::Moment;
use buffy_core::queue::Ticket;

use super::gate::Upstream;
use super::limits::Counted;
use super::weight::Weight;

/// A place in the queue of an upstream. It is kept until the request's first byte was written to a
/// target, so that a released request can always return to it.
#[derive(Debug)]
pub struct Place {
    pub(super) upstream: Arc<Upstream>,
    pub(super) ticket: Ticket,
    pub(super) since: Moment,
    pub(super) counted: Counted,
    /// How it ended; left the queue without a word means: the client is gone.
    pub(super) ending: Ending,
}

/// How a place was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The first byte went to a target.
    Sent,
    /// The deadline passed.
    TimedOut,
    /// Turned away by a stop, or by Buffy's own end.
    Refused,
    /// The client left.
    Left,
}

/// What happened to a waiting request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It may go to a target now.
    Go,
    /// A stop stands.
    Refused,
}

impl Place {
    /// Ready once the request is released or refused; else its task is woken when it is.
    pub fn poll_release(&self, cx: &mut Context<'_>) -> Poll<Release> {
        self.upstream.poll_release(self.ticket, cx)
    }

    /// Back among those who wait, with the old arrival time and deadline.
    pub fn wait_again(&self) {
        self.upstream.wait_again(self.ticket);
    }

    /// In this upstream's queue.
    pub fn is_at(&self, upstream: &Arc<Upstream>) -> bool {
        Arc::ptr_eq(&self.upstream, upstream)
    }

    /// Where it stands in the queue, from 1. For people: it takes linear time.
    pub fn position(&self) -> usize {
        self.upstream.state().queue.position(self.ticket) + 1
    }

    /// Given back: why.
    pub fn give_back(mut self, ending: Ending) {
        self.ending = ending;
    }

    /// What its request's body is to be counted in, while it is held.
    pub fn weigh(&self) -> Weight<'_> {
        self.upstream.bodies.weigh()
    }

    /// How long it has been taken.
    pub fn waited(&self, now: Moment) -> Duration {
        now.since(self.since)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.upstream.give_back(self);
    }
}
