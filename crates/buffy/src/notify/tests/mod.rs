//! Hooks against receivers that take, refuse, fail, redirect or are slow.

mod connections;
mod deliveries;
mod payloads;

use std::time::Duration;

use buffy_core::config::{HookUrl, Notify, Secret};
use buffy_core::event::{Event, What};
use buffy_test::{FakeUpstream, OneThread};
use serde_json::Value;

use super::{Notifier, Pace};
use crate::client::Client;
use crate::outbox::EventSender;

/// Patience in milliseconds.
fn hasty() -> Pace {
    Pace {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        lasting: Duration::ZERO,
        flaps: 1000,
        batch_every: Duration::from_millis(1),
        ..Pace::default()
    }
}

fn hook(url: &str) -> HookUrl {
    HookUrl(Secret::new(url.to_owned()))
}

fn webhook(receiver: &FakeUpstream) -> Notify {
    Notify {
        webhook: Some(hook(&format!("{}/in", receiver.url()))),
        ..Notify::default()
    }
}

fn start(rt: &OneThread, config: &Notify, pace: &Pace) -> (Notifier, EventSender) {
    let notifier = rt
        .run(async { Notifier::start(config, &Client::default(), pace) })
        .unwrap();
    let sender = notifier.sender();
    (notifier, sender)
}

/// An event that no other is like: so many held of a hundred.
fn event(held: usize) -> Event {
    Event {
        at_ms: 1_700_000_000_123,
        upstream: Some("shop".to_owned()),
        what: What::NearLimit { held, limit: 100 },
    }
}

fn bodies(receiver: &FakeUpstream) -> Vec<Value> {
    let all = receiver.requests();
    all.iter()
        .map(|one| serde_json::from_slice(&one.body).unwrap())
        .collect()
}

fn held(receiver: &FakeUpstream) -> Vec<u64> {
    bodies(receiver)
        .iter()
        .map(|body| body["data"]["held"].as_u64().unwrap())
        .collect()
}
