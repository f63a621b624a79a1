//! One exchange: a request is routed, and answered from the configuration or by its upstream.

use std::time::Duration;

use buffy_core::route::Found;

use super::client::Client;
use super::forward::{Done, Way};
use super::headers;
use super::refusal::Refusal;
use super::refuse::{Explained, refuse};
use super::request::Request;
use super::respond::reply;
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
}

/// Answers one request.
pub(super) async fn exchange(
    worker: &Worker,
    client: &mut Client,
    door: &Door,
    request: &mut Request,
) -> Fate {
    let head = &request.head;
    let Door {
        serving, listener, ..
    } = door;
    let site = &serving.site;
    let found = listener
        .router
        .find(head.host(), head.path(), head.method());
    let endpoint = found.and_then(|found| site.endpoints.get(found.endpoint));
    let ended = match (found, endpoint) {
        (Some(found), Some(endpoint)) => {
            answer(worker, client, door, request, endpoint, found).await
        }
        _ => reply(worker, site, client, request, None, &site.no_endpoint).await,
    };
    let index = endpoint.map_or(NO_ENDPOINT, |endpoint| endpoint.index);
    serving.counters.request(index, ended.outcome, ended.status);
    if let Some(held) = ended.held {
        serving.counters.held(ended.outcome, held);
    }
    if site.access.is_some() {
        log_access(site, client, request, endpoint, &ended);
    }
    ended.fate
}

async fn answer(
    worker: &Worker,
    client: &mut Client,
    door: &Door,
    request: &mut Request,
    endpoint: &Endpoint,
    found: Found<'_>,
) -> Ended {
    let site = &door.serving.site;
    if let Some(allow) = found.refused {
        return refuse(
            worker,
            site,
            client,
            request,
            endpoint,
            Refusal::MethodNotAllowed,
            &Explained {
                allow: Some(allow),
                ..Explained::default()
            },
        )
        .await;
    }
    match &endpoint.kind {
        Kind::Respond => {
            let name = if found.below { "not_found" } else { "ok" };
            let named = endpoint.reply(name).or_else(|| endpoint.reply("not_found"));
            reply(
                worker,
                site,
                client,
                request,
                Some(endpoint),
                named.unwrap_or(&site.not_found),
            )
            .await
        }
        Kind::Proxy(ways) => forward(worker, client, door, request, endpoint, ways).await,
    }
}

async fn forward(
    worker: &Worker,
    client: &mut Client,
    door: &Door,
    request: &mut Request,
    endpoint: &Endpoint,
    ways: &[Forwarding],
) -> Ended {
    let Door {
        serving, listener, ..
    } = door;
    let site = &serving.site;
    let first = ways.first().and_then(|forwarding| {
        let upstream = site.upstreams.get(forwarding.upstream)?;
        Some((forwarding, upstream))
    });
    let Some((forwarding, upstream)) = first else {
        return reply(
            worker,
            site,
            client,
            request,
            Some(endpoint),
            &site.no_endpoint,
        )
        .await;
    };
    if let Some(refusal) = barred(worker, request) {
        let explained = Explained::default();
        return refuse(worker, site, client, request, endpoint, refusal, &explained).await;
    }
    let trusted = &listener.settings.trusted_proxies;
    let mut way = Way::new(
        worker, serving, client, request, forwarding, upstream, trusted,
    );
    let done = way.forward().await;
    let (held, attempts) = (way.held, way.sendings);
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
    };
    match done {
        Done::Answered { status, keep: true } => ended(outcome, status, Fate::Keep),
        Done::Answered {
            status,
            keep: false,
        } => ended(outcome, status, send::last(request)),
        Done::Cut { status } => ended(Outcome::UpstreamError, status, Fate::Close),
        // Nothing was sent; logs say 499.
        Done::ClientGone => ended(Outcome::ClientGone, 0, Fate::Close),
        Done::Refused(refusal) => {
            let explained = Explained {
                forwarding: Some((forwarding, upstream)),
                held,
                attempts,
                allow: None,
            };
            let refused =
                refuse(worker, site, client, request, endpoint, refusal, &explained).await;
            ended(refused.outcome, refused.status, refused.fate)
        }
    }
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
        upstream: endpoint.and_then(|endpoint| match &endpoint.kind {
            Kind::Proxy(ways) => ways
                .first()
                .and_then(|forwarding| site.upstreams.get(forwarding.upstream))
                .map(|one| one.id().to_owned()),
            Kind::Respond => None,
        }),
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
