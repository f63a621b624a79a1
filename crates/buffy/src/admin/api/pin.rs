//! `PUT use` and `DELETE use`: an endpoint's answer, whatever its rules say.

use std::num::NonZeroU64;

use axum::extract::{Request, State};
use axum::response::Response;
use buffy_core::reply::Pin;

use super::endpoint;
use super::fields::Fields;
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Shared, pretty};
use crate::admin::wire::Pinned;

pub(super) async fn put(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["endpoint", "response", "times", "session"])?;
    let times = fields.count("times")?.map(|times| times as u64);
    let Some(response) = fields.text("response")? else {
        let detail = "`response` is missing: the name of the one that is served from now on. \
                      `DELETE` lets the rules choose again.";
        return Err(bad(detail));
    };
    let pinned = Pinned {
        endpoint: named(&shared, &fields, Some(&response))?,
        response: Some(response.clone()),
        times,
        session: fields.session("session")?.unwrap_or_default(),
    };
    tracing::info!(?pinned, by = caller.name(), "an answer is pinned");
    let pin = Pin {
        response,
        left: times.and_then(NonZeroU64::new),
    };
    let sessions = &shared.control.answering.sessions;
    sessions.pin(&pinned.session, &pinned.endpoint, Some(pin));
    Ok(pretty(&pinned))
}

pub(super) async fn delete(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["endpoint", "session"])?;
    let pinned = Pinned {
        endpoint: named(&shared, &fields, None)?,
        response: None,
        times: None,
        session: fields.session("session")?.unwrap_or_default(),
    };
    tracing::info!(?pinned, by = caller.name(), "an answer is pinned no longer");
    let sessions = &shared.control.answering.sessions;
    sessions.pin(&pinned.session, &pinned.endpoint, None);
    Ok(pretty(&pinned))
}

fn named(shared: &Shared, fields: &Fields, response: Option<&str>) -> Result<String, Problem> {
    let Some(id) = fields.text("endpoint")? else {
        return Err(bad(
            "`endpoint` is missing: the id of the one that is meant.",
        ));
    };
    let found = endpoint::find(&shared.control, &id)?;
    response.map_or(Ok(()), |response| found.has_written(response))?;
    Ok(id)
}
