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

/// The routes below `api/v1`.
pub(super) fn routes() -> [(&'static str, MethodRouter<Shared>); 14] {
    [
        ("/gates", get(gates::list)),
        ("/gates/{id}", get(gates::one)),
        ("/gates/{id}/close", ordered(Verb::Close)),
        ("/gates/{id}/open", ordered(Verb::Open)),
        ("/gates/{id}/stop", ordered(Verb::Stop)),
        ("/gates/{id}/renew", ordered(Verb::Renew)),
        (
            "/gates/{id}/expect_version",
            put(|caller, shared, life, id, request| {
                orders::order(Verb::ExpectVersion, caller, shared, life, id, request)
            }),
        ),
        ("/gates/{id}/bypass", post(bypass::bypass)),
        ("/held", get(held::list)),
        ("/held/release", by_hand(Hand::Release)),
        ("/held/refuse", by_hand(Hand::Refuse)),
        ("/why", get(why::why)),
        ("/reload", post(reload::reload)),
        (
            "/record/{id}",
            get(record::show).post(record::start).delete(record::stop),
        ),
    ]
}

/// Those that ask of endpoints that answer; they are there in short, too.
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
