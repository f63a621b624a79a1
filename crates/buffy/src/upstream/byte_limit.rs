//! Bytes that may be kept: an exact count, taken before the bytes are read and given back by a guard.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A count of bytes that never passes its limit.
#[derive(Debug)]
pub struct ByteLimit {
    taken: AtomicU64,
    limit: AtomicU64,
}

impl ByteLimit {
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self {
            taken: AtomicU64::new(0),
            limit: AtomicU64::new(limit),
        })
    }

    /// Bytes taken now.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Acquire)
    }

    /// Bytes at most.
    pub fn limit(&self) -> u64 {
        self.limit.load(Ordering::Acquire)
    }

    /// Another limit, for those who take from now on: what is taken stays.
    pub fn set_limit(&self, limit: u64) {
        self.limit.store(limit, Ordering::Release);
    }

    /// Takes as many as are free, `most` at most; returns how many.
    fn take(&self, most: u64) -> u64 {
        let limit = self.limit();
        let mut free = 0;
        self.taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
                free = limit.saturating_sub(taken).min(most);
                (free > 0).then_some(taken + free)
            })
            .map_or(0, |_| free)
    }

    fn give_back(&self, bytes: u64) {
        let before = self.taken.fetch_sub(bytes, Ordering::AcqRel);
        debug_assert!(before >= bytes, "given back more than was taken");
    }
}

/// Bytes taken of a limit; given back when dropped.
#[derive(Debug)]
pub struct TakenBytes {
    of: Arc<ByteLimit>,
    bytes: u64,
}

impl TakenBytes {
    /// None as yet.
    pub fn none(of: &Arc<ByteLimit>) -> Self {
        Self {
            of: Arc::clone(of),
            bytes: 0,
        }
    }

    /// All of these, or none where not all are free.
    pub fn all(of: &Arc<ByteLimit>, bytes: u64) -> Option<Self> {
        let mut taken = Self::none(of);
        (taken.more(bytes) == bytes).then_some(taken)
    }

    /// How many are taken.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes as many more as are free, `most` at most; returns how many.
    pub fn more(&mut self, most: u64) -> u64 {
        let more = self.of.take(most);
        self.bytes += more;
        more
    }

    /// Gives so many of them back.
    pub fn less(&mut self, bytes: u64) {
        let less = bytes.min(self.bytes);
        self.of.give_back(less);
        self.bytes -= less;
    }
}

impl Drop for TakenBytes {
    fn drop(&mut self) {
        self.of.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_taken_and_no_more() {
        let limit = ByteLimit::new(100);
        let mut first = TakenBytes::none(&limit);
        assert_eq!(first.more(70), 70);
        let mut second = TakenBytes::none(&limit);
        assert_eq!((second.more(70), second.more(1)), (30, 0));
        first.less(20);
        assert!(TakenBytes::all(&limit, 21).is_none(), "all or none");
        assert_eq!(limit.taken(), 80);
        assert_eq!(TakenBytes::all(&limit, 20).map(|all| all.bytes()), Some(20));
        drop((first, second));
        assert_eq!(limit.taken(), 0);
    }

    #[test]
    fn a_lowered_limit_binds_whoever_takes_from_then_on() {
        let limit = ByteLimit::new(100);
        let mut taken = TakenBytes::none(&limit);
        assert_eq!(taken.more(80), 80);
        limit.set_limit(50);
        assert_eq!(taken.more(1), 0);
        taken.less(40);
        assert_eq!(taken.more(20), 10);
        assert_eq!(limit.taken(), 50);
    }

    #[test]
    fn the_count_is_exact_under_contention() {
        let limit = ByteLimit::new(1000);
        let most = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (limit, most) = (&limit, &most);
                scope.spawn(move || {
                    for round in 0..10_000 {
                        let mut taken = TakenBytes::none(limit);
                        taken.more(1 + (round * 7 + n) % 400);
                        most.fetch_max(limit.taken(), Ordering::Relaxed);
                    }
                });
            }
        });
        assert!(most.load(Ordering::Relaxed) <= 1000);
        assert_eq!(limit.taken(), 0);
    }
}
