//! Answers without an end (`text/event-stream`): who is under way, and who is told to end.
//!
//! A drain cannot wait for them: it tells them to end, spread over its window, so that not all
//! clients come back at once (semantics.md §9).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use buffy_core::gate::Asks;
use slab::Slab;

/// The part of a drain's window in which the answers are told to end; the rest is for the clients
/// to take what is on its way to them.
const SPREAD: f64 = 0.8;
/// And in this part they have ended, one way or the other: the drain is to see it.
const ENDED: f64 = 0.9;

/// The endless answers of one upstream that are under way.
#[derive(Debug, Default)]
pub struct Endless {
    streams: Mutex<Slab<Stream>>,
}

#[derive(Debug)]
struct Stream {
    asks: Asks,
    due: Option<Due>,
    waker: Option<Waker>,
}

/// When an endless answer is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// From here on, as soon as a chunk ends.
    pub at: Instant,
    /// Here in any case: its client does not read, or a chunk does not end.
    pub latest: Instant,
}

impl Endless {
    /// One more is under way, until the guard is dropped.
    pub fn begin(self: &Arc<Self>, asks: Asks) -> UnderWay {
        let key = self.streams().insert(Stream {
            asks,
            due: None,
            waker: None,
        });
        UnderWay {
            of: Arc::clone(self),
            key,
        }
    }

    /// How many are under way that a drain is about.
    pub fn count(&self, drained: impl Fn(Asks) -> bool) -> usize {
        let streams = self.streams();
        streams.iter().filter(|(_, one)| drained(one.asks)).count()
    }

    /// Tells those that a drain is about to end within its window, evenly spread. It may be said
    /// again, with the rest of the window, for those that began since.
    pub fn end(&self, drained: impl Fn(Asks) -> bool, now: Instant, window: Duration) {
        let latest = now + window.mul_f64(ENDED);
        let mut streams = self.streams();
        let mut untold: Vec<_> = streams
            .iter_mut()
            .map(|(_, one)| one)
            .filter(|one| drained(one.asks) && one.due.is_none_or(|due| latest < due.latest))
            .collect();
        let last = u32::try_from(untold.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let step = window.mul_f64(SPREAD) / last.max(1);
        for (number, one) in (0u32..).zip(&mut untold) {
            one.due = Some(Due {
                at: now + step * number,
                latest,
            });
            if let Some(waker) = one.waker.take() {
                waker.wake();
            }
        }
    }

    /// The drain is over, as its close was lifted: they go on.
    pub fn go_on(&self, drained: impl Fn(Asks) -> bool) {
        let mut streams = self.streams();
        for (_, one) in streams.iter_mut().filter(|(_, one)| drained(one.asks)) {
            one.due = None;
        }
    }

    fn streams(&self) -> MutexGuard<'_, Slab<Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An endless answer under way.
#[derive(Debug)]
pub struct UnderWay {
    of: Arc<Endless>,
    key: usize,
}

impl UnderWay {
    /// Ready once it was told to end: when.
    pub fn poll_due(&self, cx: &mut Context<'_>) -> Poll<Due> {
        let mut streams = self.of.streams();
        let Some(one) = streams.get_mut(self.key) else {
            return Poll::Pending;
        };
        // Kept also by one that was told: it may be told again.
        match &mut one.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        one.due.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        drop(self.of.streams().try_remove(self.key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drain_tells_those_that_it_is_about_spread_over_its_window() {
        let endless = Arc::new(Endless::default());
        let reads: Vec<_> = (0..5).map(|_| endless.begin(Asks::READ)).collect();
        let write = endless.begin(Asks::WRITE);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(reads.iter().all(|one| one.poll_due(&mut cx).is_pending()));

        let now = Instant::now();
        let window = Duration::from_secs(10);
        endless.end(|asks| asks == Asks::READ, now, window);
        let mut dues = Vec::new();
        for read in &reads {
            let Poll::Ready(due) = read.poll_due(&mut cx) else {
                panic!("it was not told");
            };
            assert!(due.at < due.latest && due.latest < now + window);
            dues.push(due.at - now);
        }
        let expected: Vec<_> = [0, 2, 4, 6, 8].map(Duration::from_secs).into();
        assert_eq!(dues, expected);
        assert!(write.poll_due(&mut cx).is_pending());
    }

    #[test]
    fn who_was_told_is_told_again_only_to_end_sooner() {
        let endless = Arc::new(Endless::default());
        let first = endless.begin(Asks::READ);
        let mut cx = Context::from_waker(Waker::noop());
        let mut latest = |one: &UnderWay| match one.poll_due(&mut cx) {
            Poll::Ready(due) => due.latest,
            Poll::Pending => panic!("it was not told"),
        };
        let seconds = Duration::from_secs;
        let now = Instant::now();
        endless.end(|_| true, now, seconds(10));
        let second = endless.begin(Asks::READ);
        endless.end(|_| true, now + seconds(5), seconds(5));
        assert_eq!(latest(&first), now + seconds(9));
        assert!(latest(&second) > latest(&first));

        endless.end(|_| true, now + seconds(6), seconds(1));
        assert!(latest(&first) < now + seconds(7) && latest(&second) < now + seconds(7));
    }

    #[test]
    fn after_a_lift_they_go_on() {
        let endless = Arc::new(Endless::default());
        let one = endless.begin(Asks::READ);
        endless.end(|_| true, Instant::now(), Duration::from_secs(10));
        endless.go_on(|_| true);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(one.poll_due(&mut cx).is_pending());
    }

    #[test]
    fn one_that_is_over_is_no_longer_counted() {
        let endless = Arc::new(Endless::default());
        let one = endless.begin(Asks::READ);
        let other = endless.begin(Asks::WRITE);
        assert_eq!(endless.count(|_| true), 2);
        drop(one);
        assert_eq!(endless.count(|_| true), 1);
        drop(other);
        assert_eq!(endless.count(|_| true), 0);
    }
}
