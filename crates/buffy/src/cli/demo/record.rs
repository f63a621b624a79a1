//! The tally, with a clock and a lock: what clients and backends write into, from their threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::tally::{Figures, Method, Move, Seen, Tally, Version};

/// Shared by all who see something.
#[derive(Clone)]
pub(super) struct Record {
    start: Instant,
    tally: Arc<Mutex<Tally>>,
}

impl Record {
    /// Time begins now.
    pub(super) fn start() -> Self {
        Self {
            start: Instant::now(),
            tally: Arc::default(),
        }
    }

    /// Since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub(super) fn sent(&self, method: Method) -> usize {
        self.tally().sent(method, self.elapsed())
    }

    pub(super) fn begun(&self, id: usize, by: Version) -> bool {
        self.tally().begun(id, by)
    }

    pub(super) fn ended(&self, id: usize, held: bool, seen: Seen) {
        self.tally().ended(id, self.elapsed(), held, seen);
    }

    pub(super) fn up(&self, version: Version) {
        self.tally().up(version, self.elapsed());
    }

    pub(super) fn cut_began(&self, version: Version) {
        self.tally().cut_began(version, self.elapsed());
    }

    pub(super) fn cut_done(&self) {
        self.tally().cut_done(self.elapsed());
    }

    pub(super) fn give_up(&self) {
        self.tally().give_up(self.elapsed());
    }

    pub(super) fn figures(&self) -> Figures {
        self.tally().figures()
    }

    pub(super) fn moves(&self) -> Vec<Move> {
        self.tally().moves().to_vec()
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
