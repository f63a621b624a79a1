//! The process's clock: monotonic moments for decisions, wall-clock milliseconds for people.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use buffy_core::moment::Moment;

static START: OnceLock<Instant> = OnceLock::new();

/// The instant that [`Moment::ZERO`] stands for: the first time anybody asked.
pub fn start() -> Instant {
    *START.get_or_init(Instant::now)
}

/// The moment now.
pub fn now() -> Moment {
    moment(Instant::now())
}

/// The moment of an instant.
pub fn moment(instant: Instant) -> Moment {
    Moment::ZERO.after(instant.saturating_duration_since(start()))
}

/// The instant of a moment.
pub fn instant(moment: Moment) -> Instant {
    start() + moment.since(Moment::ZERO)
}

/// Milliseconds since the Unix epoch.
pub fn unix_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

/// A wait of about `base`, up to `percent` shorter or longer, so that many who wait do not wake
/// together.
pub fn jittered(base: Duration, percent: u32) -> Duration {
    // Without randomness from the system the wait is exact: no harm in that.
    let random = crate::random::bytes().map_or(u32::MAX / 2, u32::from_ne_bytes);
    let off = f64::from(random) / f64::from(u32::MAX) * 2.0 - 1.0;
    base.mul_f64(1.0 + off * f64::from(percent.min(100)) / 100.0)
}
