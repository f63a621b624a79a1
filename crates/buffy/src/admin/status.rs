//! `GET /status`: what is, in JSON; wire types of its own.

use std::sync::atomic::Ordering;
use std::time::Duration;

use buffy_core::gate::{Close, Holds, Stop};
use buffy_core::moment::Moment;
use jiff::Timestamp;
use serde::Serialize;

use super::{Control, Present, looks};
use crate::clock;
use crate::upstream::{Upstream, UpstreamStatus};

/// What is. Without `all`: no addresses, paths, clients, and nothing that a probe met.
pub(super) fn of<'p>(control: &Control, present: &'p Present, all: bool) -> Status<'p> {
    let now = Now {
        moment: clock::now(),
        unix_ms: clock::unix_ms(),
    };
    Status {
        version: control.version,
        started: timestamp(control.started_ms),
        ready: control.ready.load(Ordering::Relaxed),
        persisted: control.kept.as_ref().is_some_and(|kept| kept.persisted()),
        upstreams: present
            .upstreams
            .iter()
            .map(|one| upstream(one, now, all))
            .collect(),
        listeners: present
            .listeners
            .iter()
            .map(|one| Listener {
                id: &one.id,
                address: all.then(|| one.address.to_string()),
                connections: one.connections.used(),
                connections_max: one.connections_max,
            })
            .collect(),
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Status<'a> {
    version: &'static str,
    started: String,
    ready: bool,
    /// Whether closes and stops outlive a restart.
    persisted: bool,
    upstreams: Vec<OneUpstream<'a>>,
    listeners: Vec<Listener<'a>>,
}

#[derive(Debug, Serialize)]
struct Listener<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    connections: usize,
    connections_max: usize,
}

#[derive(Debug, Serialize)]
struct OneUpstream<'a> {
    id: &'a str,
    /// `open`, `closed`, `down` or `stopped`.
    gate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<String>>,
    generation: u64,
    operator: Vec<Entry>,
    autogate: Autogate,
    targets: Vec<Target>,
    held: Held,
    inflight: u64,
}

/// A close or a stop that stands.
#[derive(Debug, Serialize)]
struct Entry {
    order: &'static str,
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<&'static str>,
    since: String,
}

#[derive(Debug, Serialize)]
struct Autogate {
    state: &'static str,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Why the newest poll had no document.
    #[serde(skip_serializing_if = "Option::is_none")]
    miss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_poll: Option<looks::Poll>,
}

#[derive(Debug, Serialize)]
struct Target {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    state: &'static str,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_probe: Option<looks::Probe>,
}

#[derive(Debug, Serialize)]
struct Held {
    now: usize,
    limit: usize,
    bytes: u64,
    oldest_seconds: f64,
}

#[derive(Clone, Copy)]
struct Now {
    moment: Moment,
    unix_ms: u64,
}

impl Now {
    fn at(self, moment: Moment) -> String {
        let ago = u64::try_from(self.moment.since(moment).as_millis()).unwrap_or(u64::MAX);
        timestamp(self.unix_ms.saturating_sub(ago))
    }
}

fn upstream(upstream: &Upstream, now: Now, all: bool) -> OneUpstream<'_> {
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
    let closes = gate.operator.closes().iter().map(close);
    let stops = gate.operator.stops().iter().map(stop);
    let looks = &upstream.looks;
    OneUpstream {
        id: upstream.id(),
        gate: gate.gate,
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
        targets: vec![Target {
            url: all.then_some(gate.target.url),
            state: gate.target.state.word(),
            since: now.at(gate.target.since),
            error: gate.target.error.filter(|_| all),
            last_probe: looks.last_probe().filter(|_| all).map(Into::into),
        }],
        held: Held {
            now: held,
            limit: held_limit,
            bytes: held_bytes,
            oldest_seconds: oldest.map_or(0.0, |oldest: Duration| oldest.as_secs_f64()),
        },
        inflight,
    }
}

fn close(close: &Close) -> Entry {
    Entry {
        order: "close",
        actor: close.actor.clone(),
        reason: Some(close.reason.clone()),
        message: None,
        hold: Some(match close.holds {
            Holds::All => "all",
            Holds::Writes => "writes",
        }),
        since: timestamp(close.at_ms),
    }
}

fn stop(stop: &Stop) -> Entry {
    Entry {
        order: "stop",
        actor: stop.actor.clone(),
        reason: None,
        message: Some(stop.message.clone()),
        hold: None,
        since: timestamp(stop.at_ms),
    }
}

/// RFC 3339, UTC; a time that no calendar has is the epoch.
pub(super) fn timestamp(unix_ms: u64) -> String {
    let ms = i64::try_from(unix_ms).unwrap_or(0);
    Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}
