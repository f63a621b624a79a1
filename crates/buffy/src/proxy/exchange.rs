//! One exchange: a request is routed, and answered from the configuration or by its upstream.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use buffy_core::config::HeadersMode;
use buffy_core::route::Found;
use buffy_http::write;

use super::client::Client;
use super::forward::{Done, Way};
use super::headers;
use super::listener::Listener;
use super::refusal::{self, Refusal, Said};
use super::reply::{Asked, Reply};
use super::request::Request;
use super::site::{Endpoint, Forwarding, Kind};
use super::worker::Worker;
use crate::observe::log::AccessLine;
use crate::observe::metrics::{NO_ENDPOINT, Outcome};

/// A client that does not read is given up after this.
const CLIENT_WRITE: Duration = Duration::from_mins(1);

/// What becomes of the client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The next request may come.
    Keep,
    /// Closed so that the client can still read the answer.
    Linger,
    /// Closed at once.
    Close,
}

/// How an exchange ended, as it is counted.
struct Ended {
    outcome: Outcome,
    /// 0 where none was sent.
    status: u16,
    fate: Fate,
    held: Option<Duration>,
    attempts: u32,
}

/// Answers one request.
pub(super) async fn exchange(
    worker: &Worker,
    client: &mut Client,
    listener: &Listener,
    request: &mut Request,
) -> Fate {
    let head = &request.head;
    let found = listener
        .router
        .find(head.host(), head.path(), head.method());
    let endpoint = found.and_then(|found| worker.site.endpoints.get(found.endpoint));
    let ended = match (found, endpoint) {
        (Some(found), Some(endpoint)) => {
            answer(worker, client, listener, request, endpoint, found).await
        }
        _ => reply(worker, client, request, None, &worker.site.no_endpoint).await,
    };
    let index = endpoint.map_or(NO_ENDPOINT, |endpoint| endpoint.index);
    worker.counters.request(index, ended.outcome, ended.status);
    if let Some(held) = ended.held {
        worker.counters.held(ended.outcome, held);
    }
    if worker.site.access.is_some() {
        log_access(worker, client, request, endpoint, &ended);
    }
    ended.fate
}

async fn answer(
    worker: &Worker,
    client: &mut Client,
    listener: &Listener,
    request: &mut Request,
    endpoint: &Endpoint,
    found: Found<'_>,
) -> Ended {
    if let Some(allow) = found.refused {
        return refuse(
            worker,
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
                client,
                request,
                Some(endpoint),
                named.unwrap_or(&worker.site.not_found),
            )
            .await
        }
        Kind::Proxy(forwarding) => {
            forward(worker, client, listener, request, endpoint, forwarding).await
        }
    }
}

async fn forward(
    worker: &Worker,
    client: &mut Client,
    listener: &Listener,
    request: &mut Request,
    endpoint: &Endpoint,
    forwarding: &Forwarding,
) -> Ended {
    let Some(upstream) = worker.site.upstreams.get(forwarding.upstream) else {
        return reply(
            worker,
            client,
            request,
            Some(endpoint),
            &worker.site.no_endpoint,
        )
        .await;
    };
    let barred = if super::headers::is_loop(request, &worker.site.hop) {
        Some(Refusal::Loop)
    } else if request
        .head
        .upgrade()
        .is_some_and(|to| to.eq_ignore_ascii_case(b"websocket"))
    {
        Some(Refusal::Upgrade)
    } else {
        None
    };
    if let Some(refusal) = barred {
        return refuse(
            worker,
            client,
            request,
            endpoint,
            refusal,
            &Explained::default(),
        )
        .await;
    }
    let trusted = &listener.settings.trusted_proxies;
    let mut way = Way::new(worker, client, request, forwarding, upstream, trusted);
    let done = way.forward().await;
    let (held, attempts) = (way.held, way.sendings);
    let outcome = if held.is_some() {
        Outcome::HeldReleased
    } else {
        Outcome::Forwarded
    };
    match done {
        Done::Answered { status, keep } => {
            let fate = match (keep, request.body.is_done()) {
                (true, _) => Fate::Keep,
                (false, true) => Fate::Close,
                (false, false) => Fate::Linger,
            };
            Ended {
                outcome,
                status,
                fate,
                held,
                attempts,
            }
        }
        Done::Cut { status } => Ended {
            outcome: Outcome::UpstreamError,
            status,
            fate: Fate::Close,
            held,
            attempts,
        },
        Done::ClientGone => {
            // Counted as 499, the code that logs use for it; nothing was sent.
            let outcome = Outcome::ClientGone;
            Ended {
                outcome,
                status: 0,
                fate: Fate::Close,
                held,
                attempts,
            }
        }
        Done::Refused(refusal) => {
            let explained = Explained {
                forwarding: Some((forwarding, upstream)),
                held,
                allow: None,
            };
            let ended = refuse(worker, client, request, endpoint, refusal, &explained).await;
            Ended {
                held,
                attempts,
                ..ended
            }
        }
    }
}

