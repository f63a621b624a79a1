//! Errors as `application/problem+json` (RFC 9457): what is wrong, and what to do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::access::Refusal;

/// An answer that is no.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    challenge: Option<&'static str>,
    /// Members of its own beside the common ones (RFC 9457, section 3.2).
    more: Option<Value>,
}

#[derive(Serialize)]
struct Body<'a> {
    status: u16,
    title: &'a str,
    detail: &'a str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<&'a Value>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            challenge: None,
            more: None,
        }
    }

    /// The same, with what else there is to tell: an object.
    pub(super) fn with(self, more: &impl Serialize) -> Self {
        Self {
            more: serde_json::to_value(more).ok(),
            ..self
        }
    }

    #[cfg(test)]
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

/// What was asked is not understood, and what to write instead.
pub(super) fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status(),
            detail: refusal.detail().to_owned(),
            challenge: refusal.challenge(),
            more: None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            status: self.status.as_u16(),
            title: self.status.canonical_reason().unwrap_or("Error"),
            detail: &self.detail,
            more: self.more.as_ref(),
        };
        // People read it as it comes, beside their prompt.
        let text = serde_json::to_string_pretty(&body).unwrap_or_default() + "\n";
        let media = (header::CONTENT_TYPE, "application/problem+json");
        let mut response = (self.status, [media], text).into_response();
        let fields = response.headers_mut();
        if let Some(challenge) = self.challenge {
            fields.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        response
    }
}
