//! The shapes of what the admin API answers: types of their own, so that what is inside may change.
//!
//! Their JSON Schemas are in `docs/reference/api`, printed from these types by a test.

mod answer_time;
mod bypass;
mod done;
mod entry;
mod gate;
pub(super) mod held;
mod looks;
mod pinned;
mod reached;
pub(super) mod record;
mod release;
mod reload;
mod report;
pub(super) mod requests;
mod reset;
#[cfg(test)]
mod schemas;
mod status;
mod target;
pub(super) mod verify;
pub(super) mod why;

pub(super) use answer_time::Clock;
pub(super) use bypass::Bypass;
pub(super) use done::Done;
pub(super) use gate::{Gate, Gates};
pub(super) use looks::Term;
pub(super) use pinned::Pinned;
pub(super) use reached::Reached;
pub(super) use reload::Reloaded;
pub(super) use reset::Reset;
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

    /// When that was, or will be.
    pub(super) fn at(self, moment: Moment) -> String {
        let (ago, ahead) = (self.moment.since(moment), moment.since(self.moment));
        let then = self.unix_ms.saturating_sub(millis(ago));
        timestamp(then.saturating_add(millis(ahead)))
    }

    /// How long ago that was, to the millisecond; zero where it is to come.
    pub(super) fn seconds_since(self, moment: Moment) -> f64 {
        Duration::from_millis(millis(self.moment.since(moment))).as_secs_f64()
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
