//! `POST gates/ID/close`, `open`, `stop` and `renew`, `PUT gates/ID/expect_version`, and
//! `/gate?upstream=&action=`, the short form of the first three.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use buffy_core::gate::Token;

use super::fields::Fields;
use super::verb::Verb;
use super::{condition, upstream};
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Shared, pretty};
use crate::admin::serve::Life;
use crate::admin::wire::Done;
use crate::tasks;
use crate::upstream::{Answer, Order, OrderError, Upstream};

/// Between a drain's end and the end of its answer.
const ANSWERED: Duration = Duration::from_secs(10);

/// `POST gates/ID/VERB`.
pub(super) async fn order(
    verb: Verb,
    Changer(caller): Changer,
    State(shared): State<Shared>,
    Extension(life): Extension<Life>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let wanted = condition::wanted(&shared.control, request.headers())?;
    let fields = Fields::of(request).await?;
    let upstream = upstream::find(&shared.control, &id)?;
    let order = verb.order(&fields, caller.name())?;
    let done = obey(order, upstream, wanted, &life, caller.name()).await?;
    Ok(answered(&shared, &done))
}

/// `POST /gate?upstream=ID&action=VERB`.
pub(in crate::admin) async fn short(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    Extension(life): Extension<Life>,
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
    let done = obey(order, upstream, wanted, &life, caller.name()).await?;
    Ok(answered(&shared, &done))
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

fn answered(shared: &Shared, done: &Done) -> Response {
    condition::tagged(&shared.control, done.generation(), pretty(done))
}

async fn obey(
    order: Order,
    upstream: Arc<Upstream>,
    wanted: Option<Vec<u64>>,
    life: &Life,
    by: &str,
) -> Result<Done, Problem> {
    let (drain, cut) = (order.drain(), order.cuts());
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
    match answer.token.clone().filter(|_| cut || !drain.is_zero()) {
        Some(token) => {
            life.lasts(drain + ANSWERED);
            drained(upstream, answer, token, (drain, cut)).await
        }
        None => Ok(Done::of(&upstream, answer)),
    }
}

/// Waits until nothing that the close holds is on its way, and tells what is left where that takes
/// too long. The close stands in both cases.
async fn drained(
    upstream: Arc<Upstream>,
    answer: Answer,
    token: Token,
    (window, cut): (Duration, bool),
) -> Result<Done, Problem> {
    // A task of its own: the lease begins at its end, also where whoever asked has gone.
    let waiting = Arc::clone(&upstream);
    let drain = async move {
        let (drained, cut) = if cut {
            waiting.drain_or_cut(&token, window).await
        } else {
            (waiting.drain(&token, window).await, None)
        };
        (drained, cut, waiting.until_ms(&token))
    };
    let (drained, cut, until_ms) = tasks::spawn("drain", drain).await.map_err(|error| {
        tracing::error!(%error, "a drain was not waited for");
        let detail = "The gate is closed, and its drain could not be waited for.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })?;
    let done = Done::of(&upstream, answer).drained(&upstream, drained, cut, until_ms);
    if drained.is_quiet() {
        return Ok(done);
    }
    let id = upstream.id();
    let detail = if drained.stands {
        format!(
            "{} still on the way to `{id}` after {} s. The close stands.",
            drained.inflight,
            window.as_secs_f64()
        )
    } else {
        format!("The close of `{id}` was lifted before all was quiet.")
    };
    Err(Problem::new(StatusCode::CONFLICT, detail).with(&done))
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
            OrderError::TakenOver => {
                let detail = "Nothing was done: another Buffy is taking over. Ask again in a \
                              second.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
            }
            OrderError::Random { source } => {
                tracing::error!(error = %source, "an order was not carried out: no random bytes");
                let detail = "Nothing was done: the system gives no random bytes for a token.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
            }
        }
    }
}
