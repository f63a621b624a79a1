//! `POST reload`: the configuration's file is read anew, checked and applied.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::fields::Fields;
use crate::admin::problem::Problem;
use crate::admin::routes::{Admin, Shared, pretty};
use crate::admin::wire::Reloaded;
use crate::reload::Refused;

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
