//! Upstreams as they are shown.

use std::num::NonZeroUsize;

use serde_json::{Value, json};

use super::REDACTED;
use crate::config::unit::duration_text;
use crate::config::{
    Autogate, Balance, Bypass, DocumentKind, GateInitial, GateSettings, Health, HealthCheck, Match,
    OnExpiry, Release, ReleaseMode, Target, Then, Timeouts, Unmatched, Unreachable, Upstream,
};
use crate::rule::Rule;

pub(super) fn upstream(upstream: &Upstream) -> Value {
    let balance = match upstream.balance {
        Balance::RoundRobin => "round_robin",
        Balance::LeastInflight => "least_inflight",
        Balance::First => "first",
    };
    let mut value = json!({
        "id": upstream.id,
        "interval": duration_text(upstream.interval),
        "health": health(&upstream.health),
        "balance": balance,
        "max_inflight": upstream.max_inflight.map_or(0, NonZeroUsize::get),
        "max_queue": upstream.max_queue,
        "timeouts": timeouts(&upstream.timeouts),
        "pool": {"idle": duration_text(upstream.pool.idle), "max": upstream.pool.max},
        "release": release(&upstream.release),
        "gate": gate(&upstream.gate),
        "autogate": upstream.autogate.as_ref().map(autogate),
    });
    let (name, targets) = match upstream.targets.as_slice() {
        [only] if only.weight == 1 => ("endpoint", json!(only.url)),
        targets => ("targets", targets.iter().map(target).collect()),
    };
    if let Value::Object(value) = &mut value {
        value.insert(name.to_owned(), targets);
    }
    value
}

fn target(target: &Target) -> Value {
    json!({"url": target.url, "weight": target.weight})
}

fn release(release: &Release) -> Value {
    if release.mode == ReleaseMode::All {
        return json!({"mode": "all"});
    }
    json!({
        "mode": "ramp",
        "start": release.start,
        "max": release.max,
        "patience": duration_text(release.patience),
        "canary": release.canary,
        "retry": duration_text(release.retry),
    })
}

fn gate(gate: &GateSettings) -> Value {
    let initial = match gate.initial {
        GateInitial::Persisted => "persisted",
        GateInitial::Closed => "closed",
    };
    let on_expiry = match gate.on_expiry {
        OnExpiry::Lift => "lift",
        OnExpiry::Stop => "stop",
        OnExpiry::Keep => "keep",
    };
    let bypass = |bypass: &Bypass| json!({"header": bypass.header, "secret": REDACTED});
    json!({
        "initial": initial,
        "lease": gate.lease.map(duration_text),
        "on_expiry": on_expiry,
        "health_path": gate.health_path,
        "bypass": gate.bypass.as_ref().map(bypass),
    })
}

fn health(health: &Health) -> Value {
    let (rise, fall) = (health.rise, health.fall);
    let fast_interval = duration_text(health.fast_interval);
    match &health.check {
        HealthCheck::Tcp => json!({"rise": rise, "fall": fall, "fast_interval": fast_interval}),
        HealthCheck::Http {
            path,
            expect_status,
            rule,
        } => json!({
            "path": path,
            "expect_status": expect_status.to_string(),
            "if": rule.as_ref().map(Rule::text),
            "rise": rise,
            "fall": fall,
            "fast_interval": fast_interval,
        }),
    }
}

pub(super) fn timeouts(timeouts: &Timeouts) -> Value {
    json!({
        "connect": duration_text(timeouts.connect),
        "first_byte": duration_text(timeouts.first_byte),
        "idle": duration_text(timeouts.idle),
        "body_idle": duration_text(timeouts.body_idle),
    })
}

fn autogate(autogate: &Autogate) -> Value {
    let unmatched = match autogate.unmatched {
        Unmatched::Keep => "keep",
        Unmatched::Close => "close",
    };
    let unreachable = match autogate.unreachable {
        Unreachable::Close => "close",
        Unreachable::Keep => "keep",
    };
    json!({
        "uri": autogate.uri.shown(),
        "rise": autogate.rise,
        "fall": autogate.fall,
        "unmatched": unmatched,
        "unreachable": unreachable,
        "settle": duration_text(autogate.settle),
        "matches": autogate.matches.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: &Match) -> Value {
    let kind = match rule.kind {
        DocumentKind::Json => "json",
        DocumentKind::Text => "text",
        DocumentKind::Status => "status",
        DocumentKind::Header => "header",
    };
    let then = match rule.then {
        Then::Open => "OPEN",
        Then::Close => "CLOSE",
    };
    json!({"id": rule.id, "type": kind, "if": rule.rule.text(), "then": then})
}
