//! `POST /gate?upstream=&action=`: an operator's close, stop or open.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use buffy_core::config::nearest;
use buffy_core::gate::Holds;
use serde::{Deserialize, Serialize};

use super::access::is_json;
use super::problem::Problem;
use super::routes::{Changer, Shared, pretty};
use crate::tasks;
use crate::upstream::{Answer, Order, Upstream};

const BODY_BYTES_MAX: usize = 64 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Of a reason, a message, an actor.
const TEXT_CHARS_MAX: usize = 1000;

/// What is asked, in the query or in a JSON body.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    upstream: Option<String>,
    action: Option<String>,
    reason: Option<String>,
    message: Option<String>,
    actor: Option<String>,
    hold: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Done<'a> {
    upstream: &'a str,
    generation: u64,
    verdict: &'static str,
    reasons: Vec<String>,
    inflight: u64,
    /// False: applied, and forgotten at a restart.
    persisted: bool,
}

/// Moves a gate, and says what it is then.
pub(super) async fn change(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    query: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let Query(from_query) =
        query.map_err(|error| bad(format!("The query: {}.", error.body_text())))?;
    let (parts, body) = request.into_parts();
    let asked = from_query.and(from_body(&parts.headers, body).await?)?;
    let upstream = find(
        &shared.control.present().upstreams,
        asked.upstream.as_deref(),
    )?;
    let order = asked.order(caller.name())?;
    tracing::info!(
        upstream = upstream.id(),
        order = order.word(),
        actor = order.actor(),
        by = caller.name(),
        "an operator's order"
    );
    // It is written to disk before it is answered.
    let moved = Arc::clone(&upstream);
    let answer = tasks::spawn_blocking(move || moved.operate(order))
        .await
        .map_err(|error| {
            tracing::error!(%error, "an operator's order was not carried out");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The order was not carried out.",
            )
        })?;
    Ok(done(upstream.id(), answer))
}

/// HEAD, where GET changes gates: it must not.
pub(super) async fn no_head() -> Response {
    let detail = "HEAD changes nothing. Use POST.";
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response();
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("GET,POST"));
    response
}

impl Asked {
    /// Both together; nothing may be said twice.
    fn and(self, other: Self) -> Result<Self, Problem> {
        fn one<T>(name: &str, a: Option<T>, b: Option<T>) -> Result<Option<T>, Problem> {
            if a.is_some() && b.is_some() {
                return Err(bad(format!(
                    "`{name}` is both in the query and in the body."
                )));
            }
            Ok(a.or(b))
        }
        Ok(Self {
            upstream: one("upstream", self.upstream, other.upstream)?,
            action: one("action", self.action, other.action)?,
            reason: one("reason", self.reason, other.reason)?,
            message: one("message", self.message, other.message)?,
            actor: one("actor", self.actor, other.actor)?,
            hold: one("hold", self.hold, other.hold)?,
        })
    }

    fn order(self, caller: &str) -> Result<Order, Problem> {
        let Self {
            upstream: _,
            action,
            reason,
            message,
            actor,
            hold,
        } = self;
        let actor = plain("actor", actor)?.unwrap_or_else(|| caller.to_owned());
        let reason = plain("reason", reason)?;
        let message = plain("message", message)?;
        let only = |name: &str, given: bool, action: &str| {
            if given {
                Err(bad(format!("`{name}` goes with `action={action}` only.")))
            } else {
                Ok(())
            }
        };
        match action.as_deref() {
            Some("close") => {
                only("message", message.is_some(), "stop")?;
                let holds = which(hold.as_deref())?;
                Ok(Order::Close {
                    actor,
                    reason: reason.unwrap_or_default(),
                    holds,
                })
            }
            Some("stop") => {
                only("hold", hold.is_some(), "close")?;
                // What clients are told is the message; a reason alone will do.
                Ok(Order::Stop {
                    actor,
                    message: message.or(reason).unwrap_or_default(),
                })
            }
            Some("open") => {
                only("message", message.is_some(), "stop")?;
                only("hold", hold.is_some(), "close")?;
                Ok(Order::Open {
                    actor,
                    reason: reason.unwrap_or_default(),
                })
            }
            Some(other) => Err(bad(format!(
                "`action` is `{other}`; it is one of open, close and stop."
            ))),
            None => Err(bad("`action` is missing: one of open, close and stop.")),
        }
    }
}

async fn from_body(fields: &HeaderMap, body: Body) -> Result<Asked, Problem> {
    let bytes = read(body).await?;
    if bytes.is_empty() {
        return Ok(Asked::default());
    }
    if !is_json(fields) {
        let detail = "The body must be `application/json`, or left out: everything may be said in \
                      the query.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    serde_json::from_slice(&bytes).map_err(|error| bad(format!("The body: {error}.")))
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            let detail = "The body is longer than 64 KiB.";
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail))
        }
        Ok(Err(error)) => Err(bad(format!("The body could not be read: {error}."))),
        Err(_) => {
            let detail = "The body did not come within 10 s.";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn find(upstreams: &[Arc<Upstream>], id: Option<&str>) -> Result<Arc<Upstream>, Problem> {
    let ids = || upstreams.iter().map(|upstream| upstream.id());
    let Some(id) = id else {
        let all = ids().collect::<Vec<_>>().join(", ");
        return Err(bad(format!("`upstream` is missing. There are: {all}.")));
    };
    upstreams
        .iter()
        .find(|upstream| upstream.id() == id)
        .cloned()
        .ok_or_else(|| {
            let hint = nearest(id, ids()).map_or_else(
                || format!("There are: {}.", ids().collect::<Vec<_>>().join(", ")),
                |meant| format!("Did you mean `{meant}`?"),
            );
            let detail = format!("There is no upstream `{id}`. {hint}");
            Problem::new(StatusCode::NOT_FOUND, detail)
        })
}

fn which(hold: Option<&str>) -> Result<Holds, Problem> {
    match hold {
        None | Some("all") => Ok(Holds::All),
        Some("writes") => Ok(Holds::Writes),
        Some(other) => Err(bad(format!(
            "`hold` is `{other}`; it is `all` or `writes`."
        ))),
    }
}

/// A text that may be shown in one line; an empty one is none.
fn plain(name: &str, text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().any(char::is_control) {
        return Err(bad(format!("`{name}` holds control characters.")));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(bad(format!(
            "`{name}` is longer than {TEXT_CHARS_MAX} characters."
        )));
    }
    Ok(Some(text))
}

fn done(upstream: &str, answer: Answer) -> Response {
    let Answer {
        generation,
        verdict,
        reasons,
        inflight,
        persisted,
    } = answer;
    pretty(&Done {
        upstream,
        generation,
        verdict,
        reasons,
        inflight,
        persisted,
    })
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}
