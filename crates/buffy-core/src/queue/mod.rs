//! The queue of one upstream: who waits, in which order, and who may go.
//!
//! A request that waits has a *place*. When it may go it is *released*, and keeps its place until
//! it has sent its first byte or given up, so that it can always come back to where it was.
//! Order is (class, arrival, sequence). The shell maps a ticket to the task that waits.
//!
//! Not here: limits, deadlines, whether a gate lets anybody pass, and how many may go (`release`).

mod lane;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use slab::Slab;

use crate::gate::Asks;
use crate::moment::Moment;
use lane::{Key, Lane};

/// The class of a request that no rule gives another: behind all others.
pub const CLASS_LAST: u8 = u8::MAX;

/// A request's right to wait; given back exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub usize);

/// One queue; every step takes logarithmic time, but for those that say otherwise.
#[derive(Debug, Default)]
pub struct Queue {
    /// By what requests ask, as some may go while others may not; none is empty.
    lanes: BTreeMap<Asks, Lane>,
    places: Slab<Place>,
    /// For the oldest of all, whatever its class.
    arrivals: BTreeSet<(Moment, u64)>,
    /// Of the next to join: orders those that arrived at one moment.
    sequence: u64,
}

/// A place as people are shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub ticket: Ticket,
    pub class: u8,
    pub arrival: Moment,
    pub asks: Asks,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may not go yet.
    Waiting,
    /// What it asks is being judged anew, which takes a moment: nobody behind it is released
    /// meanwhile.
    Recalled,
    /// It may go, and has not sent its first byte.
    Released,
    /// It is on its way through another queue, and may come back.
    Away,
}

/// What is known of a request that waits, where one is chosen to go first of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// A byte of it was written to a target.
    pub sent: bool,
    /// Its whole body is here.
    pub whole: bool,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    key: Key,
    asks: Asks,
    state: State,
    facts: Facts,
}

impl Queue {
    /// Takes a place for a request that must wait: behind all of its class that arrived before.
    /// Lower classes go first.
    pub fn join(&mut self, class: u8, arrival: Moment, asks: Asks, facts: Facts) -> Ticket {
        let key = Key {
            class,
            arrival,
            sequence: self.sequence,
        };
        self.sequence += 1;
        self.arrivals.insert((key.arrival, key.sequence));
        let ticket = Ticket(self.places.insert(Place {
            key,
            asks,
            state: State::Waiting,
            facts,
        }));
        self.lane_mut(asks)
            .row_mut(State::Waiting)
            .insert(key, ticket);
        ticket
    }

    /// Releases those that wait and may go, in order and `max` at most, to the end of `out`.
    /// `may_go` is asked of the first of each sort that waits; a no is the answer for all that ask
    /// the same. Nobody passes one that is being judged anew.
    pub fn release(
        &mut self,
        max: usize,
        mut may_go: impl FnMut(&Asks) -> bool,
        out: &mut Vec<Ticket>,
    ) {
        let recalled = self.first_recalled();
        let mut barred: Vec<Asks> = Vec::new();
        let mut released = 0;
        while released < max {
            let firsts = self
                .lanes
                .iter()
                .filter(|(asks, _)| !barred.contains(asks))
                .filter_map(|(asks, lane)| lane.first_waiting().map(|first| (first, *asks)));
            let Some(((key, ticket), asks)) = firsts.min_by_key(|((key, _), _)| *key) else {
                return;
            };
            if recalled.is_some_and(|recalled| recalled < key) {
                return;
            }
            if may_go(&asks) {
                self.put(ticket, State::Released);
                out.push(ticket);
                released += 1;
            } else {
                barred.push(asks);
            }
        }
    }

    /// Releases one, wherever it stands; false where it does not wait.
    pub fn release_one(&mut self, ticket: Ticket) -> bool {
        let waits = self.state(ticket) == Some(State::Waiting);
        if waits {
            self.put(ticket, State::Released);
        }
        waits
    }

    /// Those that ask any of this and wait are to be judged anew, until they wait again.
    pub fn recall(&mut self, who: impl Fn(&Asks) -> bool) -> Vec<Ticket> {
        let lanes = self.lanes.iter().filter(|(asks, _)| who(asks));
        let mut those: Vec<(Key, Ticket)> =
            lanes.flat_map(|(_, lane)| lane.iter_waiting()).collect();
        those.sort_unstable();
        let recalled = those.into_iter().map(|(_, ticket)| ticket);
        recalled
            .inspect(|ticket| self.put(*ticket, State::Recalled))
            .collect()
    }

    /// One that waits is to be judged anew, until it waits again.
    pub fn recall_one(&mut self, ticket: Ticket) {
        if self.state(ticket) == Some(State::Waiting) {
            self.put(ticket, State::Recalled);
        }
    }

