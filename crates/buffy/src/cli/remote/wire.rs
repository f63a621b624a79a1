//! The answers of the admin API, as far as the verbs read them. What a newer Buffy says beside is
//! left alone.

use serde::Deserialize;

use super::words::requests;

/// Of `GET status`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Status {
    pub(super) upstreams: Vec<Upstream>,
}

/// One upstream in `GET status`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Upstream {
    pub(super) id: String,
    /// `open`, `closed`, `stopped`, `down` or `unknown`.
    pub(super) gate: String,
    /// Empty too where the caller may not read them.
    #[serde(default)]
    pub(super) reasons: Vec<String>,
    #[serde(default)]
    operator: Vec<Entry>,
    #[serde(default)]
    pub(super) targets: Vec<Target>,
    pub(super) held: Held,
    pub(super) inflight: u64,
}

/// What an operator said, and stands.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Entry {
    /// `close`, `stop` or `force`.
    order: String,
    actor: String,
    #[serde(default)]
    reason: String,
    /// Of a force: its end.
    #[serde(default)]
    until: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Target {
    /// Not told to everybody.
    #[serde(default)]
    pub(super) url: Option<String>,
    /// `up`, `suspect`, `down` or `unknown`.
    pub(super) state: String,
    #[serde(default)]
    pub(super) error: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Held {
    pub(super) now: u64,
    pub(super) limit: u64,
    pub(super) oldest_seconds: f64,
}

/// Of a close, a stop or an open.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Moved {
    /// Of the entry that was made.
    #[serde(default)]
    pub(super) token: Option<String>,
    pub(super) verdict: String,
    /// Why not every request passes; empty where it does.
    #[serde(default)]
    pub(super) reasons: Vec<String>,
    pub(super) persisted: bool,
    /// When the entry ends by itself.
    #[serde(default)]
    pub(super) until: Option<String>,
    /// What operators had said, and was taken away.
    #[serde(default)]
    pub(super) lifted: Vec<Lifted>,
    /// Where what was asked for was not reached.
    #[serde(default)]
    pub(super) detail: Option<String>,
    /// What a drain left; none where it left nothing, or was not asked for.
    #[serde(default)]
    pub(super) left: Option<Left>,
    /// What was cut off when a drain had left it.
    #[serde(default)]
    pub(super) cut: Option<Left>,
    /// What became of those who had to wait for the entry that was lifted.
    #[serde(default)]
    pub(super) report: Option<Report>,
}

/// A close, a stop or a force that was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Lifted {
    /// `close`, `stop` or `force`.
    order: String,
    /// Whose it was.
    actor: String,
    #[serde(default)]
    reason: String,
}

/// What a drain left when its time was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Left {
    pub(super) inflight: u64,
    /// Of those, answers without an end.
    pub(super) endless: u64,
}

/// What became of those who had to wait.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Report {
    /// Requests that had a place, all of them.
    pub(super) held: u64,
    /// Of the waits, those of requests that still wait included.
    pub(super) median_seconds: f64,
    pub(super) longest_seconds: f64,
    pub(super) timed_out: u64,
    /// Their clients went.
    pub(super) left: u64,
}

impl Upstream {
    /// Why not every request passes, and who has those pass that do; empty where nobody says so.
    pub(super) fn why(&self) -> Vec<String> {
        let forced = forced(&self.operator);
        forced.into_iter().chain(self.reasons.clone()).collect()
    }
}

/// Who overrides the autogate, and until when.
pub(super) fn forced(operator: &[Entry]) -> Option<String> {
    let force = operator.iter().find(|entry| entry.order == "force")?;
    let mut text = format!("forced by {}", force.actor);
    if let Some(until) = &force.until {
        text = format!("{text} until {until}");
    }
    if !force.reason.is_empty() {
        text = format!("{text}: {}", force.reason);
    }
    Some(text)
}

impl Lifted {
    /// `the close by ann (a migration)`.
    pub(super) fn told(&self) -> String {
        let Self {
            order,
            actor,
            reason,
        } = self;
        if reason.is_empty() {
            format!("the {order} by {actor}")
        } else {
            format!("the {order} by {actor} ({reason})")
        }
    }
}

impl Left {
    /// Nothing was left, and yet it was not drained: the close was lifted meanwhile.
    pub(super) fn is_nothing(self) -> bool {
        self.inflight == 0
    }

    /// `3 requests are still in flight, 1 of them endless`.
    pub(super) fn told(self) -> String {
        let are = if self.inflight == 1 { "is" } else { "are" };
        let endless = match self.endless {
            0 => String::new(),
            endless => format!(", {endless} of them endless"),
        };
        format!("{} {are} still in flight{endless}", requests(self.inflight))
    }
}
