//! The shapes of what the admin API answers: types of their own, so that what is inside may change.
//!
//! Their JSON Schemas are in `docs/reference/api`, printed from these types by a test.

mod done;
mod entry;
mod gate;
mod looks;
mod report;
#[cfg(test)]
mod schemas;
mod status;
pub(super) mod why;

pub(super) use done::Done;
pub(super) use gate::{Gate, Gates};
pub(super) use looks::Term;
pub(super) use status::Status;

use std::time::Duration;

use buffy_core::moment::Moment;
use jiff::Timestamp;

use crate::clock;

/// One moment, by both clocks.
#[derive(Clone, Copy)]
pub(super) struct Now {
    moment: Moment,
    unix_ms: u64,
}

impl Now {
    /// This moment.
    pub(super) fn read() -> Self {
        Self {
            moment: clock::now(),
            unix_ms: clock::unix_ms(),
        }
    }

    /// When that was.
    pub(super) fn at(self, moment: Moment) -> String {
        timestamp(
            self.unix_ms
                .saturating_sub(millis(self.moment.since(moment))),
        )
    }
}

/// RFC 3339, UTC; a time that no calendar has is the epoch.
pub(super) fn timestamp(unix_ms: u64) -> String {
    let ms = i64::try_from(unix_ms).unwrap_or(0);
    Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
