//! A request is turned away: with the endpoint's own response of that name, or the default.

use std::time::Duration;

use buffy_core::config::HeadersMode;
use buffy_core::dice::Dice;
use buffy_core::facts::Facts;
use buffy_http::write;

use super::client::Client;
use super::deliver::deliver;
use super::exchange::Ended;
use super::headers;
use super::late;
use super::refusal::{self, Refusal, Said};
use super::reply::{CORS, Composed, Made, Reply, compose};
use super::request::Request;
use super::send::keeps;
use super::site::{Endpoint, Forwarding, Kind, Site};
use super::worker::Worker;
use crate::clock;

/// What a refusal is explained by.
#[derive(Default)]
pub(super) struct Explained<'a> {
    pub(super) forwarding: Option<(&'a Forwarding, &'a crate::upstream::Upstream)>,
    pub(super) held: Option<Duration>,
    /// Sendings of the request.
    pub(super) attempts: u32,
    /// The place that it had in the queue when it was turned away.
    pub(super) position: Option<usize>,
    pub(super) allow: Option<&'a str>,
}

/// Answers instead of the upstream: the endpoint's own response of that name, or the default.
pub(super) async fn refuse(
    worker: &Worker,
    site: &Site,
    client: &mut Client,
    request: &mut Request,
    endpoint: &Endpoint,
    refusal: Refusal,
    explained: &Explained<'_>,
) -> Ended {
    let keep = keeps(worker, request) && !refusal.closes();
    let named = refusal.name().and_then(|name| endpoint.named(name));
    if let Some(delay) = named.and_then(|(_, response)| response.delay.as_ref()) {
        // It is not sent any more, and the wait may take for ever.
        request.body.forget();
        let mut dice = Dice::new(worker.dice(), "", &endpoint.settings.id, 0);
        if !late::wait(worker, client, delay.sample(&mut dice)).await {
            return Ended {
                held: explained.held,
                ..Ended::client_gone()
            };
        }
    }
    let named = named.map(|(reply, _)| reply);
    let composed = {
        let said = said(worker, request, refusal, explained);
        let mut more = worker.more.borrow_mut();
        more.clear();
        write_refusal_fields(worker, request, refusal, explained, &said, named, &mut more);
        write_own_fields(request, endpoint, named, &mut more);
        let mut out = worker.out.borrow_mut();
        out.clear();
        let made = named.and_then(|named| {
            let made = make(
                worker,
                site,
                client,
                request,
                (endpoint, named),
                &said,
                refusal,
            );
            Some((named, made?))
        });
        let version = request.head.version();
        if let Some((named, made)) = made {
            compose(named, made, (version, keep), &mut out, |out| {
                out.extend_from_slice(&more);
            })
        } else {
            headers::write_connection(version, keep, &mut more);
            let html = request.prefers_html();
            let head_only = request.head.is_head();
            refusal::write_default(refusal, &said, html, head_only, &more, &mut out);
            Composed::written(refusal.status(), keep)
        }
    };
    let Composed {
        status,
        content,
        framed,
        keep,
    } = composed;
    let fate = deliver(worker, client, request, (content, framed), keep).await;
    Ended {
        outcome: refusal.outcome(),
        status,
        fate,
        held: explained.held,
        attempts: 0,
        upstream: None,
    }
}

/// The endpoint's own answer; none where its file is missing.
fn make(
    worker: &Worker,
    site: &Site,
    client: &Client,
    request: &Request,
    (endpoint, named): (&Endpoint, &Reply),
    said: &Said,
    refusal: Refusal,
) -> Option<Made> {
    let facts = Facts {
        id: &endpoint.settings.id,
        refused: Some(said.refused(refusal)),
        ..request.line_facts(client.peer.ip())
    };
    let asked = worker.asked_by_line(site, &facts);
    named.make(&asked).ok()
}

fn said(worker: &Worker, request: &Request, refusal: Refusal, explained: &Explained<'_>) -> Said {
    let Some((_, upstream)) = explained.forwarding else {
        return Said::default();
    };
    let explanation = upstream.explain_request(request.asks(), |standing| {
        request.judged(|facts| standing.judge(facts))
    });
    let retry_after = || {
        if refusal == Refusal::Ending {
            1
        } else {
            explanation.retry_after(clock::unix_ms(), worker.dice())
        }
    };
    let waited = explained.held.map(headers::millis);
    let actor = explanation.actors.join(", ");
    Said {
        gate: Some(upstream.id().to_owned()),
        reason: explanation.reasons.join("; "),
        actor: Some(actor).filter(|actor| !actor.is_empty()),
        since: explanation.since_ms.and_then(timestamp),
        until: explanation.until_ms.and_then(timestamp),
        waited: waited.map(Duration::from_millis),
        position: explained.position,
        retry_after: refusal.may_retry().then(retry_after),
    }
}

fn timestamp(unix_ms: u64) -> Option<String> {
    let timestamp = jiff::Timestamp::from_millisecond(i64::try_from(unix_ms).ok()?).ok()?;
    Some(format!("{timestamp:.3}"))
}

fn write_refusal_fields(
    worker: &Worker,
    request: &Request,
    refusal: Refusal,
    explained: &Explained<'_>,
    said: &Said,
    named: Option<&Reply>,
    more: &mut Vec<u8>,
) {
    let sets = |name: &str| named.is_some_and(|named| named.sets(name));
    if !sets("cache-control") {
        more.extend_from_slice(b"Cache-Control: no-store\r\n");
    }
    // Read anew: the next head's deadline is set by this reading.
    let now = worker.now();
    if !sets("date") {
        worker.write_date(now, more);
    }
    if let Some(allow) = explained.allow {
        write::field(more, b"Allow", allow.as_bytes());
    }
    if let Some(seconds) = said.retry_after.filter(|_| !sets("retry-after")) {
        write::field_u64(more, b"Retry-After", seconds);
    }
    if let Some(forwarded) = refusal.forwarded().filter(|_| !sets("x-buffy-forwarded")) {
        write::field(more, b"X-Buffy-Forwarded", forwarded.as_bytes());
    }
    if let Some((forwarding, _)) = explained.forwarding {
        let elapsed = now.saturating_duration_since(request.arrived);
        headers::write_way(
            forwarding,
            elapsed,
            explained.held,
            explained.attempts,
            more,
        );
    }
}

/// Which endpoint answers, to what, and to scripts of which origins; a named response says all but
/// the second already.
fn write_own_fields(
    request: &Request,
    endpoint: &Endpoint,
    named: Option<&Reply>,
    more: &mut Vec<u8>,
) {
    if let Kind::Proxy(ways) = &endpoint.kind
        && let Some(forwarding) = ways.first()
        && forwarding.settings.headers != HeadersMode::Full
    {
        return;
    }
    if !named.is_some_and(|named| named.sets("x-buffy-url")) {
        write::field(more, b"X-Buffy-URL", request.head.target().as_bytes());
    }
    if named.is_none() {
        let id = endpoint.settings.id.as_bytes();
        write::field(more, b"X-Buffy-Endpoint-ID", id);
        let answers = endpoint.settings.kind.answers();
        if answers.is_some_and(|answers| answers.cors) {
            for (name, value) in CORS {
                write::field(more, name.as_bytes(), value.as_bytes());
            }
        }
    }
}