/// Answers from the configuration.
async fn reply(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    endpoint: Option<&Endpoint>,
    reply: &Reply,
) -> Ended {
    let keep = keeps(worker, request);
    let id = endpoint.map_or("", |endpoint| endpoint.settings.id.as_str());
    let status = {
        let mut more = worker.more.borrow_mut();
        more.clear();
        if !reply.sets("x-buffy-url") {
            write::field(&mut more, b"X-Buffy-URL", request.head.target().as_bytes());
        }
        worker.write_date(request.arrived, &mut more);
        headers::write_connection(request.head.version(), keep, &mut more);
        let mut out = worker.out.borrow_mut();
        out.clear();
        let asked = Asked {
            url: request.head.target(),
            id,
            head_only: request.head.is_head(),
        };
        write_reply(worker, endpoint, reply, asked, &more, &mut out)
    };
    let fate = finish(worker, client, request, keep).await;
    Ended {
        outcome: Outcome::Replied,
        status,
        fate,
        held: None,
        attempts: 0,
    }
}

/// The reply, or `not_found` where its file is missing: the status that was written.
fn write_reply(
    worker: &Worker,
    endpoint: Option<&Endpoint>,
    reply: &Reply,
    asked: Asked<'_>,
    more: &[u8],
    out: &mut Vec<u8>,
) -> u16 {
    let folder = &worker.site.folder;
    if reply.write(folder, asked, more, out).is_ok() {
        return reply.status;
    }
    let named = endpoint.and_then(|endpoint| endpoint.reply("not_found"));
    let fallback = &worker.site.not_found;
    let instead = named
        .filter(|named| !std::ptr::eq(*named, reply))
        .unwrap_or(fallback);
    if instead.write(folder, asked, more, out).is_ok() {
        return instead.status;
    }
    // The fallback has no file that could be missing.
    let written = fallback.write(folder, asked, more, out);
    debug_assert!(written.is_ok(), "a fixed answer is always there");
    fallback.status
}

/// What a refusal is explained by.
#[derive(Default)]
struct Explained<'a> {
    forwarding: Option<(&'a Forwarding, &'a crate::upstream::Upstream)>,
    held: Option<Duration>,
    allow: Option<&'a str>,
}

/// Answers instead of the upstream: the endpoint's own response of that name, or the default.
async fn refuse(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    endpoint: &Endpoint,
    refusal: Refusal,
    explained: &Explained<'_>,
) -> Ended {
    let keep = keeps(worker, request) && !refusal.closes();
    let named = refusal.name().and_then(|name| endpoint.reply(name));
    let status = {
        let said = said(worker, request, refusal, explained);
        let mut more = worker.more.borrow_mut();
        more.clear();
        write_refusal_fields(worker, request, refusal, explained, &said, named, &mut more);
        headers::write_connection(request.head.version(), keep, &mut more);
        let mut out = worker.out.borrow_mut();
        out.clear();
        let head_only = request.head.is_head();
        let asked = Asked {
            url: request.head.target(),
            id: &endpoint.settings.id,
            head_only,
        };
        let written = named.map(|named| {
            (
                named.status,
                named.write(&worker.site.folder, asked, &more, &mut out),
            )
        });
        match written {
            Some((status, Ok(()))) => status,
            Some((_, Err(_))) | None => {
                let html = request.prefers_html();
                refusal::write_default(refusal, &said, html, head_only, &more, &mut out);
                refusal.status()
            }
        }
    };
    let fate = finish(worker, client, request, keep).await;
    Ended {
        outcome: refusal.outcome(),
        status,
        fate,
        held: explained.held,
        attempts: 0,
    }
}

