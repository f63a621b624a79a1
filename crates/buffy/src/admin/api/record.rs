//! `record/ID`: what an upstream answers is recorded, and becomes a configuration.

use std::time::{Duration, Instant};

use axum::extract::{Path, Request, State};
use axum::response::Response;
use buffy_core::record;

use super::fields::Fields;
use super::{upstream, verb};
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Admin, Shared, pretty};
use crate::admin::wire::record::{Recorded, Recording};

/// Nobody forgets a recording for longer.
const TTL_MAX: Duration = Duration::from_hours(1);

/// What passes holds other people's data: it takes the right to change what runs.
pub(super) async fn start(
    Admin(caller): Admin,
    State(shared): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let ttl = verb::only_ttl(request).await?;
    if ttl > TTL_MAX {
        return Err(bad("`ttl` is more than an hour; write less."));
    }
    let upstream = upstream::find(&shared.control, &id)?;
    upstream.recorder.start(Instant::now() + ttl);
    let seconds = ttl.as_secs();
    tracing::info!(upstream = id, seconds, by = caller.name(), "recording");
    Ok(pretty(&Recording::of(&id, upstream.recorder.recording())))
}

pub(super) async fn show(
    _: Admin,
    State(shared): State<Shared>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let upstream = upstream::find(&shared.control, &id)?;
    Ok(pretty(&Recording::of(&id, upstream.recorder.recording())))
}

pub(super) async fn stop(
    Admin(caller): Admin,
    State(shared): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["folder"])?;
    let folder = fields.text("folder")?.unwrap_or_else(|| "rec".to_owned());
    if !is_name(&folder) {
        return Err(bad(
            "`folder` is no name of a folder; write letters, digits, `-` and `_`.",
        ));
    }
    let upstream = upstream::find(&shared.control, &id)?;
    let (recording, samples) = upstream.recorder.stop();
    tracing::info!(
        upstream = id,
        samples = samples.len(),
        by = caller.name(),
        "a recording was ended"
    );
    let recorded = record::merge(&samples, &id, &folder);
    Ok(pretty(&Recorded::of(&id, recording, recorded)))
}

fn is_name(folder: &str) -> bool {
    !folder.is_empty()
        && folder
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
