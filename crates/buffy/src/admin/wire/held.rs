//! `GET held`: who waits, why, and until when; and what came of a hand that lets some go.

use serde::{Deserialize, Serialize};

use super::Now;
use crate::upstream::{ByHand, HeldRequest};

/// Who waits.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Held {
    /// How many wait; more than are listed, where there are more than the limit.
    pub(in crate::admin) count: usize,
    /// By upstream, in the order in which they go.
    pub(in crate::admin) held: Vec<One>,
}

/// A held request. What follows the `?` of its path is not shown: it may hold secrets.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct One {
    /// By which it is released or refused.
    id: String,
    upstream: String,
    endpoint: String,
    method: String,
    path: String,
    host: String,
    /// The address that it came from.
    client: String,
    /// Of its body, as it says itself; absent where it comes in chunks.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_bytes: Option<u64>,
    /// Lower ones go first; none: after all that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<u8>,
    /// RFC 3339.
    since: String,
    waited_seconds: f64,
    /// When its holding ends. RFC 3339.
    deadline: String,
    /// It was let go, and nothing of it was sent yet.
    released: bool,
    /// Why it waits, a sentence each; empty where it may go.
    reasons: Vec<String>,
}

impl Held {
    /// With those who wait elsewhere, and came earlier; so many are listed.
    pub(in crate::admin) fn behind(mut self, mut earlier: Self, limit: usize) -> Self {
        earlier.count += self.count;
        earlier.held.append(&mut self.held);
        earlier.held.truncate(limit);
        earlier
    }
}

impl One {
    pub(in crate::admin) fn of(upstream: &str, held: HeldRequest, now: Now) -> Self {
        let HeldRequest {
            shown,
            class,
            arrival,
            released,
            reasons,
        } = held;
        Self {
            id: format!("{:032x}", shown.id),
            upstream: upstream.to_owned(),
            endpoint: shown.endpoint.to_string(),
            method: shown.line.method().to_owned(),
            path: shown.line.path().to_owned(),
            host: shown.line.host().to_owned(),
            client: shown.peer.to_string(),
            body_bytes: shown.length,
            class: Some(class).filter(|class| *class != u8::MAX),
            since: now.at(arrival),
            waited_seconds: now.seconds_since(arrival),
            deadline: now.at(shown.deadline),
            released,
            reasons,
        }
    }
}

/// What came of a release or a refusal by hand.
#[derive(Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Came {
    /// Released, or refused.
    done: usize,
    /// Meant, and waiting still: no target is up or has room, or a stop stands.
    left: usize,
    /// Ids of nobody who waits: answered, gone, or on their way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) unknown: Option<usize>,
}

impl Came {
    pub(in crate::admin) fn add(&mut self, by_hand: ByHand) {
        self.done += by_hand.done;
        self.left += by_hand.left;
    }

    /// What came of it elsewhere.
    pub(in crate::admin) fn join(&mut self, other: &Self) {
        self.done += other.done;
        self.left += other.left;
    }

    pub(in crate::admin) fn sum(&self) -> usize {
        self.done + self.left
    }
}
