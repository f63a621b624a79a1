//! A gate, its targets and what waits before it, as `GET gates` and `GET /status` show them.

use std::time::Duration;

use buffy_core::gate::{self, Holds};
use serde::Serialize;

use super::looks::{Poll, Probe};
use super::{Now, timestamp};
use crate::admin::Present;
use crate::upstream::{Upstream, UpstreamStatus};

/// The gates of all upstreams.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Gates {
    /// In the order of the configuration.
    gates: Vec<Gate>,
}

/// An upstream's gate, its targets, and what waits.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Gate {
    /// The upstream's id.
    id: String,
    /// The gate in a word, for the requests that ask most.
    #[cfg_attr(test, schemars(extend("enum" = ["open", "closed", "down", "stopped", "unknown"])))]
    #[serde(rename = "gate")]
    word: &'static str,
    /// Why it is not open, a sentence each; empty where it is. Not shown without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<String>>,
    /// How often anything changed that a verdict may depend on.
    generation: u64,
    /// What operators said, and stands.
    operator: Vec<Entry>,
    autogate: Autogate,
    targets: Vec<Target>,
    held: Held,
    /// Requests between admission and the end of their exchange.
    inflight: u64,
}

/// A close or a stop that stands.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Entry {
    #[cfg_attr(test, schemars(extend("enum" = ["close", "stop"])))]
    order: &'static str,
    /// Who gave it.
    actor: String,
    /// Of a close.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of a stop: what clients are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Of a close: what it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    /// RFC 3339.
    since: String,
}

/// What the upstream's own rules say of its status document.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Autogate {
    #[cfg_attr(test, schemars(extend("enum" = ["absent", "unknown", "open", "closed"])))]
    state: &'static str,
    /// RFC 3339.
    since: String,
    /// The rule that matched last.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Why the newest poll had no document.
    #[serde(skip_serializing_if = "Option::is_none")]
    miss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_poll: Option<Poll>,
}

/// One address of the upstream.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Target {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[cfg_attr(test, schemars(extend("enum" = ["unknown", "up", "suspect", "down"])))]
    state: &'static str,
    /// RFC 3339.
    since: String,
    /// Why the newest look at it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_probe: Option<Probe>,
}

/// What waits.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Held {
    now: usize,
    /// Of the upstream and of the process, the lower.
    limit: usize,
    /// Of their heads.
    bytes: u64,
    oldest_seconds: f64,
}

impl Gates {
    pub(in crate::admin) fn of(present: &Present) -> Self {
        let (now, all) = (Now::read(), present.upstreams.iter());
        Self {
            gates: all.map(|one| Gate::of(one, now, true)).collect(),
        }
    }
}

impl Gate {
    /// An upstream as it is. Without `all`: no addresses and nothing that a probe met.
    pub(in crate::admin) fn of(upstream: &Upstream, now: Now, all: bool) -> Self {
        let UpstreamStatus {
            gate,
            reasons,
            held,
            held_limit,
            held_bytes,
            oldest,
            inflight,
            ..
        } = upstream.status();
        let closes = gate.operator.closes().iter().map(Entry::of_close);
        let stops = gate.operator.stops().iter().map(Entry::of_stop);
        let looks = &upstream.looks;
        Self {
            id: upstream.id().to_owned(),
            word: gate.gate,
            reasons: all.then_some(reasons),
            generation: gate.generation,
            operator: closes.chain(stops).collect(),
            autogate: Autogate {
                state: gate.autogate.state.word(),
                since: now.at(gate.autogate.since),
                rule: gate.autogate.rule.map(|(rule, _)| rule).filter(|_| all),
                miss: gate.autogate.miss.filter(|_| all),
                last_poll: looks.last_poll().filter(|_| all).map(Into::into),
            },
            targets: gate
                .targets
                .into_iter()
                .map(|target| Target {
                    url: all.then_some(target.url),
                    state: target.state.word(),
                    since: now.at(target.since),
                    error: target.error.filter(|_| all),
                    last_probe: looks.last_probe().filter(|_| all).map(Into::into),
                })
                .collect(),
            held: Held {
                now: held,
                limit: held_limit,
                bytes: held_bytes,
                oldest_seconds: oldest.map_or(0.0, |oldest: Duration| oldest.as_secs_f64()),
            },
            inflight,
        }
    }

    pub(in crate::admin) fn generation(&self) -> u64 {
        self.generation
    }
}

impl Entry {
    fn of_close(close: &gate::Close) -> Self {
        Self {
            order: "close",
            actor: close.actor.clone(),
            reason: Some(close.reason.clone()),
            message: None,
            hold: Some(match &close.holds {
                Holds::All => "all".to_owned(),
                Holds::Writes => "writes".to_owned(),
                Holds::Rule(rule) => rule.text().to_owned(),
            }),
            since: timestamp(close.at_ms),
        }
    }

    fn of_stop(stop: &gate::Stop) -> Self {
        Self {
            order: "stop",
            actor: stop.actor.clone(),
            reason: None,
            message: Some(stop.message.clone()),
            hold: None,
            since: timestamp(stop.at_ms),
        }
    }
}
