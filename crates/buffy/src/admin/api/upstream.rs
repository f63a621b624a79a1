//! The upstream that is meant.

use std::sync::Arc;

use axum::http::StatusCode;
use buffy_core::config::nearest;

use crate::admin::Control;
use crate::admin::problem::Problem;
use crate::upstream::Upstream;

/// The upstream of this id.
pub(super) fn find(control: &Control, id: &str) -> Result<Arc<Upstream>, Problem> {
    let present = control.present();
    let mut all = present.upstreams.iter();
    let found = all.find(|upstream| upstream.id() == id);
    found.cloned().ok_or_else(|| {
        let ids = ids(control);
        let hint = nearest(id, ids.iter().map(String::as_str)).map_or_else(
            || format!("There are: {}.", ids.join(", ")),
            |meant| format!("Did you mean `{meant}`?"),
        );
        let detail = format!("There is no upstream `{id}`. {hint}");
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}

/// The ids of all, in the order of the configuration.
pub(super) fn ids(control: &Control) -> Vec<String> {
    let present = control.present();
    let all = present.upstreams.iter();
    all.map(|upstream| upstream.id().to_owned()).collect()
}
