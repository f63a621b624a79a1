//! Admission: a request passes, waits in its place, or is turned away.
//!
//! A request in flight is counted first, and the verdict read then (semantics.md §3): who sums the
//! counts after he published a verdict sees everybody who read the one before.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use buffy_core::event::What;
use buffy_core::gate::{Asks, Cause, Verdict};
use buffy_core::moment::Moment;
use buffy_core::queue::Facts;
use buffy_core::release::Turn;

use super::asker::Asker;
use super::flight::Flight;
use super::gate::{State, Upstream};
use super::inflight::Inflight;
use super::limits::{Bounded, Counted};
use super::place::{Ending, Place};
use super::told::After;
use super::wait::Waiter;
use crate::clock;

/// What came of asking to pass.
#[derive(Debug)]
pub enum Admission<'u> {
    /// Go to a target: counted in flight.
    Pass(Flight<'u>),
    /// Wait.
    Hold(Place),
    /// A stop stands.
    Refuse,
    /// No place is free.
    Full,
    /// The gate is not open, and this request does not wait (`bypass`).
    Closed,
}

/// Who may wait, and how much it takes.
pub struct Joining<'a> {
    /// By its method alone.
    pub asks: Asks,
    pub asker: &'a dyn Asker,
    /// Lower ones go first.
    pub class: u8,
    /// When its head was whole.
    pub arrival: Moment,
    pub facts: Facts,
    /// Of its endpoint.
    pub held: &'a Arc<Bounded>,
    pub head_bytes: u64,
}

impl Upstream {
    /// Requests on their way: summed over the workers.
    pub fn inflight(&self) -> u64 {
        self.sum(Inflight::all)
    }

    /// Requests on their way that drains wait for, of all or of those that write.
    pub fn inflight_of(&self, writes_only: bool) -> u64 {
        self.sum(if writes_only {
            Inflight::writes
        } else {
            Inflight::drained
        })
    }

    fn sum(&self, of: impl Fn(&Inflight) -> i64) -> u64 {
        self.own(&of) + self.sum_of_predecessors(of)
    }

    /// Of those whose place this one took, and of the Buffy before this one.
    pub(super) fn sum_of_predecessors(&self, of: impl Fn(&Inflight) -> i64) -> u64 {
        let before = self.predecessors();
        let before: u64 = before.iter().map(|one| one.own(&of)).sum();
        before + self.elder_inflight.load(Ordering::Acquire)
    }

    pub(super) fn own(&self, of: impl Fn(&Inflight) -> i64) -> u64 {
        u64::try_from(self.inflight.iter().map(of).sum::<i64>()).unwrap_or(0)
    }

