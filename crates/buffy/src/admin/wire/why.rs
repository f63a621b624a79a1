//! `GET why`: what a request would meet now, and by which rules.

use serde::Serialize;

use super::Gate;
use super::looks::Term;
use crate::upstream::CloseTried;

/// What a request would meet now, and why.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Why {
    pub(in crate::admin) request: Request,
    /// The listener that was asked for; else the first that has an endpoint for it.
    pub(in crate::admin) listener: String,
    pub(in crate::admin) meets: Meets,
    /// None matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) endpoint: Option<Endpoint>,
    /// The rules of the endpoint that tell a request's class; empty where it has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::admin) priority: Vec<PriorityTried>,
    /// Where the endpoint forwards to, in the order in which it tries them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::admin) upstreams: Vec<Before>,
}

/// The request that was asked about.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Request {
    pub(in crate::admin) method: String,
    pub(in crate::admin) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) host: Option<String>,
}

/// What becomes of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Meets {
    pub(in crate::admin) outcome: Outcome,
    /// Of the answer, where Buffy gives it at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) status: Option<u16>,
    /// In a sentence.
    pub(in crate::admin) detail: String,
}

/// What becomes of a request, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) enum Outcome {
    /// Forwarded at once.
    Passes,
    /// It would pass, and others wait: it joins behind them.
    Waits,
    /// The gate holds it.
    Held,
    /// Turned away at once.
    Refused,
    /// Answered from the configuration.
    Replied,
    NoEndpoint,
    MethodNotAllowed,
}

/// The endpoint that answers.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Endpoint {
    pub(in crate::admin) id: String,
    #[serde(rename = "type")]
    #[cfg_attr(test, schemars(extend("enum" = ["proxy", "respond"])))]
    pub(in crate::admin) kind: &'static str,
    /// As it is configured.
    pub(in crate::admin) path: String,
    /// Why it is this one.
    pub(in crate::admin) because: String,
}

/// A rule that tells a class, tried on the request.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct PriorityTried {
    #[serde(rename = "if")]
    pub(in crate::admin) rule: String,
    /// 1 goes before 2.
    pub(in crate::admin) class: u8,
    /// The first rule that matches tells the class.
    pub(in crate::admin) matched: bool,
    pub(in crate::admin) terms: Vec<Term>,
}

/// An upstream, as the request meets it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Before {
    #[cfg_attr(test, schemars(extend("enum" = ["pass", "hold", "refuse"])))]
    pub(in crate::admin) verdict: &'static str,
    /// Why this request does not pass, a sentence each; empty where it does.
    pub(in crate::admin) reasons: Vec<String>,
    /// The closes that stand, and whether they hold this request.
    pub(in crate::admin) closes: Vec<Close>,
    /// The gate as a whole, with the last look at its document and at its targets.
    pub(in crate::admin) gate: Gate,
}

/// A close, tried on the request.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Close {
    actor: String,
    reason: String,
    /// `all`, `writes`, or a rule on requests.
    hold: String,
    /// The request is held by it.
    held: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    terms: Vec<Term>,
}

impl From<CloseTried> for Close {
    fn from(tried: CloseTried) -> Self {
        let CloseTried {
            actor,
            reason,
            hold,
            held,
            terms,
        } = tried;
        Self {
            actor,
            reason,
            hold,
            held,
            terms: terms.into_iter().map(Term::from).collect(),
        }
    }
}
