//! `api/v1`: the gates, what is held before them, and why; for pipelines and their people.

mod bypass;
mod clock;
mod condition;
mod endpoint;
mod fields;
mod gates;
mod held;
mod orders;
mod pin;
mod push;
mod record;
mod reload;
mod requests;
mod reset;
mod state;
mod upstream;
mod verb;
mod verify;
mod why;

use axum::routing::{MethodRouter, get, post, put};

use super::routes::Shared;
use held::Hand;
use verb::Verb;

pub(super) use orders::{no_head, short};

/// The routes, below the configured path.
pub(super) fn routes() -> [(&'static str, MethodRouter<Shared>); 14] {
    [
        ("/api/v1/gates", get(gates::list)),
        ("/api/v1/gates/{id}", get(gates::one)),
        ("/api/v1/gates/{id}/close", ordered(Verb::Close)),
        ("/api/v1/gates/{id}/open", ordered(Verb::Open)),
        ("/api/v1/gates/{id}/stop", ordered(Verb::Stop)),
        ("/api/v1/gates/{id}/renew", ordered(Verb::Renew)),
        (
            "/api/v1/gates/{id}/expect_version",
            put(|caller, shared, life, id, request| {
                orders::order(Verb::ExpectVersion, caller, shared, life, id, request)
            }),
        ),
        ("/api/v1/gates/{id}/bypass", post(bypass::bypass)),
        ("/api/v1/held", get(held::list)),
        ("/api/v1/held/release", by_hand(Hand::Release)),
        ("/api/v1/held/refuse", by_hand(Hand::Refuse)),
        ("/api/v1/why", get(why::why)),
        ("/api/v1/reload", post(reload::reload)),
        (
            "/api/v1/record/{id}",
            get(record::show).post(record::start).delete(record::stop),
        ),
    ]
}

/// What is asked of endpoints that answer, below `api/v1` and in short below the configured path.
pub(super) fn answering() -> [(&'static str, MethodRouter<Shared>); 8] {
    [
        ("/requests", get(requests::list)),
        ("/requests/wait", get(requests::wait)),
        ("/verify", get(verify::verify).post(verify::verify)),
        ("/reset", post(reset::reset)),
        ("/state", get(state::show).put(state::put)),
        ("/use", put(pin::put).delete(pin::delete)),
        ("/push/{id}", post(push::push)),
        ("/clock", get(clock::show).put(clock::advance)),
    ]
}

fn ordered(verb: Verb) -> MethodRouter<Shared> {
    post(move |caller, shared, life, id, request| {
        orders::order(verb, caller, shared, life, id, request)
    })
}

fn by_hand(hand: Hand) -> MethodRouter<Shared> {
    post(move |caller, shared, request| held::by_hand(hand, caller, shared, request))
}
