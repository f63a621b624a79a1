//! Whom a pushed event reached.

use serde::Serialize;

/// Whom a pushed event reached.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Reached {
    /// Open streams that have it before them; none is not an error.
    pub(in crate::admin) reached: usize,
}
