//! A request is answered from the configuration.

use buffy_http::write;

use super::client::Client;
use super::exchange::Ended;
use super::headers;
use super::reply::{Asked, Reply};
use super::request::Request;
use super::send::{finish, keeps};
use super::site::{Endpoint, Site};
use super::worker::Worker;
use crate::observe::metrics::Outcome;

/// Answers from the configuration.
pub(super) async fn reply(
    worker: &Worker,
    site: &Site,
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
        if endpoint.is_none() {
            // A 501 may be kept by caches unless they are told (RFC 9110 §15.1).
            more.extend_from_slice(b"Cache-Control: no-store\r\n");
        }
        worker.write_date(request.arrived, &mut more);
        headers::write_connection(request.head.version(), keep, &mut more);
        let mut out = worker.out.borrow_mut();
        out.clear();
        let asked = Asked {
            url: request.head.target(),
            id,
            head_only: request.head.is_head(),
            refused: None,
        };
        write_reply(site, endpoint, reply, asked, &more, &mut out)
    };
    let fate = finish(worker, client, request, keep).await;
    Ended {
        outcome: Outcome::Replied,
        status,
        fate,
        held: None,
        attempts: 0,
        upstream: None,
    }
}

/// The reply, or `not_found` where its file is missing: the status that was written.
fn write_reply(
    site: &Site,
    endpoint: Option<&Endpoint>,
    reply: &Reply,
    asked: Asked<'_>,
    more: &[u8],
    out: &mut Vec<u8>,
) -> u16 {
    let folder = &site.folder;
    if reply.write(folder, asked, more, out).is_ok() {
        return reply.status;
    }
    let named = endpoint.and_then(|endpoint| endpoint.reply("not_found"));
    let fallback = &site.not_found;
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
