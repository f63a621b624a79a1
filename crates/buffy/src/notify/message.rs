//! A notice in words and in data, whoever receives it.

use buffy_core::config::EventGroup;
use buffy_core::event::{Event, What};
use serde_json::{Value, json};

use super::damper::{Notice, Summary};

/// What a hook's body is made of.
#[derive(Debug)]
pub(super) struct Message {
    /// `gate.closed`, `upstream.down`, …
    pub(super) kind: &'static str,
    /// When it happened, in milliseconds since the Unix epoch.
    pub(super) at_ms: u64,
    /// A sentence for people.
    pub(super) sentence: String,
    /// For machines, with `message` in it, and `upstream` where it is of one.
    pub(super) data: Value,
    /// Whether somebody may have to do something.
    pub(super) bad: bool,
}

/// The group that a notice is asked for by.
pub(super) fn group(notice: &Notice) -> EventGroup {
    match notice {
        Notice::Flapping { .. } | Notice::Calmed { .. } => EventGroup::Gate,
        Notice::Event(event) => match event.what {
            What::GateChanged { .. } | What::LeaseExpired { .. } | What::CanaryFailed { .. } => {
                EventGroup::Gate
            }
            What::TargetUp { .. } | What::TargetDown { .. } | What::NeverReached { .. } => {
                EventGroup::Upstream
            }
            What::FirstHeld | What::NearLimit { .. } | What::HoldOver { .. } => EventGroup::Hold,
            What::Reloaded { .. } | What::ReloadRefused { .. } => EventGroup::Configuration,
        },
    }
}

impl Message {
    pub(super) fn of(notice: &Notice) -> Self {
        match notice {
            Notice::Event(event) => Self::of_event(event),
            Notice::Flapping {
                at_ms,
                upstream,
                changes,
                within,
            } => {
                let sentence = format!(
                    "{upstream} is flapping: {changes} changes within {}; \
                     more are summed up when it has calmed",
                    seconds(within.as_millis())
                );
                let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
                let data = json!({ "changes": changes, "within_ms": within_ms });
                Self::new("gate.flapping", *at_ms, upstream, sentence, data, true)
            }
            Notice::Calmed {
                at_ms,
                upstream,
                summary,
            } => calmed(*at_ms, upstream, summary),
        }
    }

    /// RFC 3339, in UTC.
    pub(super) fn timestamp(&self) -> String {
        timestamp(self.at_ms)
    }

    fn of_event(event: &Event) -> Self {
        let upstream = event.upstream.as_deref().unwrap_or_default();
        let (sentence, data) = match &event.what {
            What::GateChanged {
                from,
                to,
                actor,
                reason,
            } => (
                format!(
                    "The gate of {upstream} is {to} (was {from}), by {actor}{}",
                    why(reason)
                ),
                json!({ "gate": to, "was": from, "actor": actor, "reason": reason }),
            ),
            What::TargetUp { url } => (format!("{upstream} is up: {url}"), json!({ "url": url })),
            What::TargetDown { url, error } => (
                format!("{upstream} is down: {url} {error}"),
                json!({ "url": url, "error": error }),
            ),
            What::NeverReached { url, error } => (
                format!("{upstream} was never reached since the start: {url} {error}"),
                json!({ "url": url, "error": error }),
            ),
            What::LeaseExpired {
                order,
                actor,
                reason,
                then,
            } => (
                lease_expired(upstream, order, actor, reason, then),
                json!({ "order": order, "actor": actor, "reason": reason, "then": then }),
            ),
            What::CanaryFailed { status, failures } => (
                canary_failed(upstream, *status, *failures),
                json!({ "failures": failures, "status": status }),
            ),
            What::FirstHeld => (format!("Requests to {upstream} are being held"), json!({})),
            What::NearLimit { held, limit } => (
                format!("{held} requests to {upstream} are held, of {limit} at most"),
                json!({ "held": held, "limit": limit }),
            ),
            What::HoldOver {
                held,
                longest_ms,
                answered,
                timed_out,
                left,
            } => (
                format!(
                    "Holding for {upstream} is over: {held} held, {} at most; \
                     {answered} answered, {timed_out} timed out, {left} left",
                    seconds(u128::from(*longest_ms))
                ),
                json!({
                    "held": held, "longest_ms": longest_ms, "answered": answered,
                    "timed_out": timed_out, "left": left,
                }),
            ),
            What::Reloaded { changes } => (
                format!("The configuration was reloaded: {changes}"),
                json!({ "changes": changes }),
            ),
            What::ReloadRefused { error } => (
                format!("The configuration was not reloaded, the one before stands: {error}"),
                json!({ "error": error }),
            ),
        };
        let (kind, bad) = kind(&event.what);
        Self::new(kind, event.at_ms, upstream, sentence, data, bad)
    }