    /// Counted in flight where everything passes and nobody waits: the fast path.
    pub fn pass(&self, worker: usize, asks: Asks) -> Option<Flight<'_>> {
        let flight = self.enter(worker, asks);
        if !self.word.is_clear() {
            return None;
        }
        let target = if self.slots.are_plain() {
            0
        } else {
            self.slots.take(worker, self.slots.up())?
        };
        self.admitted(worker);
        Some(flight.to(target, Turn::NONE, false))
    }

    /// In flight past operators and autogate, for a request with a signed bypass; drains do not wait
    /// for it, and no ramp paces it. None where a stop stands, no target is up, or all are full.
    pub fn pass_apart(&self, worker: usize) -> Option<Flight<'_>> {
        let count = self.inflight.get(worker).map(Inflight::apart);
        let flight = Flight::counted(self, count);
        if self.word.refuses() {
            return None;
        }
        let target = self.slots.take(worker, self.slots.up())?;
        Some(flight.to(target, Turn::NONE, true))
    }

    /// Asks to pass, or for a place.
    pub fn admit<'u>(self: &'u Arc<Self>, worker: usize, joining: &Joining<'_>) -> Admission<'u> {
        if let Some(flight) = self.pass(worker, joining.asks) {
            return Admission::Pass(flight);
        }
        let (mut state, asks) = self.judged(joining.asks, joining.asker);
        match state.verdict(asks) {
            Verdict::Refuse => return Admission::Refuse,
            Verdict::Pass if !state.must_join(asks) => {
                if let Some(flight) = self.fly(&state, worker, asks) {
                    return Admission::Pass(flight);
                }
            }
            Verdict::Pass | Verdict::Hold(_) => {}
        }
        let counted = Counted::take(&self.process, &self.held, joining.held, joining.head_bytes);
        let Some(counted) = counted else {
            return Admission::Full;
        };
        let (place, after) = self.join(&mut state, joining, asks, Some(counted));
        drop(state);
        self.finish(after);
        Admission::Hold(place)
    }

    /// Asks to pass without waiting.
    pub fn admit_bypass<'u>(&'u self, worker: usize, joining: &Joining<'_>) -> Admission<'u> {
        if let Some(flight) = self.pass(worker, joining.asks) {
            return Admission::Pass(flight);
        }
        let (state, asks) = self.judged(joining.asks, joining.asker);
        match state.verdict(asks) {
            Verdict::Refuse => Admission::Refuse,
            Verdict::Hold(Cause::Saturated) => Admission::Full,
            Verdict::Hold(_) => Admission::Closed,
            Verdict::Pass if state.must_join(asks) => Admission::Full,
            Verdict::Pass => self
                .fly(&state, worker, asks)
                .map_or(Admission::Full, Admission::Pass),
        }
    }

    /// A place for a request that was to pass and could not be sent; none where none is free.
    pub fn take_place(self: &Arc<Self>, joining: &Joining<'_>) -> Option<Place> {
        let counted = Counted::take(&self.process, &self.held, joining.held, joining.head_bytes)?;
        Some(self.take_counted(joining, Some(counted)))
    }

    /// A place for a request that had one elsewhere, and meets no limit: with what it was counted
    /// by, or none where that still stands.
    pub fn take_place_as_before(
        self: &Arc<Self>,
        joining: &Joining<'_>,
        counted: Option<Counted>,
    ) -> Place {
        let counted = counted.map(|counted| counted.moved(&self.held, joining.held));
        self.take_counted(joining, counted)
    }

    fn take_counted(self: &Arc<Self>, joining: &Joining<'_>, counted: Option<Counted>) -> Place {
        let (mut state, asks) = self.judged(joining.asks, joining.asker);
        let (place, after) = self.join(&mut state, joining, asks, counted);
        drop(state);
        self.finish(after);
        place
    }

    /// Counted in flight, whatever comes of it.
    pub(super) fn enter(&self, worker: usize, asks: Asks) -> Flight<'_> {
        let page = self.word.page();
        let count = self.inflight.get(worker).map(|own| own.of(page, asks));
        Flight::counted(self, count)
    }

    /// Goes its way: what repeats are measured by.
    pub(super) fn admitted(&self, worker: usize) {
        if let Some(own) = self.inflight.get(worker) {
            own.admitted();
        }
    }

    /// Under the lock, so the verdict cannot change before it is counted.
    fn fly(&self, state: &State, worker: usize, asks: Asks) -> Option<Flight<'_>> {
        let target = self.slots.take(worker, state.gate.up_targets(&asks))?;
        self.admitted(worker);
        Some(self.enter(worker, asks).to(target, Turn::NONE, false))
    }

    fn join(
        self: &Arc<Self>,
        state: &mut State,
        joining: &Joining<'_>,
        asks: Asks,
        counted: Option<Counted>,
    ) -> (Place, After) {
        let ticket = state
            .line
            .join(joining.class, joining.arrival, asks, joining.facts);
        if state.waiters.len() <= ticket.0 {
            state.waiters.resize_with(ticket.0 + 1, Waiter::default);
        }
        if let Some(waiter) = state.waiters.get_mut(ticket.0) {
            *waiter = Waiter {
                rules: state.gate.rules().generation(),
                is_second: counted.is_none(),
                shown: Some(Box::new(joining.asker.shown())),
                ..Waiter::default()
            };
        }
        // Another place of the same request counts it.
        let head_bytes = counted.as_ref().map_or(0, Counted::head_bytes);
        state.head_bytes += head_bytes;
        let first = state.outage.joined();
        // It may go at once, behind those who have a place.
        let mut after = self.settle(state);
        after.told.extend(first.then_some(What::FirstHeld));
        after.told.extend(self.near_limit(state));
        let ending = if counted.is_some() {
            Ending::Left
        } else {
            Ending::Moved
        };
        let place = Place {
            upstream: Arc::clone(self),
            ticket,
            since: clock::now(),
            counted,
            head_bytes,
            // Of those of one request, the one that counts it tells how it ended.
            ending,
        };
        (place, after)
    }
}

impl State {
    /// Somebody who may go has a place: a newcomer joins behind him.
    fn must_join(&self, asks: Asks) -> bool {
        self.line.must_join(&asks, |asks| self.gate.verdict(asks))
    }
}
