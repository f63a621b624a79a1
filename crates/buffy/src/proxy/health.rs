//! `gate.health_path`: a load balancer in front is told that all is well while requests are held,
//! so that it does not take Buffy out (semantics.md §8).

use buffy_core::gate::{Cause, Verdict};
use buffy_http::write;

use super::client::Client;
use super::exchange::Ended;
use super::headers;
use super::refusal::{Forwarded, Refusal};
use super::request::Request;
use super::send::{finish, keeps};
use super::site::{Forwarding, Site};
use super::worker::Worker;
use crate::observe::metrics::Outcome;
use crate::upstream::Upstream;

const CONTENT: &[u8] = b"held by buffy";

/// A GET or HEAD of the health path of an upstream that the endpoint forwards to.
pub(super) fn is_asked(site: &Site, ways: &[Forwarding], request: &Request) -> bool {
    let mut paths = ways.iter().filter_map(|way| {
        let upstream = site.upstreams.get(way.upstream)?;
        upstream.settings().gate.health_path.as_deref()
    });
    paths.any(|path| path == request.head.path()) && matches!(request.head.method(), "GET" | "HEAD")
}

/// The word for a gate before which any other request would be held now, by what became of this
/// one, which does not wait; none where it was turned away for another reason.
pub(super) fn held(
    refusal: Refusal,
    upstream: &Upstream,
    request: &Request,
) -> Option<&'static str> {
    let down = || upstream.verdict(request.asks()) == Verdict::Hold(Cause::Down);
    match refusal {
        Refusal::Closed if down() => Some("down"),
        Refusal::Closed => Some("closed"),
        Refusal::UpstreamError(Forwarded::No) => Some("down"),
        Refusal::HitMaxQueue => Some("saturated"),
        Refusal::HitTimeout
        | Refusal::Stopped
        | Refusal::Ending
        | Refusal::UpstreamError(Forwarded::Maybe | Forwarded::Yes)
        | Refusal::UpstreamTimeout
        | Refusal::BadAnswer
        | Refusal::MethodNotAllowed
        | Refusal::BodyTooSlow
        | Refusal::BodyTooLarge
        | Refusal::NoRoom
        | Refusal::HeadTooSlow
        | Refusal::BadBody
        | Refusal::Loop
        | Refusal::Upgrade
        | Refusal::LengthRequired => None,
    }
}

/// Answers that requests are held.
pub(super) async fn answer(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    gate: &'static str,
) -> Ended {
    const STATUS: u16 = 200;
    let keep = keeps(worker, request);
    {
        let mut out = worker.out.borrow_mut();
        out.clear();
        write::status_line(&mut out, STATUS, None);
        out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\n");
        out.extend_from_slice(b"Cache-Control: no-store\r\n");
        write::field(&mut out, b"X-Buffy-Gate", gate.as_bytes());
        worker.write_date(worker.now(), &mut out);
        headers::write_connection(request.head.version(), keep, &mut out);
        write::field_u64(&mut out, b"Content-Length", CONTENT.len() as u64);
        out.extend_from_slice(b"\r\n");
        if !request.head.is_head() {
            out.extend_from_slice(CONTENT);
        }
    }
    let fate = finish(worker, client, request, keep).await;
    Ended {
        outcome: Outcome::Replied,
        status: STATUS,
        fate,
        held: None,
        attempts: 0,
        upstream: None,
    }
}
