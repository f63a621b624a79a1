//! What came of an order, as it is answered.

use buffy_core::gate::{Lifted, Token};
use serde::Serialize;

use super::report::Report;
use super::timestamp;
use crate::upstream::{Answer, Drained, Upstream};

/// What came of an order.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Done {
    /// The upstream's id.
    upstream: String,
    /// How often anything changed at the gate that a verdict may depend on.
    generation: u64,
    /// By which the entry that was made is renewed and lifted. It is told here and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// When the entry that was made or renewed ends by itself: its lease runs out, or the force is
    /// over. RFC 3339. Absent: it stands until it is lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The gate now, for the requests that ask most.
    #[cfg_attr(test, schemars(extend("enum" = ["open", "closed", "down", "stopped"])))]
    verdict: &'static str,
    /// Why it is not open, a sentence each; empty where it is.
    reasons: Vec<String>,
    /// Whose entries were taken away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lifted: Vec<Entry>,
    /// Of the oldest close that was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    /// Requests between admission and the end of their exchange.
    inflight: u64,
    /// False: applied, and forgotten at a restart.
    persisted: bool,
    /// Of a close with `drain`: nothing that it holds is on its way any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    drained: Option<bool>,
    /// What is, where `drained` is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Left>,
    /// What was cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Left>,
}

/// What a drain left behind.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Left {
    inflight: u64,
    /// Those of them whose answers have no end.
    endless: usize,
}

/// An entry that was taken away.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Entry {
    #[cfg_attr(test, schemars(extend("enum" = ["close", "stop", "force"])))]
    order: &'static str,
    actor: String,
    /// Of a stop: what clients were told.
    reason: String,
    /// RFC 3339.
    since: String,
}

impl Done {
    pub(in crate::admin) fn of(upstream: &Upstream, answer: Answer) -> Self {
        let Answer {
            generation,
            verdict,
            reasons,
            inflight,
            persisted,
            token,
            until_ms,
            lifted,
            report,
        } = answer;
        Self {
            upstream: upstream.id().to_owned(),
            generation,
            token: token.map(|token: Token| token.expose().to_owned()),
            until: until_ms.map(timestamp),
            verdict,
            reasons,
            lifted: lifted.into_iter().map(Entry::from).collect(),
            report: report.map(Report::from),
            inflight,
            persisted,
            drained: None,
            left: None,
            cut: None,
        }
    }

    pub(in crate::admin) fn generation(&self) -> u64 {
        self.generation
    }

    /// The same, after its drain, at whose end its lease began.
    pub(in crate::admin) fn drained(
        self,
        upstream: &Upstream,
        drained: Drained,
        cut: Option<Drained>,
        until_ms: Option<u64>,
    ) -> Self {
        let quiet = drained.is_quiet();
        Self {
            until: until_ms.map(timestamp),
            generation: upstream.status().gate.generation,
            inflight: drained.inflight,
            drained: Some(quiet),
            left: (!quiet).then_some(drained.into()),
            cut: cut.map(Left::from),
            ..self
        }
    }
}

impl From<Drained> for Left {
    fn from(drained: Drained) -> Self {
        Self {
            inflight: drained.inflight,
            endless: drained.endless,
        }
    }
}

impl From<Lifted> for Entry {
    fn from(lifted: Lifted) -> Self {
        Self {
            order: lifted.kind.word(),
            actor: lifted.actor,
            reason: lifted.reason,
            since: timestamp(lifted.at_ms),
        }
    }
}
