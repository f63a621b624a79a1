//! `POST gates/ID/bypass`: a signed value that passes the closed gate.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::fields::Fields;
use super::{upstream, verb};
use crate::admin::problem::Problem;
use crate::admin::routes::{Changer, Shared, pretty};
use crate::admin::wire::Bypass;
use crate::bypass::Signer;
use crate::clock;

/// Where nobody says.
const TTL: Duration = Duration::from_mins(10);

pub(super) async fn bypass(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["ttl"])?;
    let upstream = upstream::find(&shared.control, &id)?;
    let ttl = verb::ttl(&fields)?.unwrap_or(TTL);
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
