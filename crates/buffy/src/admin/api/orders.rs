//! `POST gates/ID/close`, `open`, `stop` and `renew`, `PUT gates/ID/expect_version`, and
//! `/gate?upstream=&action=`, the short form of the first three.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::fields::Fields;
use super::verb::Verb;
use super::{condition, upstream};
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Shared, pretty};
use crate::admin::wire::Done;
use crate::tasks;
use crate::upstream::{Order, OrderError, Upstream};

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
    obey(order, upstream, wanted, caller.name()).await
}

/// `POST /gate?upstream=ID&action=VERB`.
pub(in crate::admin) async fn short(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let wanted = condition::wanted(&shared.control, request.headers())?;
    let fields = Fields::of(request).await?;
    let Some(id) = fields.text("upstream")? else {
        let all = upstream::ids(&shared.control).join(", ");
        return Err(bad(format!("`upstream` is missing. There are: {all}.")));
    };
    let upstream = upstream::find(&shared.control, &id)?;
    let verb = fields
        .word("action", &Verb::SHORT)?
        .ok_or_else(|| bad("`action` is missing; write one of `close`, `open`, `stop`."))?;
    let fields = fields.without(&["upstream", "action"]);
    let order = verb.order(&fields, caller.name())?;
    obey(order, upstream, wanted, caller.name()).await
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

async fn obey(
    order: Order,
    upstream: Arc<Upstream>,
    wanted: Option<Vec<u64>>,
    by: &str,
) -> Result<Response, Problem> {
    tracing::info!(
        upstream = upstream.id(),
        order = order.word(),
        actor = order.actor(),
        by,
        "an operator's order"
    );
    // It is written to disk before it is answered.
    let moved = Arc::clone(&upstream);
    let answer = tasks::spawn_blocking(move || moved.operate(order, wanted.as_deref()));
    let answer = answer.await.map_err(|error| {
        tracing::error!(%error, "an operator's order was not carried out");
        let detail = "The order was not carried out.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })??;
    Ok(pretty(&Done::of(&upstream, answer)))
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Rejected(rejected) => Self::new(
                StatusCode::CONFLICT,
                format!("Nothing was done: {rejected}."),
            ),
            OrderError::Moved => {
                let detail = "The gate has changed since it was looked at: nothing was done. Look \
                              at it again, and send the new `ETag` as `If-Match`.";
                Self::new(StatusCode::PRECONDITION_FAILED, detail)
            }
            OrderError::Random { source } => {
                tracing::error!(error = %source, "an order was not carried out: no random bytes");
                let detail = "Nothing was done: the system gives no random bytes for a token.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
            }
        }
    }
}
