//! One hook's deliveries: at least once, in order, until the receiver takes them or says no.

use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};

use super::Pace;
use crate::client::{Address, Call, Client, Reply};

/// Kept of a receiver's answer; only its status counts.
const ANSWER_MAX: usize = 1024;

/// Where a hook's deliveries go, and how patiently.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) hook: &'static str,
    pub(super) client: Client,
    pub(super) to: Address,
    pub(super) pace: Pace,
    pub(super) tally: Arc<crate::outbox::Tally>,
}

/// What a try says about the next one.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Done,
    /// The receiver will not have it, now or later.
    GiveUp(String),
    /// Again, not before so long if the receiver said so.
    Again(String, Option<Duration>),
}

impl Delivery {
    /// Tries until it is done, or the receiver's no is definite: false then.
    ///
    /// `headers` is asked for each try, because a signature covers the time of its own.
    pub(super) async fn deliver(&self, body: Bytes, headers: impl Fn() -> HeaderMap) -> bool {
        let mut wait = self.pace.first;
        loop {
            match self.attempt(body.clone(), headers()).await {
                Next::Done => {
                    self.tally.delivered();
                    return true;
                }
                Next::GiveUp(error) => {
                    self.tally.failed();
                    tracing::error!(
                        hook = self.hook,
                        to = self.to.origin(),
                        error,
                        "a delivery was refused and is given up"
                    );
                    return false;
                }
                Next::Again(error, asked) => {
                    self.tally.failed();
                    let pause = crate::clock::jittered(wait, 20).max(asked.unwrap_or_default());
                    let pause = pause.min(self.pace.longest);
                    tracing::warn!(
                        hook = self.hook,
                        to = self.to.origin(),
                        error,
                        again_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                        "a delivery failed"
                    );
                    tokio::time::sleep(pause).await;
                    wait = wait.saturating_mul(2).min(self.pace.longest);
                }
            }
        }
    }

    async fn attempt(&self, body: Bytes, mut headers: HeaderMap) -> Next {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("buffy/", env!("CARGO_PKG_VERSION"))),
        );
        let call = Call {
            method: Method::POST,
            to: &self.to,
            headers,
            body,
            within: self.pace.one_try,
            body_max: ANSWER_MAX,
        };
        match self.client.send(call).await {
            Ok(reply) => next(&reply),
            Err(error) => Next::Again(error.in_words(), None),
        }
    }
}

/// A redirect is a definite no: it is not followed, and it would not change by itself.
fn next(reply: &Reply) -> Next {
    let error = format!("status {}", reply.status);
    match reply.status {
        200..=299 => Next::Done,
        408 | 429 | 500..=599 => Next::Again(error, retry_after(&reply.headers)),
        _ => Next::GiveUp(error),
    }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3); a date is not worth a clock that may differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}
