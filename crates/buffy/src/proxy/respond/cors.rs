//! Browsers ask before they send to another origin (Fetch §3.2.2): where an endpoint says so, it is
//! always granted.

use buffy_http::write;

use crate::proxy::client::Client;
use crate::proxy::exchange::Ended;
use crate::proxy::headers;
use crate::proxy::request::Request;
use crate::proxy::send::{finish, keeps};
use crate::proxy::site::Endpoint;
use crate::proxy::worker::Worker;

const ASKED_METHOD: &str = "access-control-request-method";
const ASKED_FIELDS: &str = "access-control-request-headers";

/// The request is one that a browser sends first, and the endpoint leaves the answer to us.
pub(super) fn is_preflight(request: &Request, endpoint: &Endpoint) -> bool {
    let settings = &endpoint.settings;
    settings.kind.answers().is_some_and(|answers| answers.cors)
        && request.head.method() == "OPTIONS"
        && !settings.methods.iter().any(|method| method == "OPTIONS")
        && request.head.get(ASKED_METHOD).is_some()
}

/// Grants what is asked.
pub(super) async fn preflight(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    endpoint: &Endpoint,
) -> Ended {
    const STATUS: u16 = 204;

    let keep = keeps(worker, request);
    {
        let mut out = worker.out.borrow_mut();
        let out = &mut *out;
        out.clear();
        write::status_line(out, STATUS, None);
        write::field(out, b"Access-Control-Allow-Origin", b"*");
        let methods = endpoint.settings.methods.join(", ");
        let asked = request.head.get(ASKED_METHOD).unwrap_or_default();
        let methods = if methods.is_empty() {
            asked
        } else {
            methods.as_bytes()
        };
        write::field(out, b"Access-Control-Allow-Methods", methods);
        if let Some(fields) = request.head.get(ASKED_FIELDS) {
            write::field(out, b"Access-Control-Allow-Headers", fields);
        }
        write::field(out, b"Access-Control-Max-Age", b"600");
        let id = endpoint.settings.id.as_bytes();
        write::field(out, b"X-Buffy-Endpoint-ID", id);
        worker.write_date(request.arrived, out);
        headers::write_connection(request.head.version(), keep, out);
        out.extend_from_slice(b"\r\n");
    }
    Ended::replied(STATUS, finish(worker, client, request, keep).await)
}
