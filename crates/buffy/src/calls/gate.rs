//! A gate is moved after an answer.

use std::sync::Arc;
use std::time::Duration;

use buffy_core::gate::{Holds, Token};

use super::Errand;
use crate::tasks;
use crate::upstream::{self, OrderError, Terms, Upstream};

/// Begins the name of the actor of every close and stop of an answer.
const ACTOR: &str = "answer ";

/// What an answer does to a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Lifts what answers closed and stopped there; what operators said stands.
    Open,
    /// Unless an answer has closed it already.
    Close,
    /// Unless an answer has stopped it already.
    Stop,
}

/// Carries an order out; true where the gate is as it was wanted.
pub(super) async fn operate(errand: &Errand, upstream: &Arc<Upstream>, order: Order) -> bool {
    let actor = format!("{ACTOR}{}/{}", errand.endpoint, errand.response);
    let gate = Arc::clone(upstream);
    // It waits for the disk.
    let done = tasks::spawn_blocking(move || carry_out(&gate, order, &actor)).await;
    match done {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(
                upstream = upstream.id(),
                endpoint = errand.endpoint,
                response = errand.response,
                %error,
                "an answer could not move a gate"
            );
            false
        }
        // A panic was logged where it happened; else Buffy ends.
        Err(_) => false,
    }
}

fn carry_out(upstream: &Upstream, order: Order, actor: &str) -> Result<(), OrderError> {
    for wanted in orders(upstream, order, actor) {
        match upstream.operate(wanted, None) {
            // Lifted by somebody else meanwhile.
            Ok(_) | Err(OrderError::Rejected(_)) if order == Order::Open => {}
            Ok(_) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is to be said to the gate as it stands.
fn orders(upstream: &Upstream, order: Order, actor: &str) -> Vec<upstream::Order> {
    let operator = upstream.status().gate.operator;
    let is_ours = |actor: &str| actor.starts_with(ACTOR);
    let mut closes = operator.closes().iter().filter(|one| is_ours(&one.actor));
    let mut stops = operator.stops().iter().filter(|one| is_ours(&one.actor));
    match order {
        Order::Open => {
            let closes = closes.filter_map(|one| one.token.clone());
            let stops = stops.filter_map(|one| one.token.clone());
            let lift = |token: Token| upstream::Order::Open {
                actor: actor.to_owned(),
                reason: String::new(),
                token: Some(token),
            };
            closes.chain(stops).map(lift).collect()
        }
        Order::Close if closes.next().is_some() => Vec::new(),
        Order::Stop if stops.next().is_some() => Vec::new(),
        Order::Close => vec![upstream::Order::Close {
            token: None,
            actor: actor.to_owned(),
            reason: "what follows the answer".to_owned(),
            holds: Holds::All,
            terms: Terms::default(),
            drain: Duration::ZERO,
            cut: false,
        }],
        Order::Stop => vec![upstream::Order::Stop {
            token: None,
            actor: actor.to_owned(),
            message: "stopped by what follows an answer".to_owned(),
            until_ms: None,
            terms: Terms::default(),
        }],
    }
}
