//! The endpoint that is meant: one that Buffy answers itself.

use axum::http::StatusCode;
use buffy_core::config::{Endpoint, EndpointKind, nearest};

use crate::admin::Control;
use crate::admin::problem::{Problem, bad};

/// There is an endpoint of this id, which is not forwarded, and it has this response.
pub(super) fn find(control: &Control, id: &str, response: Option<&str>) -> Result<(), Problem> {
    let present = control.present();
    let all = &present.config.endpoints;
    let Some(endpoint) = all.iter().find(|endpoint| endpoint.id == id) else {
        let ids = all
            .iter()
            .filter(|one| !is_forwarded(one))
            .map(|one| one.id.as_str());
        return Err(none("endpoint", id, ids));
    };
    if is_forwarded(endpoint) {
        return Err(bad(format!(
            "`{id}` is forwarded, and Buffy keeps no journal of what is: its log and its metrics \
             tell of that."
        )));
    }
    let names = || endpoint.responses.iter().map(|one| one.name.as_str());
    match response {
        Some(name) if !names().any(|one| one == name) => Err(none("response", name, names())),
        Some(_) | None => Ok(()),
    }
}

fn is_forwarded(endpoint: &Endpoint) -> bool {
    matches!(endpoint.kind, EndpointKind::Proxy(_))
}

/// There is none of this name, and which there are.
fn none<'a>(kind: &str, name: &str, all: impl Iterator<Item = &'a str> + Clone) -> Problem {
    let hint = nearest(name, all.clone()).map_or_else(
        || match all.collect::<Vec<_>>().join(", ") {
            ids if ids.is_empty() => "There is none.".to_owned(),
            ids => format!("There are: {ids}."),
        },
        |meant| format!("Did you mean `{meant}`?"),
    );
    let detail = format!("There is no {kind} `{name}`. {hint}");
    Problem::new(StatusCode::NOT_FOUND, detail)
}
