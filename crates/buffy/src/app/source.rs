//! Where a configuration comes from, and comes from again.

use std::path::PathBuf;
use std::sync::Arc;

use buffy_core::config::{Config, Problem};

use crate::reload::Refused;

/// Reads and checks the configuration; it may block.
pub type Source = Arc<dyn Fn() -> Result<Found, Refused> + Send + Sync>;

/// A configuration that was read and is right.
pub struct Found {
    pub config: Config,
    /// `file:///x` is relative to it.
    pub folder: PathBuf,
    pub warnings: Vec<Problem>,
    /// What it was read from: the file itself, and those that it names.
    pub files: Vec<PathBuf>,
}

/// Each warning is a line of the log.
pub(super) fn say(warnings: &[Problem]) {
    for warning in warnings {
        let (file, line) = (&warning.file, warning.line);
        tracing::warn!(file, line, hint = warning.hint, "{}", warning.message);
    }
}
