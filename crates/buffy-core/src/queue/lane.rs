//! Those of a queue that ask alike: all of them may go, or none.

use std::collections::BTreeMap;

use super::{State, Ticket};
use crate::moment::Moment;

/// Where a request stands among all of its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) class: u8,
    pub(super) arrival: Moment,
    pub(super) sequence: u64,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    waiting: Row,
    recalled: Row,
    released: Row,
    away: Row,
}

type Row = BTreeMap<Key, Ticket>;

impl Lane {
    pub(super) fn row_mut(&mut self, state: State) -> &mut Row {
        match state {
            State::Waiting => &mut self.waiting,
            State::Recalled => &mut self.recalled,
            State::Released => &mut self.released,
            State::Away => &mut self.away,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows().iter().all(|row| row.is_empty())
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn first_waiting(&self) -> Option<(Key, Ticket)> {
        self.iter_waiting().next()
    }

    pub(super) fn first_recalled(&self) -> Option<Key> {
        self.recalled.first_key_value().map(|(key, _)| *key)
    }

    pub(super) fn iter_waiting(&self) -> impl Iterator<Item = (Key, Ticket)> + '_ {
        self.waiting.iter().map(|(key, ticket)| (*key, *ticket))
    }

    pub(super) fn before(&self, key: Key) -> usize {
        let counts = self.rows().map(|row| row.range(..key).count());
        counts.into_iter().sum()
    }

    fn rows(&self) -> [&Row; 4] {
        [&self.waiting, &self.recalled, &self.released, &self.away]
    }
}
