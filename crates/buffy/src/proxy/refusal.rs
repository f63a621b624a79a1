//! What Buffy answers when it does not forward: the one place where status codes are chosen.

use std::time::Duration;

use buffy_core::template::Refused;
use buffy_http::write;

use super::body::Fault;
use crate::observe::metrics::Outcome;

/// Why a request is not answered by its upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No place in the queue is free.
    HitMaxQueue,
    /// The hold deadline passed, and nothing was sent.
    HitTimeout,
    /// `bypass`, and the gate is not open.
    Closed,
    /// An operator's stop stands.
    Stopped,
    /// Buffy itself ends and cannot keep holding.
    Ending,
    /// Not answered, and not known whether it was acted on, or known that it was not.
    UpstreamError(Forwarded),
    /// Sent, and no answer in time.
    UpstreamTimeout,
    /// Sent, and the answer was none that can be passed on.
    BadAnswer,
    /// The method is not listed.
    MethodNotAllowed,
    /// The client sends its body too slowly.
    BodyTooSlow,
    /// The body is larger than the endpoint takes.
    BodyTooLarge,
    /// The process has no room left to take the body in.
    NoRoom,
    /// The client's head does not come.
    HeadTooSlow,
    /// The body's framing is broken.
    BadBody,
    /// The request came from this very process.
    Loop,
    /// A WebSocket, which is not built yet.
    Upgrade,
    /// A body without a length for an upstream that takes no chunks.
    LengthRequired,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Framing => Self::BadBody,
            Fault::TooLarge => Self::BodyTooLarge,
        }
    }
}

/// Whether the upstream may have acted on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forwarded {
    No,
    Maybe,
    Yes,
}

impl Forwarded {
    fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Maybe => "maybe",
            Self::Yes => "yes",
        }
    }
}

impl Refusal {
    /// The status code (semantics.md §8).
    pub(super) fn status(self) -> u16 {
        match self {
            Self::HitMaxQueue
            | Self::HitTimeout
            | Self::Closed
            | Self::Stopped
            | Self::Ending
            | Self::NoRoom => 503,
            Self::UpstreamError(_) | Self::BadAnswer => 502,
            Self::UpstreamTimeout => 504,
            Self::MethodNotAllowed => 405,
            Self::BodyTooSlow | Self::HeadTooSlow => 408,
            Self::BodyTooLarge => 413,
            Self::BadBody => 400,
            Self::Loop => 508,
            Self::Upgrade => 501,
            Self::LengthRequired => 411,
        }
    }

    /// The configured response that takes its place.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::HitMaxQueue => Some("hit_max_queue"),
            Self::HitTimeout => Some("hit_timeout"),
            Self::Closed => Some("closed"),
            Self::Stopped => Some("stopped"),
            Self::UpstreamError(_) | Self::BadAnswer => Some("upstream_error"),
            Self::UpstreamTimeout => Some("upstream_timeout"),
            Self::MethodNotAllowed => Some("method_not_allowed"),
            Self::Ending
            | Self::BodyTooSlow
            | Self::BodyTooLarge
            | Self::NoRoom
            | Self::HeadTooSlow
            | Self::BadBody
            | Self::Loop
            | Self::Upgrade
            | Self::LengthRequired => None,
        }
    }

    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::HitMaxQueue => Outcome::HitMaxQueue,
            Self::HitTimeout => Outcome::HitTimeout,
            Self::Closed => Outcome::Closed,
            Self::Stopped => Outcome::Stopped,
            Self::UpstreamError(_) | Self::BadAnswer => Outcome::UpstreamError,
            Self::UpstreamTimeout => Outcome::UpstreamTimeout,
            Self::Ending
            | Self::MethodNotAllowed
            | Self::BodyTooSlow
            | Self::BodyTooLarge
            | Self::NoRoom
            | Self::HeadTooSlow
            | Self::BadBody
            | Self::Loop
            | Self::Upgrade
            | Self::LengthRequired => Outcome::Refused,
        }
    }

    /// What `X-Buffy-Forwarded` says; none where the request never was to be forwarded.
    pub(super) fn forwarded(self) -> Option<&'static str> {
        let forwarded = match self {
            Self::HitMaxQueue | Self::HitTimeout | Self::Closed | Self::Stopped | Self::Ending => {
                Forwarded::No
            }
            Self::UpstreamError(forwarded) => forwarded,
            Self::UpstreamTimeout | Self::BadAnswer => Forwarded::Yes,
            Self::MethodNotAllowed
            | Self::BodyTooSlow
            | Self::BodyTooLarge
            | Self::NoRoom
            | Self::HeadTooSlow
            | Self::BadBody
            | Self::Loop
            | Self::Upgrade
            | Self::LengthRequired => return None,
        };
        Some(forwarded.word())
    }

    /// The rest of the request is not worth waiting for: the connection is closed.
    pub(super) fn closes(self) -> bool {
        matches!(
            self,
            Self::Ending
                | Self::BodyTooSlow
                | Self::BodyTooLarge
                | Self::NoRoom
                | Self::HeadTooSlow
                | Self::BadBody
        )
    }

    /// A later try may do better: `Retry-After` is sent.
    pub(super) fn may_retry(self) -> bool {
        match self {
            Self::HitMaxQueue | Self::HitTimeout | Self::Closed | Self::Stopped | Self::Ending => {
                true
            }
            Self::UpstreamError(_)
            | Self::UpstreamTimeout
            | Self::BadAnswer
            | Self::MethodNotAllowed
            | Self::BodyTooSlow
            | Self::BodyTooLarge
            | Self::NoRoom
            | Self::HeadTooSlow
            | Self::BadBody
            | Self::Loop
            | Self::Upgrade
            | Self::LengthRequired => false,
        }
    }

    /// What it is, for people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::HitMaxQueue => "no place to wait for this upstream is free",
            Self::HitTimeout => "the upstream did not come back in time",
            Self::Closed => "the gate of this upstream is not open",
            Self::Stopped => "this upstream is stopped",
            Self::Ending => "the proxy is stopping",
            Self::UpstreamError(Forwarded::No) => "the upstream could not be reached",
            Self::UpstreamError(_) => {
                "the connection to the upstream was lost; it may have acted on the request"
            }
            Self::UpstreamTimeout => "the upstream did not answer in time",
            Self::BadAnswer => "the upstream's answer was not valid HTTP",
            Self::MethodNotAllowed => "this method is not allowed here",
            Self::BodyTooSlow => "the request's body came too slowly",
            Self::BodyTooLarge => "the request's body is larger than this endpoint takes",
            Self::NoRoom => "there is no room for the request's body now",
            Self::HeadTooSlow => "the request's head came too slowly",
            Self::BadBody => "the request's body is not framed as HTTP/1.1 says",
            Self::Loop => "the request came back to the proxy that forwarded it",
            Self::Upgrade => "WebSocket upgrades are not supported yet",
            Self::LengthRequired => {
                "the upstream speaks HTTP/1.0: send the body with a Content-Length"
            }
        }
    }
}

