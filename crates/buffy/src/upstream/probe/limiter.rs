//! How many looks the process takes: at most 200 in any second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many may follow each other at once after a pause …
const BURST: u32 = 20;
/// … and then one per so long: 180 in a second, 200 with the burst.
const SPACING: Duration = Duration::from_nanos(1_000_000_000 / 180);

/// Gives looks their turns, in the order in which they ask.
#[derive(Debug)]
pub(super) struct Limiter {
    /// When the next turn would be, had all before been evenly spaced.
    next: Mutex<Option<Instant>>,
}

impl Limiter {
    pub(super) const fn new() -> Self {
        Self {
            next: Mutex::new(None),
        }
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self) {
        let turn = self.book(Instant::now());
        tokio::time::sleep_until(turn).await;
    }

    /// The turn of one who asks now.
    pub(super) fn book(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let even = next.map_or(now, |next| next.max(now));
        *next = Some(even + SPACING);
        // Turns up to a burst ahead are given now.
        now.max(even.checked_sub(SPACING * (BURST - 1)).unwrap_or(now))
    }
}
