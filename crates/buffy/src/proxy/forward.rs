//! A request that is forwarded: admitted or held, sent, answered, repeated where that may be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use buffy_core::config::{Network, ProxyMode};
use buffy_core::queue::{CLASS_LAST, Facts};

use super::body::Fault;
use super::client::Client;
use super::connect::{self, Connected, To};
use super::hold::{self, Held};
use super::intake::{self, Intake};
use super::journey::Journey;
use super::refusal::{Forwarded, Refusal};
use super::request::Request;
use super::serving::{Door, Serving};
use super::site::Forwarding;
use super::worker::Worker;
use crate::observe::metrics::Retry;
use crate::upstream::conn::Conn;
use crate::upstream::place::{Ending, Place, Waiting};
use crate::upstream::{Admission, Flight, Joining, Target, Upstream};

/// Sendings of one request, at most: once, its repeat, and once more after the upstream was seen
/// down and up. A request that kills its upstream must not bring every restart down.
pub(super) const SENDINGS_MAX: u32 = 3;

/// How forwarding ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Done {
    /// With this status; the client's connection may be kept.
    Answered {
        status: u16,
        keep: bool,
    },
    Refused(Refusal),
    /// An answer had begun: the client must see that it was cut.
    Cut {
        status: u16,
    },
    ClientGone,
    /// Something else is served now, and the request waits: its route is to be found anew.
    Anew,
}

/// A request that is forwarded by one configuration.
pub(super) struct Way<'a> {
    pub(super) worker: &'a Worker,
    pub(super) serving: &'a Serving,
    pub(super) client: &'a mut Client,
    pub(super) request: &'a mut Request,
    pub(super) forwarding: &'a Forwarding,
    pub(super) upstream: &'a Arc<Upstream>,
    pub(super) trusted: &'a [Network],
    pub(super) journey: &'a mut Journey,
    pub(super) waits: Waits,
}

/// Whether a request waits where it may not pass, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    InQueue,
    /// `proxy_mode: bypass`, and whoever asks for the upstream's health.
    Never,
    /// It has a signed bypass. What becomes of it tells nothing of the target.
    Apart,
}

impl Waits {
    /// As the endpoint of these ways is configured.
    pub(super) fn of(ways: &[Forwarding]) -> Self {
        match ways.first().map(|way| way.settings.mode) {
            Some(ProxyMode::StoreAndForward) | None => Self::InQueue,
            Some(ProxyMode::Bypass) => Self::Never,
        }
    }
}

/// What to do after a sending.
pub(super) enum Next {
    Done(Done),
    /// Ask to pass again, with a place where it has one.
    Again(Option<Place>),
}

