//! `POST gates/ID/bypass`: a signed value that passes the closed gate.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{upstream, verb};
use crate::admin::problem::Problem;
use crate::admin::routes::{Changer, Shared, pretty};
use crate::admin::wire::Bypass;
use crate::bypass::Signer;
use crate::clock;

pub(super) async fn bypass(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let ttl = verb::only_ttl(request).await?;
    let upstream = upstream::find(&shared.control, &id)?;
    let signer = Signer::of(upstream.settings()).ok_or_else(|| {
        let detail = format!(
            "`{id}` takes no bypass; write `gate: {{bypass: {{secret: …}}}}` at it in the \
             configuration."
        );
        Problem::new(StatusCode::CONFLICT, detail)
    })?;
    // Whole seconds, and no fewer than were asked for.
    let expires = Duration::from_millis(clock::unix_ms()) + ttl + Duration::from_millis(999);
    tracing::info!(
        upstream = id,
        seconds = ttl.as_secs(),
        by = caller.name(),
        "a bypass was signed"
    );
    Ok(pretty(&Bypass::of(&id, &signer, expires.as_secs(), ttl)))
}
