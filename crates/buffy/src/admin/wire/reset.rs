//! What a reset is answered with.

use serde::Serialize;

/// What begins anew.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Reset {
    /// Which one; an empty id is the shared one's, and absent: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) session: Option<String>,
}
