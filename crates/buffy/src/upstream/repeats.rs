//! The budget of repeats: a fault that every request meets must not double the load.
//!
//! Repeats may be a fifth of the requests of the last ten seconds, or three a second where that is
//! more (semantics.md §5). What is held again because the upstream is away is not charged.

use std::sync::{Mutex, PoisonError};

use buffy_core::moment::Moment;

use super::gate::Upstream;
use super::inflight::Inflight;
use crate::clock;

/// Of the requests.
const SHARE: f64 = 0.2;
/// However few requests there are.
const PER_SECOND: f64 = 3.0;
/// What was not used is forgotten after so many seconds.
const WINDOW: f64 = 10.0;

/// What is left to repeat with.
#[derive(Debug)]
pub(super) struct Repeats(Mutex<Credit>);

#[derive(Debug)]
struct Credit {
    left: f64,
    at: Moment,
    /// Requests until then.
    requests: u64,
}

impl Repeats {
    pub(super) fn new(now: Moment) -> Self {
        Self(Mutex::new(Credit {
            left: PER_SECOND * WINDOW,
            at: now,
            requests: 0,
        }))
    }

    /// Takes leave for one repeat; false where there is none. `requests` is how many there were so
    /// far, of all kinds.
    fn take(&self, now: Moment, requests: u64) -> bool {
        let mut credit = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = now.since(credit.at).as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            reason = "as many are not counted in a life"
        )]
        let came = requests.saturating_sub(credit.requests) as f64;
        // Of a longer time the last part counts, as if they had come evenly.
        let counted = seconds.min(WINDOW);
        let came = if seconds > WINDOW {
            came * WINDOW / seconds
        } else {
            came
        };
        credit.left *= 1.0 - counted / WINDOW;
        credit.left += (SHARE * came).max(PER_SECOND * counted);
        credit.at = now;
        credit.requests = requests;
        let may = credit.left >= 1.0;
        if may {
            credit.left -= 1.0;
        }
        may
    }
}

impl Upstream {
    /// Leave for one repeat while the upstream is well; false where there were too many.
    pub fn take_repeat(&self) -> bool {
        let requests = self.inflight.iter().map(Inflight::total).sum();
        self.repeats.take(clock::now(), requests)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::ZERO.after(Duration::from_millis(millis))
    }

    /// How many of these repeats are allowed, with so many requests a second, over so many seconds.
    fn allowed(requests: u64, wanted: u64, seconds: u64) -> u64 {
        let repeats = Repeats::new(at(0));
        let mut allowed = 0;
        for millis in 1..=seconds * 1000 {
            let now = at(millis);
            let before = (millis - 1) * wanted / 1000;
            for _ in before..millis * wanted / 1000 {
                allowed += u64::from(repeats.take(now, millis * requests / 1000));
            }
        }
        allowed
    }

    #[test]
    fn repeats_stay_under_a_fifth_of_the_requests() {
        assert_eq!(allowed(1000, 100, 60), 6000, "a tenth is allowed");
        let most = allowed(1000, 1000, 60);
        assert!((11_000..=12_100).contains(&most), "{most} of 60,000");
    }

    #[test]
    fn three_a_second_are_allowed_however_few_requests_there_are() {
        assert_eq!(allowed(3, 3, 60), 180);
        let most = allowed(10, 10, 60);
        assert!((180..=240).contains(&most), "{most}");
    }

    #[test]
    fn what_was_not_used_is_there_for_a_burst_and_no_more_than_of_ten_seconds() {
        let burst = |requests: u64, seconds: u64| {
            let repeats = Repeats::new(at(0));
            let now = at(seconds * 1000);
            (0..10_000)
                .take_while(|_| repeats.take(now, requests))
                .count()
        };
        assert_eq!(burst(0, 0), 30);
        assert_eq!(burst(0, 3600), 30);
        assert_eq!(burst(1000 * 3600, 3600), 2000);
    }
}
