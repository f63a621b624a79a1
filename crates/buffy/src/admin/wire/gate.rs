//! A gate, its targets and what waits before it, as `GET gates` and `GET /status` show them.

use std::time::Duration;

use buffy_core::gate::Asks;
use serde::Serialize;

use super::entry::{self, Entry, Expected};
use super::looks::Poll;
use super::release::Release;
use super::target::{Target, targets};
use super::{Now, timestamp};
use crate::admin::Present;
use crate::upstream::{Explanation, Upstream, UpstreamStatus};

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
    /// Who keeps it from being open: operators by the names that they gave, `autogate`, `health`.
    actors: Vec<String>,
    /// Since when it is not open. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// Until when, where every order in the way says so. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// An operator has overridden the autogate; see the entry `force` of `operator`.
    forced: bool,
    /// How often anything changed that a verdict may depend on.
    generation: u64,
    /// What operators said, and stands: closes, stops, and the force, which is last.
    operator: Vec<Entry>,
    /// What every OPEN of the autogate must come with. Not shown without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    expect_version: Option<Expected>,
    autogate: Autogate,
    /// In the order of the configuration.
    targets: Vec<Target>,
    release: Release,
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

/// What waits.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Held {
    now: usize,
    /// Of the upstream and of the process, the lower.
    limit: usize,
    /// Of their heads and bodies.
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
            ramp,
            saturated,
            inflight,
            inflight_of,
            closed: _,
        } = upstream.status();
        let Explanation {
            actors,
            since_ms,
            until_ms,
            ..
        } = upstream.explain(Asks::MOST);
        let shut = gate.gate != "open";
        let looks = &upstream.looks;
        Self {
            id: upstream.id().to_owned(),
            word: gate.gate,
            reasons: all.then_some(reasons),
            actors,
            since: since_ms.filter(|_| shut).map(timestamp),
            until: until_ms.filter(|_| shut).map(timestamp),
            forced: gate.operator.force().is_some(),
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
            targets: targets(upstream, gate.targets, &inflight_of, now, all),
            release: Release::of(ramp, saturated, now),
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
