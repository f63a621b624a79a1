//! `POST push/ENDPOINT`: an event for the open streams of an endpoint.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use buffy_core::stream::Pushed;
use serde_json::Value;

use super::endpoint;
use super::fields::Fields;
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Shared, pretty};
use crate::admin::wire::Reached;

pub(super) async fn push(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (fields, event) = Fields::beside_object(request).await?;
    fields.only(&["session"])?;
    let session = fields.session("session")?;
    endpoint::find(&shared.control, &id)?;
    let event = Pushed::read(&Value::Object(event)).map_err(|error| bad(format!("{error}.")))?;
    let hubs = &shared.control.answering.hubs;
    // Where no stream was ever opened, none is open.
    let reached = hubs.push(&id, session.as_deref(), event).unwrap_or(0);
    tracing::info!(
        endpoint = id,
        reached,
        by = caller.name(),
        "an event is pushed"
    );
    Ok(pretty(&Reached { reached }))
}
