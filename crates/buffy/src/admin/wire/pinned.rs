//! An answer that was pinned, or is no longer.

use serde::Serialize;

/// What an endpoint answers from now on.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Pinned {
    pub(in crate::admin) endpoint: String,
    /// Absent: the rules choose again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) response: Option<String>,
    /// Absent: until it is taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) times: Option<u64>,
    /// For whom; empty: the requests that name no session.
    pub(in crate::admin) session: String,
}
