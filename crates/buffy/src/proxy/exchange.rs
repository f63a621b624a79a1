//! One exchange: a request is routed, and answered from the configuration or by its upstream.

use std::sync::Arc;
use std::time::Duration;

use super::bypass;
use super::client::Client;
use super::forward::{Done, Waits, Way};
use super::headers;
use super::health;
use super::journey::Journey;
use super::refusal::Refusal;
use super::refuse::{Explained, refuse};
use super::request::Request;
use super::respond::{no_endpoint, not_allowed, respond};
use super::send::{self, Fate};
use super::serving::Door;
use super::site::{Endpoint, Forwarding, Kind, Site};
use super::worker::Worker;
use crate::observe::log::AccessLine;
use crate::observe::metrics::{NO_ENDPOINT, Outcome};

/// How an exchange ended, as it is counted.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// 0 where none was sent.
    pub(super) status: u16,
    pub(super) fate: Fate,
    pub(super) held: Option<Duration>,
    pub(super) attempts: u32,
    /// Its index in the site, where the request was an upstream's.
    pub(super) upstream: Option<usize>,
}

impl Ended {
    /// By an answer of Buffy's own.
    pub(super) fn replied(status: u16, fate: Fate) -> Self {
        Self {
            outcome: Outcome::Replied,
            status,
            fate,
            held: None,
            attempts: 0,
            upstream: None,
        }
    }

    /// The client left before it had an answer.
    pub(super) fn client_gone() -> Self {
        Self {
            outcome: Outcome::ClientGone,
            ..Self::replied(0, Fate::Close)
        }
    }
}

/// Answers one request.
pub(super) async fn exchange(
    worker: &Worker,
    client: &mut Client,
    door: &Door,
    request: &mut Request,
) -> Fate {
    let mut journey = Journey::default();
    match answer(worker, client, door, request, &mut journey).await {
        Some(fate) => fate,
        // Boxed: few are held over a reload.
        None => Box::pin(anew(worker, client, door.clone(), request, &mut journey)).await,
    }
}

/// Answers a held request by its route in what is served now, as often as that changes. One whose
/// endpoint has gone keeps the route that it had.
async fn anew(
    worker: &Worker,
    client: &mut Client,
    mut door: Door,
    request: &mut Request,
    journey: &mut Journey,
) -> Fate {
    loop {
        let mut next = door.clone();
        next.refresh(worker);
        journey.asks(worker);
        if !next.closing && next.find(request).is_some() {
            door = next;
        }
        if let Some(fate) = answer(worker, client, &door, request, journey).await {
            return fate;
        }
    }
}

/// Answers by one configuration; none where another one is to be asked for the route.
async fn answer(
    worker: &Worker,
    client: &mut Client,
    door: &Door,
    request: &mut Request,
    journey: &mut Journey,
) -> Option<Fate> {
    let Door { serving, .. } = door;
    let site = &serving.site;
    let found = door.find(request);
    let mut ended = match found {
        // Boxed, as all that is rare: every connection has room for what it may wait in.
        None => Box::pin(no_endpoint(worker, site, client, request)).await,
        Some((endpoint, found)) => match (&endpoint.kind, found.refused) {
            (_, Some(allow)) => {
                Box::pin(not_allowed(worker, site, client, request, endpoint, allow)).await
            }
            (Kind::Answering(answering), None) => {
                let by = (endpoint, &**answering);
                respond(worker, client, door, request, by, found.below).await
            }
            (Kind::Proxy(ways), None) => {
                forward(worker, client, door, request, (endpoint, ways), journey).await?
            }
        },
    };
    journey.answered();
    ended.held = journey.held;
    ended.attempts = journey.sendings;
    let endpoint = found.map(|(endpoint, _)| endpoint);
    let index = endpoint.map_or(NO_ENDPOINT, |endpoint| endpoint.index);
    serving.counters.request(index, ended.outcome, ended.status);
    if let Some(held) = ended.held {
        serving.counters.held(ended.outcome, held);
    }
    if site.access.is_some() {
        log_access(site, client, request, endpoint, &ended);
    }
    Some(ended.fate)
}

