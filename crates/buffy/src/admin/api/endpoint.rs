//! The endpoint that is meant: one that Buffy answers itself.

use std::sync::Arc;

use axum::http::StatusCode;
use buffy_core::config::{Endpoint, EndpointKind, nearest};

use crate::admin::problem::{Problem, bad};
use crate::admin::{Control, Present};

/// An endpoint that is not forwarded.
pub(super) struct Found {
    present: Arc<Present>,
    /// Among the endpoints of the configuration.
    index: usize,
}

/// The endpoint of this id.
pub(super) fn find(control: &Control, id: &str) -> Result<Found, Problem> {
    let present = control.present();
    let all = &present.config.endpoints;
    let Some(index) = all.iter().position(|endpoint| endpoint.id == id) else {
        let answering = all.iter().filter(|endpoint| !is_forwarded(endpoint));
        let ids = answering.map(|endpoint| endpoint.id.as_str());
        return Err(none("endpoint", id, ids));
    };
    if all.get(index).is_some_and(is_forwarded) {
        return Err(bad(format!(
            "`{id}` is forwarded, and Buffy keeps no journal of what is: its log and its metrics \
             tell of that."
        )));
    }
    Ok(Found { present, index })
}

impl Found {
    /// It has a response of this name in the configuration.
    pub(super) fn has_written(&self, name: &str) -> Result<(), Problem> {
        let names = || self.names();
        if names().any(|one| one == name) {
            return Ok(());
        }
        Err(none("response", name, names()))
    }

    /// The same, or something else that answers is counted under this name: the data of a `data`
    /// endpoint, and what stands for a `not_found`.
    pub(super) fn has_counted(&self, name: &str) -> Result<(), Problem> {
        let endpoint = self.present.config.endpoints.get(self.index);
        let is_data = endpoint.is_some_and(|one| matches!(one.kind, EndpointKind::Data(_)));
        if name == "not_found" || (name == "data" && is_data) {
            return Ok(());
        }
        self.has_written(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let endpoint = self.present.config.endpoints.get(self.index).into_iter();
        let responses = endpoint.flat_map(|endpoint| &endpoint.responses);
        responses.map(|response| response.name.as_str())
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
