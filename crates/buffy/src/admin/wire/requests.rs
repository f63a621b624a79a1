//! `GET requests`: what was asked of the endpoints that Buffy answers itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use buffy_core::config::Config;
use serde::Serialize;
use serde_json::Value;

use super::Now;
use crate::clock;
use crate::journal::{Closest, Seen};

/// What was asked.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Requests {
    /// Of those that are meant: all since the last reset, listed or not.
    pub(in crate::admin) count: u64,
    /// The newest first.
    pub(in crate::admin) requests: Vec<Asked>,
}

/// How many came, where somebody waited for some.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Came {
    /// All since the last reset.
    pub(in crate::admin) count: u64,
}

/// One request.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Asked {
    /// When its head was whole. RFC 3339.
    at: String,
    /// Absent: the shared one.
    #[serde(skip_serializing_if = "String::is_empty")]
    session: String,
    /// Absent where none took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    /// By its name; absent where none of the endpoint's was for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<String>,
    /// Absent where none was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    method: String,
    /// As received, path and query; secrets are hidden.
    target: String,
    /// The address that it came from.
    client: String,
    /// In the order in which they came; secrets are hidden.
    headers: Vec<Header>,
    /// Where it was taken in, and is text; the first 16 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The same where it is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    /// Of all of the body, where it was taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_bytes: Option<usize>,
    /// The client went on with a stream that it had before (`Last-Event-ID`).
    resumed: bool,
    /// Where nothing matched: what came nearest.
    #[serde(skip_serializing_if = "Option::is_none")]
    closest: Option<Nearest>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Header {
    name: String,
    value: String,
}

/// The response that came nearest.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Nearest {
    endpoint: String,
    response: String,
    /// The first term that did not hold, as written.
    failed: String,
    /// What the request has there, any JSON; secrets are hidden.
    got: Value,
    /// Where the response stands in the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

impl Asked {
    pub(in crate::admin) fn of(seen: Seen, now: Now) -> Self {
        let named = |name: &str| {
            Some(name)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
        };
        let headers = seen.fields.into_iter();
        let taken_in = seen.body.is_some();
        let (body, other) = match seen.body.map(String::from_utf8) {
            None => (None, None),
            Some(Ok(text)) => (Some(text), None),
            // Of a text that is cut inside a character, the rest is text.
            Some(Err(error)) if seen.body_bytes > error.as_bytes().len() && is_cut(&error) => {
                let text = String::from_utf8_lossy(error.as_bytes());
                (Some(text.trim_end_matches('\u{fffd}').to_owned()), None)
            }
            Some(Err(error)) => (None, Some(STANDARD.encode(error.as_bytes()))),
        };
        Self {
            at: now.at(clock::moment(seen.arrived)),
            session: seen.session,
            endpoint: named(&seen.endpoint),
            response: named(&seen.response),
            status: Some(seen.status).filter(|status| *status > 0),
            method: seen.method,
            target: seen.target,
            client: seen.peer.to_string(),
            headers: headers
                .map(|(name, value)| Header { name, value })
                .collect(),
            body,
            body_base64: other,
            body_bytes: taken_in.then_some(seen.body_bytes),
            resumed: seen.resumes,
            closest: seen.closest.map(Nearest::from),
        }
    }

    /// The same, with the line of the response that came nearest.
    pub(in crate::admin) fn placed(mut self, config: &Config) -> Self {
        if let Some(closest) = &mut self.closest {
            let endpoints = config.endpoints.iter();
            let mut responses = endpoints
                .filter(|endpoint| endpoint.id == closest.endpoint)
                .flat_map(|endpoint| &endpoint.responses);
            let response = responses.find(|response| response.name == closest.response);
            closest.line = response.map(|response| response.line);
        }
        self
    }
}

/// Only what is at its end is no text.
fn is_cut(error: &std::string::FromUtf8Error) -> bool {
    error.utf8_error().error_len().is_none()
}

impl From<Closest> for Nearest {
    fn from(closest: Closest) -> Self {
        let Closest {
            endpoint,
            response,
            failed,
            got,
        } = closest;
        Self {
            endpoint,
            response,
            failed,
            got,
            line: None,
        }
    }
}
