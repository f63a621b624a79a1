//! What an operator said, and stands.

use buffy_core::config::OnExpiry;
use buffy_core::gate::{Close, ExpectVersion, Force, Holds, Lease, Operator, Stop, Token};
use serde::Serialize;

use super::timestamp;

/// A close, a stop or a force that stands.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Entry {
    #[cfg_attr(test, schemars(extend("enum" = ["close", "stop", "force"])))]
    order: &'static str,
    /// The beginning of its token, to tell entries apart. Not shown without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Who gave it.
    actor: String,
    /// Of a close and a force.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of a stop: what clients are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Of a close: `all`, `writes`, or a rule on requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    /// RFC 3339.
    since: String,
    /// The planned end of a stop, at which nothing happens; the end of a force. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// None: it stands until it is lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<Leased>,
}

/// How long an entry stands without its author's word.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Leased {
    /// As it was asked for.
    ttl_seconds: f64,
    /// When it runs out; while a drain lasts, when it runs out at the latest. RFC 3339.
    until: String,
    /// What becomes of the entry then.
    #[cfg_attr(test, schemars(extend("enum" = ["lift", "stop", "keep"])))]
    on_expiry: &'static str,
}

/// What every OPEN of an autogate must come with.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Expected {
    /// A rule on the status document.
    #[serde(rename = "if")]
    rule: String,
    actor: String,
    /// RFC 3339.
    since: String,
}

/// All that stand; their tokens and rules only where `all` may be shown.
pub(super) fn entries(operator: &Operator, all: bool) -> Vec<Entry> {
    let closes = operator.closes().iter().map(Entry::from);
    let stops = operator.stops().iter().map(Entry::from);
    let force = operator.force().map(Entry::from);
    let mut entries: Vec<Entry> = closes.chain(stops).chain(force).collect();
    if !all {
        entries.iter_mut().for_each(Entry::leave_out);
    }
    entries
}

impl Entry {
    /// What not everybody may see: a rule names paths.
    fn leave_out(&mut self) {
        self.token = None;
        let named = |hold: &String| hold == "all" || hold == "writes";
        if self.hold.as_ref().is_some_and(|hold| !named(hold)) {
            self.hold = Some("rule".to_owned());
        }
    }
}

impl From<&Close> for Entry {
    fn from(close: &Close) -> Self {
        Self {
            order: "close",
            token: close.token.as_ref().map(short),
            actor: close.actor.clone(),
            reason: Some(close.reason.clone()),
            message: None,
            hold: Some(match &close.holds {
                Holds::All => "all".to_owned(),
                Holds::Writes => "writes".to_owned(),
                Holds::Rule(rule) => rule.text().to_owned(),
            }),
            since: timestamp(close.at_ms),
            until: None,
            lease: close.lease.map(Leased::from),
        }
    }
}

impl From<&Stop> for Entry {
    fn from(stop: &Stop) -> Self {
        Self {
            order: "stop",
            token: stop.token.as_ref().map(short),
            actor: stop.actor.clone(),
            reason: None,
            message: Some(stop.message.clone()),
            hold: None,
            since: timestamp(stop.at_ms),
            until: stop.until_ms.map(timestamp),
            lease: stop.lease.map(Leased::from),
        }
    }
}

impl From<&Force> for Entry {
    fn from(force: &Force) -> Self {
        Self {
            order: "force",
            token: force.token.as_ref().map(short),
            actor: force.actor.clone(),
            reason: Some(force.reason.clone()),
            message: None,
            hold: None,
            since: timestamp(force.at_ms),
            until: Some(timestamp(force.until_ms)),
            lease: None,
        }
    }
}

impl From<Lease> for Leased {
    fn from(lease: Lease) -> Self {
        Self {
            ttl_seconds: std::time::Duration::from_millis(lease.ttl_ms).as_secs_f64(),
            until: timestamp(lease.until_ms),
            on_expiry: match lease.on_expiry {
                OnExpiry::Lift => "lift",
                OnExpiry::Stop => "stop",
                OnExpiry::Keep => "keep",
            },
        }
    }
}

impl From<&ExpectVersion> for Expected {
    fn from(expected: &ExpectVersion) -> Self {
        Self {
            rule: expected.rule.text().to_owned(),
            actor: expected.actor.clone(),
            since: timestamp(expected.at_ms),
        }
    }
}

fn short(token: &Token) -> String {
    format!("{}…", token.short())
}
