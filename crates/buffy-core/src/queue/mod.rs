//! The queue of one upstream: who waits, in which order, and who may go.
//!
//! A request that waits has a *place*. When it may go it is *released*, and keeps its place until
//! it has sent its first byte or given up, so that it can always come back to where it was.
//! Order is (arrival, sequence). The shell maps a ticket to the task that waits.
//!
//! Not here: limits, deadlines, and whether a gate lets anybody pass.

mod lane;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use slab::Slab;

use crate::gate::Asks;
use crate::moment::Moment;
use lane::{Key, Lane};

/// A request's right to wait; given back exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(pub usize);

/// One queue; every step takes logarithmic time, but for those that are for people.
#[derive(Debug, Default)]
pub struct Queue {
    /// By what requests ask, as some may go while others may not.
    reads: Lane,
    writes: Lane,
    places: Slab<Place>,
    /// Of the next to join: orders those that arrived at one moment.
    sequence: u64,
}

/// A place as people are shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub ticket: Ticket,
    pub arrival: Moment,
    pub asks: Asks,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may not go yet.
    Waiting,
    /// It may go, and has not sent its first byte.
    Released,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    key: Key,
    asks: Asks,
    state: State,
}

impl Queue {
    /// Takes a place for a request that must wait, behind all that arrived before.
    pub fn join(&mut self, arrival: Moment, asks: Asks) -> Ticket {
        let key = Key {
            arrival,
            sequence: self.sequence,
        };
        self.sequence += 1;
        let ticket = Ticket(self.places.insert(Place {
            key,
            asks,
            state: State::Waiting,
        }));
        self.lane_mut(asks)
            .line_mut(State::Waiting)
            .insert(key, ticket);
        ticket
    }

    /// Releases all that wait and may go, in order, to the end of `out`. `may_go` is asked of the
    /// first of each sort that waits; a no is the answer for all that ask the same.
    pub fn release(&mut self, mut may_go: impl FnMut(&Asks) -> bool, out: &mut Vec<Ticket>) {
        let mut reads_go = true;
        let mut writes_go = true;
        loop {
            let read = self.reads.first_waiting().filter(|_| reads_go);
            let write = self.writes.first_waiting().filter(|_| writes_go);
            let reads_first = match (read, write) {
                (None, None) => return,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((read, _)), Some((write, _))) => read < write,
            };
            let Some((_, ticket)) = (if reads_first { read } else { write }) else {
                return;
            };
            let asks = if reads_first { Asks::READ } else { Asks::WRITE };
            if may_go(&asks) {
                self.put(ticket, State::Released);
                out.push(ticket);
            } else if reads_first {
                reads_go = false;
            } else {
                writes_go = false;
            }
        }
    }

    /// A released request could not go after all: it waits again, where it stood.
    pub fn wait_again(&mut self, ticket: Ticket) {
        self.put(ticket, State::Waiting);
    }

    /// The request was sent, or has gone: its place is free.
    pub fn give_back(&mut self, ticket: Ticket) {
        debug_assert!(
            self.places.contains(ticket.0),
            "{ticket:?} was given back before"
        );
        let Some(place) = self.places.try_remove(ticket.0) else {
            return;
        };
        self.lane_mut(place.asks)
            .line_mut(place.state)
            .remove(&place.key);
    }

    /// Must a newcomer take a place, because it may not go, or because somebody who may go has one?
    pub fn must_join(&self, asks: &Asks, may_go: impl Fn(&Asks) -> bool) -> bool {
        let before = [(&self.reads, Asks::READ), (&self.writes, Asks::WRITE)];
        !may_go(asks)
            || before
                .iter()
                .any(|(lane, asks)| !lane.is_empty() && may_go(asks))
    }

    /// Requests that may not go yet.
    pub fn waiting(&self) -> usize {
        self.reads.waiting() + self.writes.waiting()
    }

    /// Requests that have a place, released ones included.
    pub fn places(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The arrival of the oldest request that has a place.
    pub fn oldest(&self) -> Option<Moment> {
        let firsts = [self.reads.first(), self.writes.first()];
        firsts.into_iter().flatten().min().map(|key| key.arrival)
    }

    /// How many have a place before this one. For people: it takes linear time.
    pub fn position(&self, ticket: Ticket) -> usize {
        self.places.get(ticket.0).map_or(0, |place| {
            self.reads.before(place.key) + self.writes.before(place.key)
        })
    }

    /// All that have a place, in order. For people: it makes a list of them first.
    pub fn iter(&self) -> impl Iterator<Item = Entry> + use<> {
        let mut places: Vec<(usize, Place)> = self
            .places
            .iter()
            .map(|(index, place)| (index, *place))
            .collect();
        places.sort_unstable_by_key(|(_, place)| place.key);
        places.into_iter().map(|(index, place)| Entry {
            ticket: Ticket(index),
            arrival: place.key.arrival,
            asks: place.asks,
            state: place.state,
        })
    }

    fn put(&mut self, ticket: Ticket, state: State) {
        debug_assert!(self.places.contains(ticket.0), "{ticket:?} has no place");
        let Some(place) = self.places.get_mut(ticket.0) else {
            return;
        };
        let old = std::mem::replace(&mut place.state, state);
        let Place { key, asks, .. } = *place;
        let lane = self.lane_mut(asks);
        lane.line_mut(old).remove(&key);
        lane.line_mut(state).insert(key, ticket);
    }

    fn lane_mut(&mut self, asks: Asks) -> &mut Lane {
        if asks.writes {
            &mut self.writes
        } else {
            &mut self.reads
        }
    }
}