async fn forward(
    worker: &Worker,
    client: &mut Client,
    door: &Door,
    request: &mut Request,
    (endpoint, ways): (&Endpoint, &[Forwarding]),
    journey: &mut Journey,
) -> Option<Ended> {
    let site = &door.serving.site;
    if let Some(refusal) = barred(worker, request) {
        let explained = Explained::default();
        let refused = refuse(worker, site, client, request, endpoint, refusal, &explained);
        return Some(Box::pin(refused).await);
    }
    let health = health::is_asked(site, ways, request);
    let (ways, waits) = match bypass::way(request, ways) {
        Some(way) => (ways.get(way..=way).unwrap_or_default(), Waits::Apart),
        None if health => (ways, Waits::Never),
        None => (ways, Waits::of(ways)),
    };
    let Some(mut way) = Way::new(worker, client, door, request, (ways, waits), journey) else {
        return Some(Box::pin(no_endpoint(worker, site, client, request)).await);
    };
    let done = way.forward().await;
    let upstream = way.forwarding.upstream;
    let chosen = ways.iter().find(|one| one.upstream == upstream);
    let chosen = chosen.zip(site.upstreams.get(upstream).map(Arc::as_ref));
    let (held, attempts, position) = (journey.held, journey.sendings, journey.position);
    let outcome = if held.is_some() {
        Outcome::HeldReleased
    } else {
        Outcome::Forwarded
    };
    let ended = |outcome, status, fate| Ended {
        outcome,
        status,
        fate,
        held,
        attempts,
        upstream: Some(upstream),
    };
    Some(match done {
        Done::Answered { status, keep: true } => ended(outcome, status, Fate::Keep),
        Done::Answered {
            status,
            keep: false,
        } => ended(outcome, status, send::last(request)),
        Done::Cut { status } => ended(Outcome::UpstreamError, status, Fate::Close),
        // Nothing was sent; logs say 499.
        Done::ClientGone => ended(Outcome::ClientGone, 0, Fate::Close),
        Done::Refused(refusal) => {
            if let Some((_, upstream)) = chosen.filter(|_| health)
                && let Some(gate) = health::held(refusal, upstream, request)
            {
                return Some(health::answer(worker, client, request, gate).await);
            }
            let explained = Explained {
                forwarding: chosen,
                held,
                attempts,
                position,
                allow: None,
            };
            let refused = refuse(worker, site, client, request, endpoint, refusal, &explained);
            let refused = Box::pin(refused).await;
            ended(refused.outcome, refused.status, refused.fate)
        }
        Done::Anew => return None,
    })
}

/// What is not forwarded, whatever the gate says.
fn barred(worker: &Worker, request: &Request) -> Option<Refusal> {
    let upgrade = request.head.upgrade();
    if headers::is_loop(request, &worker.process.hop) {
        Some(Refusal::Loop)
    } else if upgrade.is_some_and(|to| to.eq_ignore_ascii_case(b"websocket")) {
        Some(Refusal::Upgrade)
    } else {
        None
    }
}

fn log_access(
    site: &Site,
    client: &Client,
    request: &Request,
    endpoint: Option<&Endpoint>,
    ended: &Ended,
) {
    let Some(access) = &site.access else {
        return;
    };
    let mut id = request.client_id().unwrap_or_default().to_vec();
    if id.is_empty() {
        headers::write_hex(request.id, &mut id);
    }
    access.try_send(AccessLine {
        request_id: String::from_utf8_lossy(&id).into_owned(),
        peer: client.peer.ip(),
        method: request.head.method().to_owned(),
        path: request.head.path().to_owned(),
        endpoint: endpoint.map(|endpoint| endpoint.settings.id.clone()),
        upstream: ended
            .upstream
            .and_then(|index| site.upstreams.get(index))
            .map(|one| one.id().to_owned()),
        outcome: ended.outcome.name(),
        status: if ended.outcome == Outcome::ClientGone {
            499
        } else {
            ended.status
        },
        held: ended.held,
        attempts: ended.attempts,
        elapsed: request.arrived.elapsed(),
    });
}
