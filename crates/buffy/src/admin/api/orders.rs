//! `POST gates/ID/close`, `open` and `stop`, and `/gate?upstream=&action=`, their short form.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::fields::Fields;
use super::verb::Verb;
use super::{condition, upstream};
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Shared, pretty};
use crate::tasks;
use crate::upstream::{Answer, Order, OrderError, Upstream};

/// What came of an order.
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

/// `POST gates/ID/VERB`.
pub(super) async fn order(
    verb: Verb,
    Changer(caller): Changer,
    State(shared): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let wanted = condition::wanted(&shared.control, request.headers())?;
    let fields = Fields::of(request).await?;
    let upstream = upstream::find(&shared.control, &id)?;
    let order = verb.order(&fields, caller.name())?;
    condition::meets(&upstream, wanted.as_deref())?;
    obey(&upstream, order, caller.name()).await
}

/// `POST /gate?upstream=ID&action=VERB`.
pub(in crate::admin) async fn short(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    let Some(id) = fields.text("upstream")? else {
        let all = upstream::ids(&shared.control).join(", ");
        return Err(bad(format!("`upstream` is missing. There are: {all}.")));
    };
    let upstream = upstream::find(&shared.control, &id)?;
    let verb = fields
        .word("action", &Verb::NAMED)?
        .ok_or_else(|| bad("`action` is missing; write one of `close`, `open`, `stop`."))?;
    let order = verb.order(&fields.without(&["upstream", "action"]), caller.name())?;
    obey(&upstream, order, caller.name()).await
}

/// HEAD, where GET changes gates: it must not.
pub(in crate::admin) async fn no_head() -> Response {
    let detail = "HEAD changes nothing. Use POST.";
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response();
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("GET,POST"));
    response
}

async fn obey(upstream: &Arc<Upstream>, order: Order, by: &str) -> Result<Response, Problem> {
    tracing::info!(
        upstream = upstream.id(),
        order = order.word(),
        actor = order.actor(),
        by,
        "an operator's order"
    );
    // It is written to disk before it is answered.
    let moved = Arc::clone(upstream);
    let answer = tasks::spawn_blocking(move || moved.operate(order)).await;
    let answer = answer.map_err(|error| {
        tracing::error!(%error, "an operator's order was not carried out");
        let detail = "The order was not carried out.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })?;
    match answer {
        Ok(answer) => Ok(done(upstream.id(), answer)),
        Err(OrderError::Rejected(rejected)) => {
            Err(Problem::new(StatusCode::CONFLICT, format!("{rejected}.")))
        }
        Err(error @ OrderError::Random { .. }) => {
            tracing::error!(%error, "an operator's order was not carried out");
            let detail = "The system gives no random bytes.";
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail))
        }
    }
}

fn done(upstream: &str, answer: Answer) -> Response {
    let Answer {
        generation,
        verdict,
        reasons,
        inflight,
        persisted,
        ..
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
