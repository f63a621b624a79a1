//! `GET state` and `PUT state`: what responses have set in a session.

use axum::extract::{Request, State};
use axum::response::Response;

use super::fields::{Fields, Query};
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Reader, Shared, pretty};

/// The tree itself, as `PUT` takes it.
pub(super) async fn show(
    _: Reader,
    State(shared): State<Shared>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    fields.only(&["session"])?;
    let session = fields.session("session")?.unwrap_or_default();
    let session = shared.control.answering.sessions.find(&session);
    // Nothing was set yet in one that did not come yet.
    Ok(session.map_or_else(
        || pretty(&serde_json::json!({})),
        |session| pretty(&*session.state()),
    ))
}

/// The whole tree is another one from now on.
pub(super) async fn put(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let (fields, tree) = Fields::beside_object(request).await?;
    fields.only(&["session"])?;
    let session = fields.session("session")?.unwrap_or_default();
    tracing::info!(session, by = caller.name(), "the state of answers is set");
    let session = shared.control.answering.sessions.get(&session);
    let put = session.put_state(tree);
    put.map_err(|error| bad(format!("Nothing was changed: {error}.")))?;
    Ok(pretty(&*session.state()))
}