/// What a refusal says besides its status.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The upstream's id.
    pub(super) gate: Option<String>,
    /// What keeps the request from passing, in a sentence; may be empty.
    pub(super) reason: String,
    /// Whose words these are.
    pub(super) actor: Option<String>,
    /// Since when the gate is not open, by RFC 3339.
    pub(super) since: Option<String>,
    /// Until when, where that is known, by RFC 3339.
    pub(super) until: Option<String>,
    pub(super) waited: Option<Duration>,
    /// The place that it had in the queue when it was turned away, from 1.
    pub(super) position: Option<usize>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
}

impl Said {
    /// For the endpoint's own content.
    pub(super) fn refused(&self, refusal: Refusal) -> Refused<'_> {
        let reason = self.reason.as_str();
        Refused {
            gate: self.gate.as_deref().unwrap_or_default(),
            reason: if reason.is_empty() {
                refusal.title()
            } else {
                reason
            },
            waited: self.waited,
            position: self.position,
            retry_after: self.retry_after,
        }
    }
}

/// Appends the default answer: problem+json (RFC 9457), or a small page where HTML is preferred.
pub(super) fn write_default(
    refusal: Refusal,
    said: &Said,
    html: bool,
    head_only: bool,
    more: &[u8],
    out: &mut Vec<u8>,
) {
    let content = if html {
        page(refusal, said)
    } else {
        problem(refusal, said)
    };
    let content_type: &[u8] = if html {
        b"text/html; charset=utf-8"
    } else {
        b"application/problem+json"
    };
    write::status_line(out, refusal.status(), None);
    write::field(out, b"Content-Type", content_type);
    out.extend_from_slice(more);
    write::field_u64(out, b"Content-Length", content.len() as u64);
    out.extend_from_slice(b"\r\n");
    if !head_only {
        out.extend_from_slice(content.as_bytes());
    }
}

fn problem(refusal: Refusal, said: &Said) -> String {
    let mut problem = serde_json::Map::new();
    let mut put = |name: &str, value: serde_json::Value| problem.insert(name.to_owned(), value);
    put("title", refusal.title().into());
    put("status", refusal.status().into());
    if let Some(name) = refusal.name() {
        put("outcome", name.into());
    }
    let texts = [
        ("gate", said.gate.as_deref()),
        (
            "detail",
            Some(said.reason.as_str()).filter(|reason| !reason.is_empty()),
        ),
        ("actor", said.actor.as_deref()),
        ("since", said.since.as_deref()),
        ("until", said.until.as_deref()),
        ("forwarded", refusal.forwarded()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            put(name, text.into());
        }
    }
    if let Some(waited) = said.waited {
        put("waited_seconds", waited.as_secs_f64().into());
    }
    if let Some(position) = said.position {
        put("position", position.into());
    }
    if let Some(seconds) = said.retry_after {
        put("retry_after_seconds", seconds.into());
    }
    let mut text = serde_json::Value::Object(problem).to_string();
    text.push('\n');
    text
}

fn page(refusal: Refusal, said: &Said) -> String {
    let title = escape(refusal.title());
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{status} {title}</title><h1>{status}</h1><p>{title}.</p>",
        status = refusal.status(),
    );
    let mut say = |sentence: String| {
        page.push_str("<p>");
        page.push_str(&escape(&sentence));
        page.push_str("</p>");
    };
    if !said.reason.is_empty() {
        let gate = said.gate.as_deref().unwrap_or_default();
        say(format!("{gate}: {}.", said.reason));
    }
    if let Some(since) = &said.since {
        say(format!("Since {since}."));
    }
    if let Some(until) = &said.until {
        say(format!("Until {until}."));
    }
    match (said.waited, said.position) {
        (Some(waited), Some(position)) => say(format!(
            "You waited {:.1} s, and were number {position} in the queue.",
            waited.as_secs_f64()
        )),
        (Some(waited), None) => say(format!("You waited {:.1} s.", waited.as_secs_f64())),
        (None, _) => {}
    }
    if let Some(seconds) = said.retry_after {
        say(format!("Try again in {seconds} s."));
    }
    if let Some(forwarded) = refusal.forwarded() {
        say(format!("Forwarded: {forwarded}."));
    }
    page.push_str("</html>\n");
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
