//! What Buffy says of itself meanwhile, asked as anybody would: `GET /status` of its admin API.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;

use super::message;

/// An admin API that takes longer is shown as silent.
const PATIENCE: Duration = Duration::from_millis(500);

/// Of the one upstream.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Status {
    /// `open`, `closed`, `down`, `stopped`, or `unknown`.
    pub(super) gate: String,
    pub(super) held: Held,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Held {
    pub(super) now: usize,
    pub(super) oldest_seconds: f64,
}

#[derive(Deserialize)]
struct Document {
    upstreams: Vec<Status>,
}

impl Status {
    /// None where the admin API does not answer.
    pub(super) async fn read(admin: SocketAddr) -> Option<Self> {
        let request =
            format!("GET /_admin/status HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
        let asked = timeout(PATIENCE, message::ask(admin, request.as_bytes()));
        let answer = asked.await.ok()?.ok()?;
        let document: Document = serde_json::from_slice(answer.body()).ok()?;
        document.upstreams.into_iter().next()
    }
}
