//! The time that answers go by.

use serde::Serialize;

use super::timestamp;
use crate::session;

/// The time that answers go by.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Clock {
    /// RFC 3339.
    now: String,
    /// How far that is before the real time.
    ahead_seconds: f64,
}

impl Clock {
    pub(in crate::admin) fn of(clock: &session::Clock) -> Self {
        Self {
            now: timestamp(u64::try_from(clock.now_ms()).unwrap_or(0)),
            ahead_seconds: clock.ahead().as_secs_f64(),
        }
    }
}
