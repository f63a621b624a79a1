//! Those of a queue that ask alike: all of them may go, or none.

use std::collections::BTreeMap;

use super::{State, Ticket};
use crate::moment::Moment;

/// Where a request stands among all of its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) arrival: Moment,
    pub(super) sequence: u64,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    waiting: Line,
    released: Line,
}

type Line = BTreeMap<Key, Ticket>;

impl Lane {
    pub(super) fn line_mut(&mut self, state: State) -> &mut Line {
        match state {
            State::Waiting => &mut self.waiting,
            State::Released => &mut self.released,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.released.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn first_waiting(&self) -> Option<(Key, Ticket)> {
        self.waiting
            .first_key_value()
            .map(|(key, ticket)| (*key, *ticket))
    }

    pub(super) fn first(&self) -> Option<Key> {
        let firsts = [
            self.waiting.first_key_value(),
            self.released.first_key_value(),
        ];
        firsts.into_iter().flatten().map(|(key, _)| *key).min()
    }

    pub(super) fn before(&self, key: Key) -> usize {
        self.waiting.range(..key).count() + self.released.range(..key).count()
    }
}
