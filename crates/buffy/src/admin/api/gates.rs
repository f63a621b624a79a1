//! `GET gates` and `GET gates/ID`.

use axum::extract::{Path, State};
use axum::response::Response;

use super::condition;
use super::fields::Query;
use super::upstream;
use crate::admin::problem::Problem;
use crate::admin::routes::{Reader, Shared, pretty};
use crate::admin::wire::{Gate, Gates, Now};

pub(super) async fn list(
    _: Reader,
    State(shared): State<Shared>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    Ok(pretty(&Gates::of(&shared.control.present())))
}

pub(super) async fn one(
    _: Reader,
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let upstream = upstream::find(&shared.control, &id)?;
    let gate = Gate::of(&upstream, Now::read(), true);
    let answer = pretty(&gate);
    Ok(condition::tagged(
        &shared.control,
        gate.generation(),
        answer,
    ))
}
