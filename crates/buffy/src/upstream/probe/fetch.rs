//! A document over a fresh connection, and what is said where there is none.

use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CACHE_CONTROL, HeaderMap, HeaderValue, USER_AGENT};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::client::{Address, Call, Client, ClientError, Reply};
use crate::upstream::address::{Addresses, ConnectError};

/// Of a document's body; what is longer is not read, and not judged.
const BODY_MAX: usize = 256 * 1024;
/// Kept of a body for people.
const SHOWN: usize = 200;

/// Why a look found nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// One word of few, for metrics.
    pub(super) reason: &'static str,
    /// For people.
    pub(super) text: String,
    /// A failure of this machine: no evidence.
    pub(super) local: bool,
}

impl Failure {
    pub(super) fn new(reason: &'static str, text: String) -> Self {
        Self {
            reason,
            text,
            local: false,
        }
    }

    pub(super) fn timed_out(after: Duration) -> Self {
        Self::new("timed_out", format!("timed out after {after:?}"))
    }
}

/// Connects within a look's time.
pub(super) async fn connect(addresses: &Addresses, within: Duration) -> Result<TcpStream, Failure> {
    addresses
        .connect(Instant::now() + within)
        .await
        .map_err(|error| {
            let reason = match error {
                ConnectError::Refused { .. } => "refused",
                ConnectError::Unreachable { .. } => "unreachable",
                ConnectError::TimedOut { .. } => return Failure::timed_out(within),
                ConnectError::NoSuchHost { .. } => "no_such_host",
                ConnectError::Local { .. } => "local",
            };
            Failure {
                reason,
                text: error.in_words(),
                local: error.is_local(),
            }
        })
}

/// Asks for a document: a fresh connection, no redirect followed, no answer from a cache.
pub(super) async fn fetch(
    client: &Client,
    addresses: &Addresses,
    to: &Address,
    within: Duration,
) -> Result<Reply, Failure> {
    let whole = async {
        let stream = connect(addresses, within).await?;
        let mut headers = HeaderMap::new();
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("buffy-probe/", env!("CARGO_PKG_VERSION"))),
        );
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let call = Call {
            method: Method::GET,
            to,
            headers,
            body: Bytes::new(),
            within,
            body_max: BODY_MAX,
        };
        client
            .send_over(stream, call)
            .await
            .map_err(|error| failure(&error, within))
    };
    let reply = tokio::time::timeout(within, whole)
        .await
        .unwrap_or_else(|_| Err(Failure::timed_out(within)))?;
    if reply.cut {
        return Err(Failure::new(
            "body",
            "the body is longer than 256 KiB".to_owned(),
        ));
    }
    Ok(reply)
}

/// The first bytes of a body, for people.
pub(super) fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(
        body.split_at_checked(SHOWN)
            .map_or(body, |(first, _)| first),
    )
    .into_owned()
}

fn failure(error: &ClientError, within: Duration) -> Failure {
    let reason = match error {
        ClientError::TimedOut { .. } => return Failure::timed_out(within),
        ClientError::Connect { .. } => "unreachable",
        ClientError::Roots { .. } => {
            return Failure {
                reason: "local",
                text: error.in_words(),
                local: true,
            };
        }
        ClientError::ServerName { .. } | ClientError::Tls { .. } => "tls",
        ClientError::Exchange { .. } => "broken",
    };
    Failure::new(reason, error.in_words())
}
