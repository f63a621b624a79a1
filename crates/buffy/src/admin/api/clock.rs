//! `GET clock` and `PUT clock`: the time that answers go by.

use axum::extract::{Request, State};
use axum::response::Response;

use super::fields::{Fields, Query};
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Reader, Shared, pretty};
use crate::admin::wire::Clock;

pub(super) async fn show(
    _: Reader,
    State(shared): State<Shared>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    Ok(pretty(&Clock::of(&shared.control.answering.clock)))
}

pub(super) async fn advance(
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["advance"])?;
    let Some(by) = fields.duration("advance")? else {
        let detail = "`advance` is missing: how far the clock is set forward, as `2h`. It never \
                      goes back.";
        return Err(bad(detail));
    };
    let clock = &shared.control.answering.clock;
    let ahead = clock.advance(by);
    tracing::info!(
        ?by,
        ?ahead,
        by = caller.name(),
        "the clock of answers is set forward"
    );
    Ok(pretty(&Clock::of(clock)))
}
