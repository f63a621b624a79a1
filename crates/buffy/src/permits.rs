//! Permits: a bound for connections or descriptors, and a line of those who wait for one.
//!
//! A request that cannot get a descriptor for its connect is not in error: it keeps its place and
//! goes when one is free (semantics.md §3, "Descriptors").

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// So many may be taken, and no more.
#[derive(Debug)]
pub struct Permits {
    used: AtomicUsize,
    max: AtomicUsize,
    /// How many are in the line, read without its lock.
    waiting: AtomicUsize,
    line: Mutex<Line>,
}

/// Who waits, first come first.
#[derive(Debug, Default)]
struct Line {
    next: u64,
    entries: VecDeque<(u64, Waker)>,
}

impl Permits {
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            max: AtomicUsize::new(max),
            waiting: AtomicUsize::new(0),
            line: Mutex::default(),
        })
    }

    /// Takes one, if one is free.
    pub fn take(self: &Arc<Self>) -> Option<Permit> {
        self.used
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |used| {
                (used < self.max()).then(|| used + 1)
            })
            .ok()
            .map(|_| Permit(Arc::clone(self)))
    }

    /// Takes one, if so many more stay free for others.
    pub fn take_leaving(self: &Arc<Self>, left: usize) -> Option<Permit> {
        self.used
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |used| {
                (used + left < self.max()).then(|| used + 1)
            })
            .ok()
            .map(|_| Permit(Arc::clone(self)))
    }

    /// At most.
    pub fn max(&self) -> usize {
        self.max.load(Ordering::SeqCst)
    }

    /// Another bound from now on: whatever was taken stays taken, and whoever waits for one that
    /// is free now is woken.
    pub fn set_max(&self, max: usize) {
        let more = max.saturating_sub(self.max.swap(max, Ordering::SeqCst));
        for _ in 0..more.min(self.waiting.load(Ordering::SeqCst)) {
            self.wake_next();
        }
    }

    /// Taken now.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn wake_next(&self) {
        if self.waiting.load(Ordering::SeqCst) == 0 {
            return;
        }
        let next = {
            let mut line = self.line();
            let next = line.entries.pop_front();
            self.waiting.store(line.entries.len(), Ordering::SeqCst);
            next
        };
        if let Some((_, waker)) = next {
            waker.wake();
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the permits; given back when dropped.
#[derive(Debug)]
pub struct Permit(Arc<Permits>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.used.fetch_sub(1, Ordering::SeqCst);
        self.0.wake_next();
    }
}

/// A turn in the line for a permit.
#[derive(Debug)]
pub struct Turn {
    permits: Arc<Permits>,
    /// Our entry; it is no longer in the line once we were woken.
    entry: Option<u64>,
}

impl Turn {
    pub fn new(permits: &Arc<Permits>) -> Self {
        Self {
            permits: Arc::clone(permits),
            entry: None,
        }
    }

    /// Ready with a permit; else the task is woken when one is given back.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Permit> {
        self.stand(cx);
        // Looked at after standing in line, so that none is given back unseen.
        match self.permits.take() {
            Some(permit) => {
                self.leave();
                Poll::Ready(permit)
            }
            None => Poll::Pending,
        }
    }

    fn stand(&mut self, cx: &mut Context<'_>) {
        let mut line = self.permits.line();
        let mine = self.entry.and_then(|entry| {
            line.entries
                .binary_search_by_key(&entry, |(id, _)| *id)
                .ok()
        });
        if let Some((_, waker)) = mine.and_then(|at| line.entries.get_mut(at)) {
            waker.clone_from(cx.waker());
            return;
        }
        let entry = line.next;
        line.next += 1;
        line.entries.push_back((entry, cx.waker().clone()));
        self.permits
            .waiting
            .store(line.entries.len(), Ordering::SeqCst);
        self.entry = Some(entry);
    }

    /// True where our entry was still in the line.
    fn leave(&mut self) -> bool {
        let Some(entry) = self.entry.take() else {
            return true;
        };
        let mut line = self.permits.line();
        let mine = line.entries.binary_search_by_key(&entry, |(id, _)| *id);
        if let Ok(at) = mine {
            line.entries.remove(at);
            self.permits
                .waiting
                .store(line.entries.len(), Ordering::SeqCst);
        }
        mine.is_ok()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.leave() {
            // We were woken and do not use it: the next in line may.
            self.permits.wake_next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_woken_when_there_are_more() {
        let permits = Permits::new(1);
        let first = permits.take();
        let mut cx = Context::from_waker(Waker::noop());
        let mut turn = Turn::new(&permits);
        assert!(turn.poll(&mut cx).is_pending());
        permits.set_max(2);
        assert_eq!(permits.waiting.load(Ordering::Relaxed), 0, "he was woken");
        let Poll::Ready(second) = turn.poll(&mut cx) else {
            panic!("there is one more");
        };
        permits.set_max(1);
        drop(first);
        assert!(
            permits.take().is_none(),
            "one is taken, and one is the bound"
        );
        drop(second);
        assert!(permits.take().is_some());
    }

    #[test]
    fn who_waits_is_woken_when_one_is_given_back() {
        let permits = Permits::new(2);
        let first = permits.take();
        let second = permits.take();
        assert!(first.is_some() && second.is_some());
        assert!(permits.take().is_none());
        let mut cx = Context::from_waker(Waker::noop());
        let mut turn = Turn::new(&permits);
        assert!(turn.poll(&mut cx).is_pending());
        assert_eq!(permits.waiting.load(Ordering::Relaxed), 1);
        drop(first);
        assert!(turn.poll(&mut cx).is_ready());
        drop(turn);
        assert_eq!(permits.waiting.load(Ordering::Relaxed), 0);
    }
}
