//! A request that is forwarded: admitted or held, sent, answered, repeated where that may be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use buffy_core::config::{Network, ProxyMode};

use super::body::Fault;
use super::client::Client;
use super::group::Group;
use super::intake;
use super::journey::Journey;
use super::places::Places;
use super::refusal::{Forwarded, Refusal};
use super::request::Request;
use super::serving::{Door, Serving};
use super::site::Forwarding;
use super::worker::Worker;
use crate::upstream::Upstream;

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
    pub(super) group: Group<'a>,
    /// The upstream of the group that it has turned to.
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
    /// Ask to pass again, by the places that it has.
    Again(Option<Places>),
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
        let group = Group::new(serving, ways);
        let (forwarding, upstream) = group.get(0)?;
        Some(Self {
            worker,
            serving,
            client,
            request,
            group,
            forwarding,
            upstream,
            trusted: &door.listener.settings.trusted_proxies,
            journey,
            waits,
        })
    }

    /// Forwards, and says how that ended.
    pub(super) async fn forward(&mut self) -> Done {
        let done = self.go().await;
        if matches!(done, Done::Refused(_))
            && let Some(withheld) = self.journey.withheld.take()
        {
            // Its upstream's own answer says more than ours would.
            return self.relay_late(&withheld).await;
        }
        done
    }

    async fn go(&mut self) -> Done {
        if let Err(fault) = self.begin() {
            return Done::Refused(fault.into());
        }
        let places = self.journey.places.take();
        let mut places = places.and_then(|places| self.follow(places));
        let mut again = false;
        loop {
            let admitted = if self.waits == Waits::Apart {
                let flight = self.admit_apart(again).await;
                flight.map(|flight| (flight, None))
            } else {
                self.admit(places).await
            };
            let (flight, held) = match admitted {
                Ok(admitted) => admitted,
                Err(done) => return done,
            };
            again = true;
            match self.send(flight, held).await {
                Next::Done(done) => return done,
                Next::Again(kept) => places = kept,
            }
        }
    }

    /// Whatever follows is about the upstream of this index in the group.
    pub(super) fn turn_to(&mut self, at: usize) {
        if let Some((forwarding, upstream)) = self.group.get(at) {
            self.forwarding = forwarding;
            self.upstream = upstream;
        }
    }

    /// A small body came with its head, and leaves with it.
    fn begin(&mut self) -> Result<(), Fault> {
        let settings = &self.forwarding.settings;
        self.request.body.set(settings.body)?;
        self.request.heed_key(settings.idempotency_key);
        if self.journey.held.is_some() {
            // What it may keep was counted then, and is from there on.
            return Ok(());
        }
        intake::take_ahead(self.client, self.request)
    }

    pub(super) fn deadline(&self) -> Instant {
        self.request.arrived + self.patience()
    }

    fn patience(&self) -> Duration {
        self.request.patience(self.forwarding.settings.timeout)
    }

    /// Connecting ends at the hold deadline. One that is never held, or was sent before and is
    /// repeated, has the time of an attempt, and as long for a descriptor.
    pub(super) fn connect_deadline(&self) -> Instant {
        if self.waits == Waits::Never || self.journey.sendings > 0 || self.patience().is_zero() {
            Instant::now() + 2 * self.upstream.settings().timeouts.connect
        } else {
            self.deadline()
        }
    }

    /// A request that was sent never ends as if it had not been.
    pub(super) fn refused(&self, refusal: Refusal) -> Done {
        Done::Refused(if self.journey.sendings == 0 {
            refusal
        } else {
            Refusal::UpstreamError(Forwarded::Maybe)
        })
    }
}
