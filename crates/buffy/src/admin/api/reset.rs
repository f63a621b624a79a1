//! `POST reset`: what was asked of a session, or of all, is forgotten.

use axum::extract::{Request, State};
use axum::response::Response;

use super::fields::Fields;
use crate::admin::problem::Problem;
use crate::admin::routes::{Changer, Shared, pretty};
use crate::admin::wire::Reset;

pub(super) async fn reset(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["session"])?;
    let session = fields.session("session")?;
    tracing::info!(session, by = caller.name(), "answers begin anew");
    let answering = &shared.control.answering;
    // What was asked before is counted in neither, whatever comes meanwhile.
    answering.sessions.reset(session.as_deref());
    answering.journal.reset(session.as_deref());
    Ok(pretty(&Reset { session }))
}
