//! A request is made after an answer, and made again where it fails.

use std::time::Duration;

use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::run::Doer;
use super::{Call, DEPTH_FIELD, Errand};
use crate::client::{self, Address};

/// From the look-up to the answer's last byte; of each try.
const WITHIN: Duration = Duration::from_secs(30);
/// Kept of the answer; only its status counts.
const ANSWER_BYTES_MAX: usize = 1024;
/// Before the first repeat; doubled with each.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// Between two tries at most.
const PAUSE_LONGEST: Duration = Duration::from_secs(30);

/// Why a call cannot be made, now or later.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("it has no usable URL")]
    Url { source: client::UrlError },
    #[error("`{name}` is no header field: its name or its value is not allowed")]
    Field { name: String },
    #[error("`{method}` is no method")]
    Method { method: &'static str },
}

impl Doer {
    /// Makes a call, and makes it again as often as it says; true once it was answered with less
    /// than 500.
    pub(super) async fn call(&self, errand: &Errand, call: &Call) -> bool {
        self.clock.wait(call.after).await;
        let (to, method, headers) = match prepared(errand, call) {
            Ok(prepared) => prepared,
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tell(
                    errand,
                    "",
                    &format!("{error}: {}", source.unwrap_or_default()),
                );
                return false;
            }
        };
        let mut pause = PAUSE_FIRST;
        for left in (0..=call.retry).rev() {
            let failure = self
                .attempt(call, &to, method.clone(), headers.clone())
                .await;
            let Some(failure) = failure else {
                return true;
            };
            tell(errand, &to.origin(), &failure);
            if left > 0 {
                self.clock.sleep(pause).await;
                pause = pause.saturating_mul(2).min(PAUSE_LONGEST);
            }
        }
        false
    }

    /// One try: why it failed, if it did.
    async fn attempt(
        &self,
        call: &Call,
        to: &Address,
        method: Method,
        headers: HeaderMap,
    ) -> Option<String> {
        let sent = self.client.send(client::Call {
            method,
            to,
            headers,
            body: call.body.clone(),
            within: WITHIN,
            body_max: ANSWER_BYTES_MAX,
        });
        match sent.await {
            Ok(reply) if reply.status < 500 => None,
            Ok(reply) => Some(format!("status {}", reply.status)),
            Err(error) => Some(error.in_words()),
        }
    }
}

fn prepared(errand: &Errand, call: &Call) -> Result<(Address, Method, HeaderMap), CallError> {
    let to = Address::parse(&call.url).map_err(|source| CallError::Url { source })?;
    let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| CallError::Method {
        method: call.method,
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("buffy/", env!("CARGO_PKG_VERSION"))),
    );
    if let Some(content_type) = call.content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    let mut own = HeaderMap::new();
    for (name, value) in &call.headers {
        let field = name.parse::<HeaderName>().ok().zip(value.parse().ok());
        let (name, value): (_, HeaderValue) =
            field.ok_or_else(|| CallError::Field { name: name.clone() })?;
        own.append(name, value);
    }
    // In place of ours; those of one name all stay.
    headers.extend(own);
    // Last, so that no configuration takes the count away.
    let depth = HeaderValue::from(u16::from(errand.depth) + 1);
    headers.insert(HeaderName::from_static(DEPTH_LOWER), depth);
    Ok((to, method, headers))
}

/// As `hyper` wants it.
const DEPTH_LOWER: &str = "x-buffy-depth";
const _: () = assert!(DEPTH_LOWER.eq_ignore_ascii_case(DEPTH_FIELD));

/// By origin: a path may hold a secret.
fn tell(errand: &Errand, to: &str, error: &str) {
    tracing::warn!(
        endpoint = errand.endpoint,
        response = errand.response,
        to,
        error,
        "a call after an answer failed"
    );
}
