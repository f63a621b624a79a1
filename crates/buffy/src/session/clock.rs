//! The clock that answers go by: it can be set forward, and whoever waits by it wakes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use buffy_core::delay::Wait;
use buffy_core::moment::Moment;
use tokio::sync::Notify;

use crate::clock;

/// So far ahead at most, all advances together: what is further was not meant.
pub(super) const AHEAD_MAX: Duration = Duration::from_hours(100 * 365 * 24);

/// The time that answers go by: `now()`, delays, the gaps of streams, and what is done after an
/// answer. It runs as real time does, and only ever jumps forward. Gates, queues, probes and
/// deadlines of connections go by real time.
///
/// Cheap to clone: all clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Milliseconds before real time.
    ahead_ms: AtomicU64,
    /// Wakes those who wait when it has jumped.
    jumped: Notify,
}

impl Clock {
    /// The moment now: monotonic, real time and all jumps together.
    pub fn now(&self) -> Moment {
        clock::now().after(self.ahead())
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.of_unix_ms(clock::unix_ms())
    }

    /// The same where the real time is known.
    pub fn of_unix_ms(&self, unix_ms: u64) -> i64 {
        let ahead = self.inner.ahead_ms.load(Ordering::Acquire);
        i64::try_from(unix_ms.saturating_add(ahead)).unwrap_or(i64::MAX)
    }

    /// How far it is before real time.
    pub fn ahead(&self) -> Duration {
        Duration::from_millis(self.inner.ahead_ms.load(Ordering::Acquire))
    }

    /// Sets it forward, and wakes whoever waits; tells how far it is before real time, which is
    /// a hundred years at most. Whole milliseconds count.
    pub fn advance(&self, by: Duration) -> Duration {
        let most = u64::try_from(AHEAD_MAX.as_millis()).unwrap_or(u64::MAX);
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let further = |ahead: u64| Some(ahead.saturating_add(by).min(most));
        let ahead = &self.inner.ahead_ms;
        let updated = ahead.fetch_update(Ordering::AcqRel, Ordering::Acquire, further);
        debug_assert!(updated.is_ok(), "it can always be set");
        self.inner.jumped.notify_waiters();
        self.ahead()
    }

    /// Returns after so long, or when the clock was set forward past its end.
    pub async fn sleep(&self, wait: Duration) {
        if !wait.is_zero() {
            self.sleep_until(self.now().after(wait)).await;
        }
    }

    /// Returns when it is so late.
    pub async fn sleep_until(&self, end: Moment) {
        loop {
            // Asked for before the clock is read, so that no jump is missed in between.
            let jumped = self.inner.jumped.notified();
            let left = end.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                () = jumped => {}
            }
        }
    }

    /// Returns after the wait; never, where it is for ever.
    pub async fn wait(&self, wait: Wait) {
        match wait {
            Wait::For(wait) => self.sleep(wait).await,
            Wait::Forever => std::future::pending().await,
        }
    }
}