impl<'a> Way<'a> {
    /// None where no upstream is served.
    pub(super) fn new(
        worker: &'a Worker,
        client: &'a mut Client,
        door: &'a Door,
        request: &'a mut Request,
        (ways, waits): (&'a [Forwarding], Waits),
        journey: &'a mut Journey,
    ) -> Option<Self> {
        let serving = &door.serving;
        let forwarding = ways.first()?;
        Some(Self {
            worker,
            serving,
            client,
            request,
            upstream: serving.site.upstreams.get(forwarding.upstream)?,
            forwarding,
            trusted: &door.listener.settings.trusted_proxies,
            journey,
            waits,
        })
    }

    /// Forwards, and says how that ended.
    pub(super) async fn forward(&mut self) -> Done {
        if let Err(fault) = self.begin() {
            return Done::Refused(fault.into());
        }
        let place = self.journey.place.take();
        let mut place = place.and_then(|place| self.follow(place));
        let mut again = false;
        loop {
            let admitted = if self.waits == Waits::Apart {
                let flight = self.admit_apart(again).await;
                flight.map(|flight| (flight, None))
            } else {
                self.admit(place).await
            };
            let (flight, held_place) = match admitted {
                Ok(admitted) => admitted,
                Err(done) => return done,
            };
            again = true;
            match self.send(flight, held_place).await {
                Next::Done(done) => return done,
                Next::Again(kept) => {
                    if let Some(place) = &kept {
                        place.wait_again();
                    }
                    place = kept;
                }
            }
        }
    }

    /// A small body came with its head, and leaves with it.
    fn begin(&mut self) -> Result<(), Fault> {
        self.request.body.set(self.forwarding.settings.body)?;
        if self.journey.held.is_some() {
            // What it may keep was counted then, and is from there on.
            return Ok(());
        }
        intake::take_ahead(self.client, self.request)
    }

    /// Goes on with the place that it had before its route was found anew: the same one where the
    /// upstream is the same.
    fn follow(&self, place: Place) -> Option<Place> {
        if self.waits != Waits::InQueue {
            place.give_back(Ending::Refused);
            return None;
        }
        if place.is_at(self.upstream) {
            return Some(place);
        }
        // Who has a place meets no limit: newcomers do.
        let counted = place.leave();
        let place = self.upstream.take_place_as_before(&self.joining(), counted);
        Some(place)
    }

    /// Passes at once, or waits for it.
    async fn admit(&mut self, place: Option<Place>) -> Result<(Flight<'a>, Option<Place>), Done> {
        let mut place = match place {
            Some(place) => place,
            None => match self.ask() {
                Admission::Pass(_) if self.is_spent() => {
                    return Err(self.refused(Refusal::HitTimeout));
                }
                Admission::Pass(flight) => return Ok((flight, None)),
                Admission::Hold(place) => place,
                Admission::Refuse => return Err(self.refused(Refusal::Stopped)),
                Admission::Closed => return Err(self.refused(Refusal::Closed)),
                Admission::Full => return Err(self.refused(Refusal::HitMaxQueue)),
            },
        };
        loop {
            place = self.unless_outdated(place)?;
            place = Box::pin(self.wait(place)).await?;
            place = self.unless_outdated(place)?;
            if self.is_spent() {
                place.give_back(Ending::Refused);
                return Err(self.refused(Refusal::HitTimeout));
            }
            if let Some(flight) = self.upstream.pass_released(self.worker.index, &place) {
                return Ok((flight, Some(place)));
            }
        }
    }

    /// Whoever has a place follows what is served now, before he waits and when he was released.
    fn unless_outdated(&mut self, place: Place) -> Result<Place, Done> {
        if self.journey.is_outdated(self.worker, self.serving) {
            self.journey.place = Some(place);
            return Err(Done::Anew);
        }
        Ok(place)
    }

    /// Sent and repeated, and the upstream was not seen down since: it is the request.
    pub(super) fn is_spent(&self) -> bool {
        self.journey.sendings >= 2 && self.journey.sent_in == self.upstream.epoch()
    }

    fn ask(&self) -> Admission<'a> {
        let joining = self.joining();
        if self.waits == Waits::Never {
            self.upstream.admit_bypass(self.worker.index, &joining)
        } else {
            self.upstream.admit(self.worker.index, &joining)
        }
    }

