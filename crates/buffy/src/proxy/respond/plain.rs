//! The plain way: an answer that needs nothing of the request but its line.

use buffy_core::facts::Facts;

use super::{said, unmatched};
use crate::journal::{Closest, Entry, Subject};
use crate::proxy::client::Client;
use crate::proxy::deliver::deliver;
use crate::proxy::exchange::Ended;
use crate::proxy::reply::{Composed, Reply, compose};
use crate::proxy::request::Request;
use crate::proxy::send::{finish, keeps};
use crate::proxy::site::{Endpoint, Site};
use crate::proxy::worker::Worker;

/// Answers with a response of an endpoint.
pub(super) async fn reply(
    worker: &Worker,
    site: &Site,
    client: &mut Client,
    request: &mut Request,
    (endpoint, reply): (&Endpoint, &Reply),
    subject: Subject,
) -> Ended {
    let keep = keeps(worker, request);
    let Some(fixed) = reply.fixed() else {
        let id = endpoint.settings.id.as_str();
        let said = (id, (reply, None));
        let composed = by_line(worker, site, client, request, said, keep);
        let status = composed.status;
        record(worker, client, request, (subject, ""), status, None);
        return send(worker, client, request, composed).await;
    };
    record(worker, client, request, (subject, ""), reply.status, None);
    {
        let mut out = worker.out.borrow_mut();
        out.clear();
        let head = &request.head;
        let on = (head.version(), keep);
        reply.write_fixed(fixed, head.is_head(), on, &mut out, |out| {
            said::write_fields(worker, request, reply, out);
        });
    }
    Ended::replied(reply.status, finish(worker, client, request, keep).await)
}

/// Answers where no endpoint is for the request.
pub(in crate::proxy) async fn no_endpoint(
    worker: &Worker,
    site: &Site,
    client: &mut Client,
    request: &mut Request,
) -> Ended {
    let keep = keeps(worker, request);
    let reply = &site.no_endpoint;
    let closest = unmatched::near(site, request);
    let said = (reply, closest.as_ref());
    let composed = by_line(worker, site, client, request, ("", said), keep);
    let session = said::session(site, request);
    let subject = (Subject::NO_ENDPOINT, &*session);
    let status = composed.status;
    record(worker, client, request, subject, status, closest.as_ref());
    send(worker, client, request, composed).await
}

/// Sends what is composed.
pub(super) async fn send(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    composed: Composed,
) -> Ended {
    let Composed {
        status,
        content,
        framed,
        keep,
    } = composed;
    let fate = deliver(worker, client, request, (content, framed), keep).await;
    Ended::replied(status, fate)
}

/// An answer that names nothing but what the request's line and its connection tell; and what came
/// nearest, where nothing is for it.
fn by_line(
    worker: &Worker,
    site: &Site,
    client: &Client,
    request: &Request,
    (id, (reply, closest)): (&str, (&Reply, Option<&Closest>)),
    keep: bool,
) -> Composed {
    let head = &request.head;
    let facts = Facts {
        id,
        ..request.line_facts(client.peer.ip())
    };
    let asked = worker.asked_by_line(site, &facts);
    let (reply, mut made) = reply.make_or(&site.not_found, &asked);
    if let Some(closest) = closest {
        made.answer.content = unmatched::with_closest(made.answer.content, closest);
    }
    let mut out = worker.out.borrow_mut();
    out.clear();
    compose(reply, made, (head.version(), keep), &mut out, |out| {
        if id.is_empty() {
            // A 501 may be kept by caches unless they are told (RFC 9110 §15.1).
            out.extend_from_slice(b"Cache-Control: no-store\r\n");
        }
        said::write_fields(worker, request, reply, out);
    })
}

/// Takes a request down whose body was not looked at.
pub(super) fn record(
    worker: &Worker,
    client: &Client,
    request: &Request,
    (subject, session): (Subject, &str),
    status: u16,
    closest: Option<&Closest>,
) {
    let entry = Entry {
        arrived: request.arrived,
        peer: client.peer.ip(),
        head: &request.head,
        body: None,
        subject,
        session,
        status,
        resumes: false,
        closest,
    };
    worker.process.journal.record(worker.index, &entry);
}
