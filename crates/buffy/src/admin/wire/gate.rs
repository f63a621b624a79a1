//! A gate, its targets and what waits before it, as `GET gates` and `GET /status` show them.

use std::time::Duration;

use serde::Serialize;

use super::Now;
use super::entry::{self, Entry, Expected};
use super::looks::{Poll, Probe};
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
    /// What operators said, and stands: closes, stops, and the force, which is last.
    operator: Vec<Entry>,
    /// What every OPEN of the autogate must come with. Not shown without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    expect_version: Option<Expected>,
    autogate: Autogate,
    targets: Vec<Target>,
    held: Held,
    /// Requests between admission and the end of their exchange.
    inflight: u64,
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
        let looks = &upstream.looks;
        Self {
            id: upstream.id().to_owned(),
            word: gate.gate,
            reasons: all.then_some(reasons),
            generation: gate.generation,
            operator: entry::entries(&gate.operator, all),
            expect_version: gate.operator.expected().filter(|_| all).map(Into::into),
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
                .enumerate()
                .map(|(at, target)| Target {
                    url: all.then_some(target.url),
                    state: target.state.word(),
                    since: now.at(target.since),
                    error: target.error.filter(|_| all),
                    last_probe: looks.last_probe(at).filter(|_| all).map(Into::into),
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