    fn new(
        kind: &'static str,
        at_ms: u64,
        upstream: &str,
        sentence: String,
        mut data: Value,
        bad: bool,
    ) -> Self {
        if let Some(data) = data.as_object_mut() {
            if !upstream.is_empty() {
                data.insert("upstream".to_owned(), upstream.into());
            }
            data.insert("message".to_owned(), sentence.clone().into());
        }
        Self {
            kind,
            at_ms,
            sentence,
            data,
            bad,
        }
    }
}

fn canary_failed(upstream: &str, status: u16, failures: u32) -> String {
    format!(
        "{upstream} stays closed: {failures} canaries in a row failed, \
         the last with status {status}"
    )
}

fn lease_expired(upstream: &str, order: &str, actor: &str, reason: &str, then: &str) -> String {
    let became = match then {
        "stopped" => "it refuses all requests now",
        "kept" => "it stands until it is lifted",
        _ => "it is lifted",
    };
    let why = why(reason);
    format!("The lease of {actor}'s {order} of {upstream} ran out, and {became}{why}")
}

/// A reason as the end of a sentence; it may be empty.
fn why(reason: &str) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        format!(": {reason}")
    }
}

/// RFC 3339, in UTC.
pub(super) fn timestamp(at_ms: u64) -> String {
    let ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_string()
}

/// What it is called, and whether somebody may have to do something.
fn kind(what: &What) -> (&'static str, bool) {
    match what {
        What::GateChanged { to: "open", .. } => ("gate.open", false),
        What::GateChanged { to: "closed", .. } => ("gate.closed", true),
        What::GateChanged { to: "stopped", .. } => ("gate.stopped", true),
        What::GateChanged { to: "down", .. } => ("gate.down", true),
        What::GateChanged { .. } => ("gate.unknown", true),
        What::TargetUp { .. } => ("upstream.up", false),
        What::TargetDown { .. } => ("upstream.down", true),
        What::NeverReached { .. } => ("upstream.never_reached", true),
        What::LeaseExpired { .. } => ("gate.lease_expired", true),
        What::CanaryFailed { .. } => ("gate.canary_failed", true),
        What::FirstHeld => ("hold.first", true),
        What::NearLimit { .. } => ("hold.near_limit", true),
        What::HoldOver { timed_out, .. } => ("hold.over", *timed_out > 0),
        What::Reloaded { .. } => ("configuration.reloaded", false),
        What::ReloadRefused { .. } => ("configuration.refused", true),
    }
}

fn calmed(at_ms: u64, upstream: &str, summary: &Summary) -> Message {
    let Summary {
        changes,
        now,
        held,
        answered,
        timed_out,
        left,
    } = summary;
    let states: Vec<String> = now
        .iter()
        .map(|(name, state)| format!("{name} {state}"))
        .collect();
    let sentence = format!(
        "{upstream} has calmed after {changes} changes, now: {}; \
         {held} held, {answered} answered, {timed_out} timed out, {left} left",
        states.join(", ")
    );
    let now: Value = now
        .iter()
        .map(|(name, state)| (name.clone(), Value::from(*state)))
        .collect();
    let data = json!({
        "changes": changes, "now": now, "held": held, "answered": answered,
        "timed_out": timed_out, "left": left,
    });
    Message::new("gate.calmed", at_ms, upstream, sentence, data, false)
}

/// Milliseconds as people read them: `80 ms`, `12.3 s`.
fn seconds(ms: u128) -> String {
    if ms < 1000 {
        return format!("{ms} ms");
    }
    match (ms / 100) % 10 {
        0 => format!("{} s", ms / 1000),
        tenth => format!("{}.{tenth} s", ms / 1000),
    }
}
