//! A request is answered by Buffy itself: from the configuration, or by a data endpoint's source.
//!
//! Most answers are the same for every request: these take the plain way, which looks at nothing. On
//! the other the caller's wishes are read, a body that rules look at is taken in, and a response is
//! chosen and made within the session's turn; then comes what was said of it: a delay, a fault, the
//! answer, and what follows it.

mod body;
mod broken;
mod case;
mod cors;
mod errand;
mod explained;
mod plain;
mod said;
mod unmatched;
mod verdict;
mod whose;
mod wishes;

use super::answering::Answering;
use super::client::Client;
use super::exchange::Ended;
use super::refusal::Refusal;
use super::refuse::{Explained, refuse};
use super::request::Request;
use super::serving::Door;
use super::site::{Endpoint, Kind, Site};
use super::worker::Worker;
use case::Case;

pub(super) use plain::no_endpoint;

/// Answers a request of a `respond` or `data` endpoint; `below`: its path is one below the
/// endpoint's own, which has nothing but `not_found` for it.
pub(super) async fn respond(
    worker: &Worker,
    client: &mut Client,
    door: &Door,
    request: &mut Request,
    (endpoint, answering): (&Endpoint, &Answering),
    below: bool,
) -> Ended {
    let site = &door.serving.site;
    if cors::is_preflight(request, endpoint) {
        return Box::pin(cors::preflight(worker, client, request, endpoint)).await;
    }
    let unpinned = !worker.process.answering.sessions.has_pins();
    let plain = answering
        .plain()
        .filter(|_| !below && unpinned && !said::has_wishes(site, request));
    if let Some(index) = plain
        && let Some(reply) = endpoint.replies.get(index)
    {
        let subject = answering.subject(index);
        return plain::reply(worker, site, client, request, (endpoint, reply), subject).await;
    }
    let case = Case {
        worker,
        site,
        endpoint,
        answering,
        below,
    };
    // Boxed: what it keeps while it waits is not what a plain answer has to carry.
    Box::pin(case.answer(client, request)).await
}

/// Refuses a method that an endpoint does not list, but for an OPTIONS that a browser sends before
/// the request itself.
pub(super) async fn not_allowed(
    worker: &Worker,
    site: &Site,
    client: &mut Client,
    request: &mut Request,
    endpoint: &Endpoint,
    allow: &str,
) -> Ended {
    if cors::is_preflight(request, endpoint) {
        return Box::pin(cors::preflight(worker, client, request, endpoint)).await;
    }
    let refusal = Refusal::MethodNotAllowed;
    if let Kind::Answering(answering) = &endpoint.kind {
        let session = said::session(site, request);
        let subject = (answering.unmatched, &*session);
        plain::record(worker, client, request, subject, refusal.status(), None);
    }
    let explained = Explained {
        allow: Some(allow),
        ..Explained::default()
    };
    refuse(worker, site, client, request, endpoint, refusal, &explained).await
}
