//! How many may be held: exact counts, taken in one step and given back by a guard.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::byte_limit::{ByteLimit, TakenBytes};

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

    /// Takes one, be the limit reached or not.
    fn take_anyway(&self) {
        self.taken.fetch_add(1, Ordering::AcqRel);
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

/// What the whole process may hold: requests, and bytes of their heads and bodies.
#[derive(Debug)]
pub struct ProcessLimits {
    held: Bounded,
    heads: Arc<ByteLimit>,
    memory: Arc<ByteLimit>,
    spill: Arc<ByteLimit>,
}

impl ProcessLimits {
    /// By `limits` of the configuration: requests, and bytes of their heads, of their bodies in
    /// memory and of their bodies in files.
    pub fn new(held: usize, heads: u64, memory: u64, spill: u64) -> Self {
        Self {
            held: Bounded::new(held),
            heads: ByteLimit::new(heads),
            memory: ByteLimit::new(memory),
            spill: ByteLimit::new(spill),
        }
    }

    /// Binds those who come from now on.
    pub fn set_limits(&self, held: usize, heads: u64, memory: u64, spill: u64) {
        self.held.set_limit(held);
        self.heads.set_limit(heads);
        self.memory.set_limit(memory);
        self.spill.set_limit(spill);
    }

    /// Requests held now, in the whole process.
    pub fn held(&self) -> &Bounded {
        &self.held
    }

    /// Bytes of heads.
    pub fn heads(&self) -> &Arc<ByteLimit> {
        &self.heads
    }

    /// Bytes of bodies in memory.
    pub fn memory(&self) -> &Arc<ByteLimit> {
        &self.memory
    }

    /// Bytes of bodies in files.
    pub fn spill(&self) -> &Arc<ByteLimit> {
        &self.spill
    }

    fn take(&self, head_bytes: u64) -> Option<TakenBytes> {
        if !self.held.take() {
            return None;
        }
        let heads = TakenBytes::all(&self.heads, head_bytes);
        if heads.is_none() {
            self.held.give_back();
        }
        heads
    }
}

/// The three counts that a held request takes part in; given back when dropped.
#[derive(Debug)]
pub struct Counted {
    process: Arc<ProcessLimits>,
    upstream: Arc<Bounded>,
    endpoint: Arc<Bounded>,
    heads: TakenBytes,
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
        let Some(heads) = process.take(head_bytes) else {
            upstream.give_back();
            endpoint.give_back();
            return None;
        };
        Some(Self {
            process: Arc::clone(process),
            upstream: Arc::clone(upstream),
            endpoint: Arc::clone(endpoint),
            heads,
        })
    }
}

impl Counted {
    /// Counted elsewhere from now on, where it meets no limit: it had its place before.
    #[must_use]
    pub fn moved(mut self, upstream: &Arc<Bounded>, endpoint: &Arc<Bounded>) -> Self {
        for (here, there) in [
            (&mut self.upstream, upstream),
            (&mut self.endpoint, endpoint),
        ] {
            there.take_anyway();
            std::mem::replace(here, Arc::clone(there)).give_back();
        }
        self
    }

    /// What it takes of the bytes of heads.
    pub fn head_bytes(&self) -> u64 {
        self.heads.bytes()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.process.held.give_back();
        self.upstream.give_back();
        self.endpoint.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_limit_takes_nothing_of_the_others() {
        let process = Arc::new(ProcessLimits::new(2, 1000, 0, 0));
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
        assert_eq!(process.heads().taken(), 1000);
        drop((first, second));
        assert_eq!(taken(), (0, 0, 0));
        assert_eq!(process.heads().taken(), 0);
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
    fn who_is_moved_meets_no_limit() {
        let process = Arc::new(ProcessLimits::new(1, 10, 0, 0));
        let [here, there, endpoint] = [(); 3].map(|()| Arc::new(Bounded::new(1)));
        let counted = Counted::take(&process, &here, &endpoint, 10).unwrap();
        there.take();
        let moved = counted.moved(&there, &endpoint);
        assert_eq!((here.taken(), there.taken()), (0, 2));
        drop(moved);
        let left = (process.held().taken(), there.taken(), endpoint.taken());
        assert_eq!(left, (0, 1, 0));
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
