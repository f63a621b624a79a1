//! How many may be held: exact counts, taken in one step and given back by a guard.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// A counter that never passes its limit.
///
/// The limit can be changed; whatever was taken before stays taken.
#[derive(Debug)]
pub struct Bounded {
    taken: AtomicUsize,
    limit: AtomicUsize,
}

impl Bounded {
    pub fn new(limit: usize) -> Self {
        Self {
            taken: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
        }
    }

    /// Takes one, unless the limit is reached.
    pub fn take(&self) -> bool {
        self.taken
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |taken| {
                (taken < self.limit()).then(|| taken + 1)
            })
            .is_ok()
    }

    /// Gives one back.
    pub fn give_back(&self) {
        let before = self.taken.fetch_sub(1, Ordering::AcqRel);
        debug_assert!(before > 0, "given back more than was taken");
    }

    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }

    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Binds those who come from now on.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }
}

/// What the whole process may hold: requests, and bytes of their heads.
#[derive(Debug)]
pub struct ProcessLimits {
    held: Bounded,
    heads: AtomicU64,
    heads_max: AtomicU64,
}

impl ProcessLimits {
    pub fn new(held_max: usize, heads_max: u64) -> Self {
        Self {
            held: Bounded::new(held_max),
            heads: AtomicU64::new(0),
            heads_max: AtomicU64::new(heads_max),
        }
    }

    /// Binds those who come from now on.
    pub fn set_limits(&self, held_max: usize, heads_max: u64) {
        self.held.set_limit(held_max);
        self.heads_max.store(heads_max, Ordering::Relaxed);
    }

    /// Requests held now, in the whole process.
    pub fn held(&self) -> &Bounded {
        &self.held
    }

    fn take(&self, head_bytes: u64) -> bool {
        if !self.held.take() {
            return false;
        }
        let fits = self
            .heads
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |taken| {
                let sum = taken.checked_add(head_bytes)?;
                (sum <= self.heads_max.load(Ordering::Relaxed)).then_some(sum)
            })
            .is_ok();
        if !fits {
            self.held.give_back();
        }
        fits
    }

    fn give_back(&self, head_bytes: u64) {
        self.heads.fetch_sub(head_bytes, Ordering::AcqRel);
        self.held.give_back();
    }
}

/// The three counts that a held request takes part in; given back when dropped.
#[derive(Debug)]
pub struct Counted {
    process: Arc<ProcessLimits>,
    upstream: Arc<Bounded>,
    endpoint: Arc<Bounded>,
    head_bytes: u64,
}

impl Counted {
    /// Takes one of each; none where any is full.
    pub fn take(
        process: &Arc<ProcessLimits>,
        upstream: &Arc<Bounded>,
        endpoint: &Arc<Bounded>,
        head_bytes: u64,
    ) -> Option<Self> {
        if !endpoint.take() {
            return None;
        }
        if !upstream.take() {
            endpoint.give_back();
            return None;
        }
        if !process.take(head_bytes) {
            upstream.give_back();
            endpoint.give_back();
            return None;
        }
        Some(Self {
            process: Arc::clone(process),
            upstream: Arc::clone(upstream),
            endpoint: Arc::clone(endpoint),
            head_bytes,
        })
    }
}

impl Counted {
    /// What it takes of the bytes of heads.
    pub fn head_bytes(&self) -> u64 {
        self.head_bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.process.give_back(self.head_bytes);
        self.upstream.give_back();
        self.endpoint.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_limit_takes_nothing_of_the_others() {
        let process = Arc::new(ProcessLimits::new(2, 1000));
        let upstream = Arc::new(Bounded::new(10));
        let endpoint = Arc::new(Bounded::new(10));
        let first = Counted::take(&process, &upstream, &endpoint, 400);
        assert!(
            Counted::take(&process, &upstream, &endpoint, 700).is_none(),
            "heads are full"
        );
        let second = Counted::take(&process, &upstream, &endpoint, 600);
        assert!(
            Counted::take(&process, &upstream, &endpoint, 0).is_none(),
            "the process is full"
        );
        let taken = || (process.held().taken(), upstream.taken(), endpoint.taken());
        assert_eq!(taken(), (2, 2, 2));
        drop((first, second));
        assert_eq!(taken(), (0, 0, 0));
    }

    #[test]
    fn a_lowered_limit_binds_newcomers_only() {
        let bound = Bounded::new(3);
        assert!(bound.take() && bound.take() && bound.take());
        bound.set_limit(2);
        bound.give_back();
        assert!(!bound.take(), "two are taken, and two is the limit");
        bound.give_back();
        assert!(bound.take());
        bound.set_limit(3);
        assert!(bound.take());
        assert_eq!(bound.taken(), 3);
    }

    #[test]
    fn a_bound_is_exact_under_contention() {
        let bound = Bounded::new(10);
        let most = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        if bound.take() {
                            most.fetch_max(bound.taken(), Ordering::Relaxed);
                            bound.give_back();
                        }
                    }
                });
            }
        });
        assert!(most.load(Ordering::Relaxed) <= 10);
        assert_eq!(bound.taken(), 0);
    }
}
