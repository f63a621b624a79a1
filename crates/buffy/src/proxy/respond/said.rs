//! What a request says of itself, and what every answer says back.

use std::borrow::Cow;

use buffy_http::{Known, Version, write};

use crate::proxy::reply::Reply;
use crate::proxy::request::Request;
use crate::proxy::site::Site;
use crate::proxy::worker::Worker;
use crate::session;

/// The request may name its session or its answer.
pub(super) fn has_wishes(site: &Site, request: &Request) -> bool {
    request.head.has_wishes() || own_session(site, request).is_some()
}

/// The session's id; empty: the shared one.
pub(super) fn session<'r>(site: &Site, request: &'r Request) -> Cow<'r, str> {
    let own = own_session(site, request);
    if own.is_none() && !request.head.has_wishes() {
        return Cow::Borrowed("");
    }
    let fields = request.head.fields();
    let baggage = fields.filter(|field| field.known == Known::Baggage);
    session::name(own, baggage.map(|field| field.value))
}

/// What the field says by which sessions are told apart.
fn own_session<'r>(site: &Site, request: &'r Request) -> Option<&'r [u8]> {
    let from = site.config.answers.session.as_ref()?;
    // Such a field is known while the head is read, and most requests have none.
    let is_known = Known::of(from.header.as_bytes()) == Known::XBuffy;
    if is_known && !request.head.has_wishes() {
        return None;
    }
    request.head.get(&from.header)
}

/// The fields, for rules and answers. In HTTP/1.0 nothing can be upgraded (RFC 9110 §7.8).
pub(super) fn fields(request: &Request) -> Vec<(&str, Cow<'_, str>)> {
    let ignores_upgrade = request.head.version() == Version::Http10;
    let fields = request.head.fields();
    let fields =
        fields.filter(|field| !(ignores_upgrade && field.name.eq_ignore_ascii_case(b"upgrade")));
    let fields = fields.map(|field| {
        let name = std::str::from_utf8(field.name).unwrap_or_default();
        (name, String::from_utf8_lossy(field.value))
    });
    fields.collect()
}

/// What every answer of an endpoint says: to what, and when.
pub(super) fn write_fields(worker: &Worker, request: &Request, reply: &Reply, out: &mut Vec<u8>) {
    if !reply.sets("x-buffy-url") {
        write::field(out, b"X-Buffy-URL", request.head.target().as_bytes());
    }
    if !reply.sets("date") {
        worker.write_date(request.arrived, out);
    }
}
