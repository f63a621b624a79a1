//! One attempt: a target, a connection to it, and the request sent on that.

use std::time::{Duration, Instant};

use super::connect::{self, Connected, To};
use super::forward::{Done, Next, Waits, Way};
use super::intake::{self, Intake};
use super::places::Places;
use super::refusal::{Forwarded, Refusal};
use crate::observe::metrics::Retry;
use crate::upstream::conn::Conn;
use crate::upstream::place::Ending;
use crate::upstream::{Flight, Target};

impl<'a> Way<'a> {
    /// One sending, on an idle connection or a new one.
    pub(super) async fn send(&mut self, mut flight: Flight<'a>, places: Option<Places>) -> Next {
        // Before there is a connection that would age, and a verdict that might.
        let to = self.to(flight.target());
        if self.wants_length(to.target())
            && let Some(done) = self.take_whole().await
        {
            return Next::Done(done);
        }
        let idle = if self.journey.sendings == 0 {
            self.idle(to)
        } else {
            None
        };
        let conn = if let Some(conn) = idle {
            conn
        } else {
            match Box::pin(self.connect(&mut flight)).await {
                Connected::Ready(conn) => conn,
                Connected::ClientGone => return Next::Done(Done::ClientGone),
                Connected::TimedOut => return self.not_in_time(places),
                Connected::Failed => {
                    flight.not_connected();
                    return self.back(places);
                }
            }
        };
        // Another target than was asked about at first may speak another version.
        if flight.target() != to.target
            && self.wants_length(self.upstream.target(flight.target()))
            && let Some(done) = self.take_whole().await
        {
            return Next::Done(done);
        }
        if !flight.may_still_go(self.request.asks(), self) {
            self.keep(flight.target(), conn, Instant::now(), None);
            drop(flight);
            return self.back(places);
        }
        if self.is_spent(places.is_some()) {
            self.keep(flight.target(), conn, Instant::now(), None);
            if let Some(places) = places {
                places.give_back(Ending::Refused);
            }
            return Next::Done(self.refused(Refusal::UpstreamError(Forwarded::Maybe)));
        }
        // Boxed, so that a connection that idles or waits does not keep room for it.
        Box::pin(self.exchange(&mut flight, conn, places)).await
    }

    /// Sent and lost where the upstream was not seen down since: once it is repeated, as far as there
    /// is leave; twice, and it is the request. Asked when a connection stands, and not before: an
    /// upstream that has just gone is seen down by the refusal, and the request is held.
    fn is_spent(&self, has_waited: bool) -> bool {
        self.is_steady()
            && (self.journey.sendings >= 2 || (!has_waited && !self.upstream.take_repeat()))
    }

    /// Connects; where a target refuses, to another one that is up and has a free slot.
    async fn connect(&mut self, flight: &mut Flight<'a>) -> Connected {
        let deadline = self.connect_deadline();
        let mut tried = 0;
        loop {
            let to = self.to(flight.target());
            let connected = connect::fresh(self.worker, self.client, to, deadline).await;
            if !matches!(connected, Connected::Failed) {
                return connected;
            }
            self.serving.counters.retried(Retry::NotSent);
            tried |= 1 << flight.target();
            if !flight.go_elsewhere(tried) {
                return Connected::Failed;
            }
        }
    }

    fn not_in_time(&self, places: Option<Places>) -> Next {
        if let Some(places) = places {
            places.give_back(Ending::TimedOut);
        }
        let refusal = match self.waits {
            Waits::InQueue | Waits::Apart => Refusal::HitTimeout,
            // Nothing is free for it (semantics.md §4).
            Waits::Never => Refusal::HitMaxQueue,
        };
        Next::Done(self.refused(refusal))
    }

    fn to(&self, target: usize) -> To<'a> {
        To {
            upstream: self.upstream,
            index: self.forwarding.upstream,
            target,
            tells: self.waits != Waits::Apart,
        }
    }

    fn idle(&self, to: To<'_>) -> Option<Conn> {
        let repeatable = self.request.is_repeatable();
        connect::idle(self.serving, to, self.now(), repeatable)
    }

    /// The head's arrival is now, unless something was waited for, as the end of a body in chunks
    /// may have been.
    pub(super) fn now(&self) -> Instant {
        if self.journey.held.is_none() && !self.request.body.is_chunked() {
            self.request.arrived
        } else {
            Instant::now()
        }
    }

    pub(super) fn keep(&self, target: usize, conn: Conn, now: Instant, promised: Option<Duration>) {
        connect::keep(self.serving, self.to(target), conn, now, promised);
    }

    /// An HTTP/1.0 upstream takes no chunks: the body must be here before its length can be said.
    fn wants_length(&self, target: &Target) -> bool {
        let body = &self.request.body;
        target.speaks_http10() && body.is_chunked() && !body.is_whole()
    }

    async fn take_whole(&mut self) -> Option<Done> {
        let idle = self.forwarding.timeouts.body_idle;
        match intake::whole(self.worker, self.client, self.request, idle).await {
            Intake::Whole => None,
            Intake::Full => Some(Done::Refused(Refusal::LengthRequired)),
            Intake::ClientGone => Some(Done::ClientGone),
            Intake::Fault(fault) => Some(Done::Refused(fault.into())),
            Intake::TooSlow => Some(Done::Refused(Refusal::BodyTooSlow)),
            Intake::NoRoom => Some(self.refused(Refusal::HitMaxQueue)),
        }
    }

    /// Not sent: back to its places. One that has none asks anew.
    pub(super) fn back(&self, places: Option<Places>) -> Next {
        if places.is_none() && self.waits == Waits::Never {
            let forwarded = if self.journey.sendings == 0 {
                Forwarded::No
            } else {
                Forwarded::Maybe
            };
            return Next::Done(Done::Refused(Refusal::UpstreamError(forwarded)));
        }
        Next::Again(places)
    }
}
