//! `GET verify`: were endpoints asked as often as they expect, and was there nothing else?

use serde::Serialize;

use super::requests::Asked;

/// What became of the expectations.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Report {
    /// Every expectation is met, and no request was unmatched, unless they are allowed.
    pub(in crate::admin) verified: bool,
    /// The same in words.
    pub(in crate::admin) detail: String,
    /// What all chance was drawn from: with the same seed and the same requests it falls alike.
    pub(in crate::admin) seed: u64,
    /// The configuration, as it was named to Buffy.
    pub(in crate::admin) file: String,
    /// The one that is looked at; absent: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) session: Option<String>,
    /// Sessions whose counts were forgotten, because too many others came: of them it cannot say.
    pub(in crate::admin) sessions_forgotten: u64,
    /// Those that expect something, and those that were asked; in the file's order.
    pub(in crate::admin) endpoints: Vec<Expecting>,
    pub(in crate::admin) unmatched: Unmatched,
}

/// One endpoint.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Expecting {
    pub(in crate::admin) endpoint: String,
    /// Where it stands in the configuration.
    pub(in crate::admin) line: usize,
    /// As written; absent where it expects nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) expect: Option<String>,
    /// Since the last reset.
    pub(in crate::admin) requests: u64,
    /// Of them, those that went on with a stream (`Last-Event-ID`).
    pub(in crate::admin) resumed: u64,
    /// They are as many as it expects.
    pub(in crate::admin) met: bool,
    /// How often each response was the answer; those that never were are left out.
    pub(in crate::admin) responses: Vec<Served>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Served {
    pub(in crate::admin) response: String,
    pub(in crate::admin) requests: u64,
}

/// Requests that no response was for.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Unmatched {
    pub(in crate::admin) count: u64,
    /// They are no failure.
    pub(in crate::admin) allowed: bool,
    /// The newest that the journal still has.
    pub(in crate::admin) requests: Vec<Asked>,
}