    fn joining(&self) -> Joining<'_> {
        Joining {
            asks: self.request.asks(),
            asker: self,
            class: self.class(),
            arrival: self.request.arrival(),
            facts: Facts {
                sent: self.journey.sendings > 0,
                whole: self.request.body.is_whole(),
            },
            held: &self.forwarding.held,
            head_bytes: self.request.head.heap_bytes() as u64,
        }
    }

    /// By the first rule that matches; the rules are the endpoint's, never the client's.
    fn class(&self) -> u8 {
        let rules = &self.forwarding.settings.priority;
        if rules.is_empty() {
            return CLASS_LAST;
        }
        self.request.judged(|facts| {
            let first = rules.iter().find(|one| one.rule.judge_request(facts));
            first.map_or(CLASS_LAST, |one| one.class)
        })
    }

    pub(super) fn deadline(&self) -> Instant {
        self.request.arrived + self.patience()
    }

    fn patience(&self) -> Duration {
        self.request.patience(self.forwarding.settings.timeout)
    }

    /// Connecting ends at the hold deadline. One that is never held, or was sent before and is
    /// repeated, has the time of an attempt, and as long for a descriptor.
    fn connect_deadline(&self) -> Instant {
        if self.waits == Waits::Never || self.journey.sendings > 0 || self.patience().is_zero() {
            Instant::now() + 2 * self.upstream.settings().timeouts.connect
        } else {
            self.deadline()
        }
    }

    async fn wait(&mut self, place: Place) -> Result<Place, Done> {
        let deadline = self.deadline();
        let began = Instant::now();
        let idle = self.forwarding.timeouts.body_idle;
        let held = hold::hold(
            self.worker,
            self.client,
            self.request,
            Waiting::Place(&place),
            deadline,
            idle,
        )
        .await;
        self.journey.held = Some(self.journey.held.unwrap_or_default() + began.elapsed());
        let (ending, done) = match held {
            Held::Released | Held::Swapped => return Ok(place),
            Held::Judge => {
                place.judge_again(self.request.asks(), self);
                return Ok(place);
            }
            Held::TurnedAway => (Ending::Refused, self.refused(Refusal::Closed)),
            Held::Refused => (Ending::Refused, self.refused(Refusal::Stopped)),
            Held::Ending => (Ending::Refused, self.refused(Refusal::Ending)),
            Held::TimedOut => (Ending::TimedOut, self.refused(Refusal::HitTimeout)),
            Held::ClientGone => (Ending::Left, Done::ClientGone),
            Held::Fault(fault) => (Ending::Refused, Done::Refused(fault.into())),
            Held::BodyTooSlow => (Ending::Refused, Done::Refused(Refusal::BodyTooSlow)),
            Held::NoRoom => (Ending::Refused, self.refused(Refusal::HitMaxQueue)),
        };
        if matches!(done, Done::Refused(_)) {
            self.journey.position = Some(place.position());
        }
        place.give_back(ending);
        Err(done)
    }

    /// A request that was sent never ends as if it had not been.
    pub(super) fn refused(&self, refusal: Refusal) -> Done {
        Done::Refused(if self.journey.sendings == 0 {
            refusal
        } else {
            Refusal::UpstreamError(Forwarded::Maybe)
        })
    }

    /// One sending, on an idle connection or a new one.
    async fn send(&mut self, mut flight: Flight<'a>, place: Option<Place>) -> Next {
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
            let deadline = self.connect_deadline();
            let connecting = connect::fresh(self.worker, self.client, to, deadline);
            match Box::pin(connecting).await {
                Connected::Ready(conn) => conn,
                Connected::ClientGone => return Next::Done(Done::ClientGone),
                Connected::TimedOut => {
                    if let Some(place) = place {
                        place.give_back(Ending::TimedOut);
                    }
                    let refusal = match self.waits {
                        Waits::InQueue | Waits::Apart => Refusal::HitTimeout,
                        // Nothing is free for it (semantics.md §4).
                        Waits::Never => Refusal::HitMaxQueue,
                    };
                    return Next::Done(self.refused(refusal));
                }
                Connected::Failed => {
                    flight.not_connected();
                    self.serving.counters.retried(Retry::NotSent);
                    return self.back(place);
                }
            }
        };
        if !flight.may_still_go(self.request.asks(), self) {
            self.keep(to.target, conn, Instant::now(), None);
            drop(flight);
            return self.back(place);
        }
        // Boxed, so that a connection that idles or waits does not keep room for it.
        Box::pin(self.exchange(&mut flight, conn, place)).await
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

    /// Not sent: back to its place, or to its first one.
    pub(super) fn back(&self, place: Option<Place>) -> Next {
        if place.is_some() {
            return Next::Again(place);
        }
        if self.waits == Waits::Apart {
            return Next::Again(None);
        }
        if self.waits == Waits::Never {
            let forwarded = if self.journey.sendings == 0 {
                Forwarded::No
            } else {
                Forwarded::Maybe
            };
            return Next::Done(Done::Refused(Refusal::UpstreamError(forwarded)));
        }
        match self.upstream.take_place(&self.joining()) {
            Some(place) => Next::Again(Some(place)),
            None => Next::Done(self.refused(Refusal::HitMaxQueue)),
        }
    }
}
