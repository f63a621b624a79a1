//! `POST reload`: the configuration's file is read anew, checked and applied.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use buffy_core::config::{Changes, Difference};
use serde::Serialize;

use super::fields::Fields;
use crate::admin::problem::Problem;
use crate::admin::routes::{Admin, Shared, pretty};
use crate::reload::Refused;

/// What a reload changed, by id.
#[derive(Debug, Serialize)]
struct Reloaded {
    listeners: Ids,
    upstreams: Ids,
    endpoints: Ids,
    /// Settings of the whole process that changed and are applied.
    settings: Vec<&'static str>,
    /// Settings that changed in the file, and stay as they were until a restart.
    needs_restart: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Ids {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

pub(super) async fn reload(
    Admin(caller): Admin,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["force"])?;
    let force = fields.flag("force")?;
    tracing::info!(force, by = caller.name(), "a reload is asked for");
    let changes = shared.control.reloads.ask(force).await?;
    Ok(pretty(&Reloaded::from(changes)))
}

impl From<Changes> for Reloaded {
    fn from(changes: Changes) -> Self {
        let Changes {
            listeners,
            upstreams,
            endpoints,
            settings,
            needs_restart,
        } = changes;
        Self {
            listeners: listeners.into(),
            upstreams: upstreams.into(),
            endpoints: endpoints.into(),
            settings,
            needs_restart,
        }
    }
}

impl From<Difference> for Ids {
    fn from(difference: Difference) -> Self {
        let Difference {
            added,
            changed,
            removed,
        } = difference;
        Self {
            added,
            changed,
            removed,
        }
    }
}

/// Why nothing was changed: what runs, runs on as it was.
impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (status, why) = match &refused {
            // Lines of their own, as `buffy check` tells them.
            Refused::Wrong { .. } => (StatusCode::UNPROCESSABLE_ENTITY, refused.to_string()),
            Refused::Unread { .. } => (StatusCode::UNPROCESSABLE_ENTITY, format!("{refused}.")),
            Refused::Operated { .. } => (StatusCode::CONFLICT, format!("{refused}.")),
            Refused::Unavailable { source } => {
                (StatusCode::CONFLICT, format!("{refused}: {source}."))
            }
            Refused::Stopping => (StatusCode::SERVICE_UNAVAILABLE, format!("{refused}.")),
        };
        Self::new(status, format!("Nothing was changed: {why}"))
    }
}
