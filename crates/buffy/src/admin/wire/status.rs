//! `GET /status`: what is.

use std::sync::atomic::Ordering;

use serde::Serialize;

use super::{Gate, Now, timestamp};
use crate::admin::Control;
use crate::session::Sessions;

/// What is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Status {
    /// Of Buffy.
    version: &'static str,
    /// RFC 3339.
    started: String,
    /// False while Buffy is stopping.
    ready: bool,
    /// Whether closes and stops outlive a restart.
    persisted: bool,
    /// In the order of the configuration.
    upstreams: Vec<Gate>,
    listeners: Vec<Listener>,
    answers: Answers,
}

/// What answers from the configuration go by.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Answers {
    /// What all chance is drawn from: written as `buffy.seed` it falls alike another time.
    seed: u64,
    /// Beside the shared one.
    sessions: usize,
    /// Since the start: there were too many, and these were the least recently used.
    sessions_forgotten: u64,
}

/// Where connections are accepted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Listener {
    id: String,
    /// Not shown without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Open now.
    connections: usize,
    connections_max: usize,
}

impl Answers {
    fn of(sessions: &Sessions) -> Self {
        Self {
            seed: sessions.seed(),
            sessions: sessions.count(),
            sessions_forgotten: sessions.forgotten(),
        }
    }
}

impl Status {
    /// What is. Without `all`: no addresses, paths, clients, and nothing that a probe met.
    pub(in crate::admin) fn of(control: &Control, all: bool) -> Self {
        let now = Now::read();
        let present = control.present();
        let upstreams = present.upstreams.iter();
        let listeners = present.listeners.iter().map(|one| Listener {
            id: one.id.clone(),
            address: all.then(|| one.address.to_string()),
            connections: one.connections.used(),
            connections_max: one.connections_max,
        });
        Self {
            version: control.version,
            started: timestamp(control.started_ms),
            ready: control.ready.load(Ordering::Relaxed),
            persisted: control.kept.as_ref().is_some_and(|kept| kept.persisted()),
            upstreams: upstreams.map(|one| Gate::of(one, now, all)).collect(),
            listeners: listeners.collect(),
            answers: Answers::of(&control.answering.sessions),
        }
    }
}
