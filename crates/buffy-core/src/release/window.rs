//! Nobody is overtaken by many on the way to the target.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::moment::Moment;
use crate::queue::Ticket;

/// Those that were released and have not sent their first byte, each on its own thread. With a lid
/// on the requests in flight nobody goes while one that went so many turns before him is not sent.
#[derive(Debug)]
pub(super) struct Window {
    lid: Option<u64>,
    /// Whoever takes longer keeps nobody waiting.
    patience: Duration,
    next: u64,
    unsent: BTreeMap<u64, Moment>,
    turns: BTreeMap<Ticket, u64>,
}

impl Window {
    pub(super) fn new(lid: Option<usize>, patience: Duration) -> Self {
        Self {
            lid: lid.map(|lid| lid.max(1) as u64),
            patience,
            next: 0,
            unsent: BTreeMap::new(),
            turns: BTreeMap::new(),
        }
    }

    pub(super) fn released(&mut self, ticket: Ticket, now: Moment) {
        if self.lid.is_some() {
            self.unsent.insert(self.next, now);
            self.turns.insert(ticket, self.next);
            self.next += 1;
        }
    }

    /// Its first byte is written, or it does not go now.
    pub(super) fn gone(&mut self, ticket: Ticket) {
        if let Some(turn) = self.turns.remove(&ticket) {
            self.unsent.remove(&turn);
        }
    }

    /// So many more may go.
    pub(super) fn room(&self, now: Moment) -> usize {
        let Some(lid) = self.lid else {
            return usize::MAX;
        };
        let ahead = self.awaited(now).map_or(0, |turn| self.next - turn);
        usize::try_from(lid.saturating_sub(ahead)).unwrap_or(usize::MAX)
    }

    /// When there may be room because somebody's patience ends.
    pub(super) fn due(&self, now: Moment) -> Option<Moment> {
        let turn = self.awaited(now).filter(|_| self.room(now) == 0)?;
        let since = self.unsent.get(&turn)?;
        Some(since.after(self.patience))
    }

    fn awaited(&self, now: Moment) -> Option<u64> {
        let mut young = self
            .unsent
            .iter()
            .filter(|(_, since)| now.since(**since) < self.patience);
        young.next().map(|(turn, _)| *turn)
    }
}