    /// Who is to go first of all (semantics.md §6, "probation"): the oldest with a safe method that
    /// was not sent before, else the oldest; one with a whole body before one without. Linear where
    /// the first is none of those. Nobody while any is being judged anew.
    pub fn first_to_try(&self, may_go: impl Fn(&Asks) -> bool) -> Option<Ticket> {
        if self.first_recalled().is_some() {
            return None;
        }
        let mut best = None;
        for (asks, lane) in self.lanes.iter().filter(|(asks, _)| may_go(asks)) {
            for (key, ticket) in lane.iter_waiting() {
                let Facts { sent, whole } = self.facts(ticket);
                let risky = asks.writes || sent;
                let rank = (risky, !whole, key);
                if best.is_none_or(|(best, _)| rank < best) {
                    best = Some((rank, ticket));
                }
                if whole && (!risky || asks.writes) {
                    break;
                }
            }
        }
        best.map(|(_, ticket)| ticket)
    }

    /// A released request could not go after all, or one that was away came back: it waits again,
    /// where it stood.
    pub fn wait_again(&mut self, ticket: Ticket) {
        self.put(ticket, State::Waiting);
    }

    /// It goes its way through another queue; it keeps its place.
    pub fn go_away(&mut self, ticket: Ticket) {
        self.put(ticket, State::Away);
    }

    /// What it asks was judged anew.
    pub fn ask_anew(&mut self, ticket: Ticket, asks: Asks) {
        let Some(place) = self.places.get_mut(ticket.0) else {
            debug_assert!(false, "{ticket:?} has no place");
            return;
        };
        let old = std::mem::replace(&mut place.asks, asks);
        let Place { key, state, .. } = *place;
        self.take_out(old, state, key);
        self.lane_mut(asks).row_mut(state).insert(key, ticket);
    }

    /// Its whole body is here now.
    pub fn body_is_whole(&mut self, ticket: Ticket) {
        if let Some(place) = self.places.get_mut(ticket.0) {
            place.facts.whole = true;
        }
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
        self.arrivals
            .remove(&(place.key.arrival, place.key.sequence));
        self.take_out(place.asks, place.state, place.key);
    }

    /// Must a newcomer take a place, because it may not go, or because somebody has one who may go,
    /// or may be judged so?
    pub fn must_join(&self, asks: &Asks, may_go: impl Fn(&Asks) -> bool) -> bool {
        !may_go(asks) || self.first_recalled().is_some() || self.lanes.keys().any(may_go)
    }

    /// What those ask who have a place, each sort once.
    pub fn sorts(&self) -> impl Iterator<Item = Asks> + '_ {
        self.lanes.keys().copied()
    }

    /// Requests that ask this and may not go yet.
    pub fn waiting_of(&self, asks: &Asks) -> usize {
        self.lanes.get(asks).map_or(0, Lane::waiting)
    }

    /// Requests that may not go yet.
    pub fn waiting(&self) -> usize {
        self.lanes.values().map(Lane::waiting).sum()
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
        self.arrivals.first().map(|(arrival, _)| *arrival)
    }

    /// How the place stands; none where the ticket has none.
    pub fn state(&self, ticket: Ticket) -> Option<State> {
        self.places.get(ticket.0).map(|place| place.state)
    }

    /// What the request asks; none where the ticket has no place.
    pub fn asks(&self, ticket: Ticket) -> Option<Asks> {
        self.places.get(ticket.0).map(|place| place.asks)
    }

    /// How many have a place before this one. For people: it takes linear time.
    pub fn position(&self, ticket: Ticket) -> usize {
        self.places.get(ticket.0).map_or(0, |place| {
            let before = self.lanes.values().map(|lane| lane.before(place.key));
            before.sum()
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
            class: place.key.class,
            arrival: place.key.arrival,
            asks: place.asks,
            state: place.state,
        })
    }

    fn first_recalled(&self) -> Option<Key> {
        self.lanes.values().filter_map(Lane::first_recalled).min()
    }

    fn facts(&self, ticket: Ticket) -> Facts {
        self.places
            .get(ticket.0)
            .map_or_else(Facts::default, |place| place.facts)
    }

    fn put(&mut self, ticket: Ticket, state: State) {
        debug_assert!(self.places.contains(ticket.0), "{ticket:?} has no place");
        let Some(place) = self.places.get_mut(ticket.0) else {
            return;
        };
        let old = std::mem::replace(&mut place.state, state);
        let Place { key, asks, .. } = *place;
        let lane = self.lane_mut(asks);
        lane.row_mut(old).remove(&key);
        lane.row_mut(state).insert(key, ticket);
    }

    fn take_out(&mut self, asks: Asks, state: State, key: Key) {
        let lane = self.lane_mut(asks);
        lane.row_mut(state).remove(&key);
        if lane.is_empty() {
            self.lanes.remove(&asks);
        }
    }

    fn lane_mut(&mut self, asks: Asks) -> &mut Lane {
        self.lanes.entry(asks).or_default()
    }
}
