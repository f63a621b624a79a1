//! The last looks at an upstream, as people are shown them: what a probe met, what a status
//! document said, and every rule on it, term by term.

use buffy_core::rule;
use serde::Serialize;

use super::{millis, timestamp};
use crate::upstream::probe::{HealthTried, LastPoll, LastProbe, RuleTried};

/// The last probe of a target.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Probe {
    /// When it was over. RFC 3339.
    at: String,
    took_ms: u64,
    /// Of an HTTP probe that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Its first bytes.
    #[serde(skip_serializing_if = "String::is_empty")]
    body: String,
    /// Of an HTTP probe with a rule that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Health>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The rule of a health check, tried on the answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Health {
    #[serde(rename = "if")]
    rule: String,
    matched: bool,
    terms: Vec<Term>,
}

/// The last poll of a status document.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Poll {
    /// When it was over. RFC 3339.
    at: String,
    took_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Its first bytes.
    #[serde(skip_serializing_if = "String::is_empty")]
    body: String,
    /// What came of it, in words.
    found: String,
    /// Every rule, in order; the first that matched decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Rule {
    id: String,
    then: &'static str,
    matched: bool,
    terms: Vec<Term>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Term {
    /// The comparison, as it was understood.
    #[serde(rename = "term")]
    text: String,
    /// What it met.
    got: String,
    matched: bool,
}

impl From<LastProbe> for Probe {
    fn from(probe: LastProbe) -> Self {
        Self {
            at: timestamp(probe.at_ms),
            took_ms: millis(probe.took),
            status: probe.status,
            body: probe.body,
            rule: probe.rule.map(Health::from),
            error: probe.error,
        }
    }
}

impl From<HealthTried> for Health {
    fn from(tried: HealthTried) -> Self {
        Self {
            rule: tried.rule,
            matched: tried.held,
            terms: tried.terms.into_iter().map(Term::from).collect(),
        }
    }
}

impl From<LastPoll> for Poll {
    fn from(poll: LastPoll) -> Self {
        Self {
            at: timestamp(poll.at_ms),
            took_ms: millis(poll.took),
            status: poll.status,
            body: poll.body,
            found: poll.found,
            rules: poll.rules.into_iter().map(Rule::from).collect(),
        }
    }
}

impl From<RuleTried> for Rule {
    fn from(tried: RuleTried) -> Self {
        Self {
            id: tried.id,
            then: tried.then,
            matched: tried.held,
            terms: tried.terms.into_iter().map(Term::from).collect(),
        }
    }
}

impl From<rule::Term> for Term {
    fn from(term: rule::Term) -> Self {
        Self {
            text: term.text,
            got: term.got,
            matched: term.held,
        }
    }
}
