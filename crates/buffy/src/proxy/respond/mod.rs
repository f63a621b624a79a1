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
use super::request::Request;
use super::serving::Door;
use super::site::Endpoint;
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
        return cors::preflight(worker, client, request, endpoint).await;
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

/// An OPTIONS that a browser sends before the request itself; answered where the method that it
/// names would be, be the endpoint's methods what they are.
pub(super) async fn preflight(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    endpoint: &Endpoint,
) -> Option<Ended> {
    if !cors::is_preflight(request, endpoint) {
        return None;
    }
    Some(cors::preflight(worker, client, request, endpoint).await)
}
