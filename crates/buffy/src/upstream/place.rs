//! A request's right to wait: a guard, given back exactly once.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use buffy_core::gate::Asks;
use buffy_core::moment::Moment;
use buffy_core::queue::Ticket;

use super::asker::Asker;
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
    /// None where it is counted by another place of the same request.
    pub(super) counted: Option<Counted>,
    pub(super) head_bytes: u64,
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
    /// Turned away by a stop, by an operator, or by Buffy's own end.
    Refused,
    /// The client left.
    Left,
    /// It waits, or went, elsewhere.
    Moved,
}

/// What happened to a waiting request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It may go to a target now.
    Go,
    /// A stop stands.
    Refused,
    /// An operator turned this one away.
    TurnedAway,
    /// The rules of closes have changed since it was judged: see [`Place::judge_again`].
    Judge,
}

impl Place {
    /// Ready once the request is released or refused; else its task is woken when it is.
    pub fn poll_release(&self, cx: &mut Context<'_>) -> Poll<Release> {
        self.upstream.poll_release(self.ticket, cx)
    }

    /// Its whole body is here: it is one of those that may be chosen to go first of all.
    pub fn body_is_whole(&self) {
        self.upstream.state().line.body_is_whole(self.ticket);
    }

    /// What its request's body is to be counted in, while it is held.
    pub fn weigh(&self) -> Weight<'_> {
        self.upstream.bodies.weigh()
    }

    /// The upstream in whose queue it is.
    pub fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    /// Back among those who wait, with the old arrival time and deadline, judged by the rules that
    /// stand now; `asks` by its method alone.
    pub fn judge_again(&self, asks: Asks, asker: &dyn Asker) {
        self.upstream.judge_again(self.ticket, asks, asker);
    }

    /// It goes its way through another queue, until [`Place::judge_again`].
    pub fn go_away(&self) {
        self.upstream.go_away(self.ticket);
    }

    /// In this upstream's queue.
    pub fn is_at(&self, upstream: &Arc<Upstream>) -> bool {
        Arc::ptr_eq(&self.upstream, upstream)
    }

    /// Where it stands in the queue, from 1. For people: it takes linear time.
    pub fn position(&self) -> usize {
        self.upstream.state().line.queue().position(self.ticket) + 1
    }

    /// Given back: why.
    pub fn give_back(mut self, ending: Ending) {
        self.ending = ending;
    }

    /// Given back, for a place elsewhere that takes over how it is counted.
    pub fn leave(mut self) -> Option<Counted> {
        self.ending = Ending::Moved;
        self.counted.take()
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
