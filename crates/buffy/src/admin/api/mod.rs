//! `api/v1`: the gates, what is held before them, and why; for pipelines and their people.

mod condition;
mod fields;
mod gates;
mod orders;
mod reload;
mod upstream;
mod verb;
mod why;

use axum::extract::{Path, Request, State};
use axum::routing::{MethodRouter, get, post, put};

use super::routes::{Changer, Shared};
use verb::Verb;

pub(super) use orders::{no_head, short};

/// The routes, below the configured path.
pub(super) fn routes() -> [(&'static str, MethodRouter<Shared>); 9] {
    [
        ("/api/v1/gates", get(gates::list)),
        ("/api/v1/gates/{id}", get(gates::one)),
        ("/api/v1/gates/{id}/close", ordered(Verb::Close)),
        ("/api/v1/gates/{id}/open", ordered(Verb::Open)),
        ("/api/v1/gates/{id}/stop", ordered(Verb::Stop)),
        ("/api/v1/gates/{id}/renew", ordered(Verb::Renew)),
        (
            "/api/v1/gates/{id}/expect_version",
            put(
                |caller: Changer, shared: State<Shared>, id: Path<String>, request: Request| {
                    orders::order(Verb::ExpectVersion, caller, shared, id, request)
                },
            ),
        ),
        ("/api/v1/why", get(why::why)),
        ("/api/v1/reload", post(reload::reload)),
    ]
}

fn ordered(verb: Verb) -> MethodRouter<Shared> {
    post(move |caller, shared, id, request| orders::order(verb, caller, shared, id, request))
}