fn said(worker: &Worker, request: &Request, refusal: Refusal, explained: &Explained<'_>) -> Said {
    let Some((_, upstream)) = explained.forwarding else {
        return Said::default();
    };
    let retry_after = if refusal == Refusal::Ending {
        Some(1)
    } else {
        refusal
            .may_retry()
            .then(|| upstream.retry_after(worker.dice()))
    };
    Said {
        gate: Some(upstream.id().to_owned()),
        reasons: upstream.reasons(request.asks()),
        waited: explained.held.map(|held| held.as_secs_f64()),
        retry_after,
    }
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
    worker.write_date(Instant::now(), more);
    if let Some(allow) = explained.allow {
        write::field(more, b"Allow", allow.as_bytes());
    }
    if let Some(seconds) = said.retry_after.filter(|_| !sets("retry-after")) {
        write::field_u64(more, b"Retry-After", seconds);
    }
    if let Some(forwarded) = refusal.forwarded().filter(|_| !sets("x-buffy-forwarded")) {
        write::field(more, b"X-Buffy-Forwarded", forwarded.as_bytes());
    }
    let Some((forwarding, _)) = explained.forwarding else {
        if !sets("x-buffy-url") {
            write::field(more, b"X-Buffy-URL", request.head.target().as_bytes());
        }
        return;
    };
    if forwarding.settings.headers == HeadersMode::Full {
        more.extend_from_slice(&forwarding.down_fields);
        if let Some(held) = explained.held {
            write::field_u64(more, b"X-Buffy-Held-Ms", headers::millis(held));
        }
    }
}

fn keeps(worker: &Worker, request: &Request) -> bool {
    request.head.keep_alive()
        && !request.head.expects_continue()
        && !worker.site.stopping.is_last_answer()
}

/// Writes what is in `worker.out`, and takes the rest of the request's body off the connection.
async fn finish(worker: &Worker, client: &mut Client, request: &mut Request, keep: bool) -> Fate {
    if !send(worker, client).await {
        return Fate::Close;
    }
    if !keep {
        return if request.body.is_done() {
            Fate::Close
        } else {
            Fate::Linger
        };
    }
    if request.body.is_done() || super::discard::discard(worker, client, request).await {
        Fate::Keep
    } else {
        Fate::Linger
    }
}

/// Writes `worker.out` to the client; false where it is gone.
pub(super) async fn send(worker: &Worker, client: &mut Client) -> bool {
    let mut begun = false;
    let mut rest = Vec::new();
    let mut at = 0;
    poll_fn(|cx| {
        if !begun {
            begun = true;
            let out = worker.out.borrow();
            match write_some(client, cx, &out) {
                Some(written) if written == out.len() => return Poll::Ready(true),
                Some(written) => {
                    rest = out.get(written..).unwrap_or_default().to_vec();
                    client.timer.set((Instant::now() + CLIENT_WRITE).into());
                }
                None => return Poll::Ready(false),
            }
        }
        while let Some(unsent) = rest.get(at..).filter(|unsent| !unsent.is_empty()) {
            match write_some(client, cx, unsent) {
                Some(0) => {
                    ready!(client.timer.poll(cx));
                    return Poll::Ready(false);
                }
                Some(written) => {
                    at += written;
                    client.timer.set((Instant::now() + CLIENT_WRITE).into());
                }
                None => return Poll::Ready(false),
            }
        }
        Poll::Ready(true)
    })
    .await
}

/// What the socket takes now; none where the client is gone.
fn write_some(client: &mut Client, cx: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match client.poll_write(cx, rest) {
            Poll::Ready(Ok(more @ 1..)) => written += more,
            Poll::Ready(Ok(0) | Err(_)) => return None,
            Poll::Pending => break,
        }
    }
    Some(written)
}

fn log_access(
    worker: &Worker,
    client: &Client,
    request: &Request,
    endpoint: Option<&Endpoint>,
    ended: &Ended,
) {
    let Some(access) = &worker.site.access else {
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
            Kind::Proxy(forwarding) => worker
                .site
                .upstreams
                .get(forwarding.upstream)
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
