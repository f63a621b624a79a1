//! Upstreams as they are shown.

use serde_json::{Value, json};

use crate::config::unit::duration_text;
use crate::config::{
    Autogate, DocumentKind, GateInitial, Health, HealthCheck, Match, Then, Timeouts, Unmatched,
    Unreachable, Upstream,
};
use crate::rule::Rule;

pub(super) fn upstream(upstream: &Upstream) -> Value {
    let initial = match upstream.gate.initial {
        GateInitial::Persisted => "persisted",
        GateInitial::Closed => "closed",
    };
    json!({
        "id": upstream.id,
        "endpoint": upstream.target.url,
        "interval": duration_text(upstream.interval),
        "health": health(&upstream.health),
        "max_queue": upstream.max_queue,
        "timeouts": timeouts(&upstream.timeouts),
        "pool": {"idle": duration_text(upstream.pool.idle), "max": upstream.pool.max},
        "gate": {"initial": initial},
        "autogate": upstream.autogate.as_ref().map(autogate),
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
        "uri": autogate.uri.url,
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
