//! Admission: a request passes, waits in its place, or is turned away.
//!
//! A request in flight is counted first, and the verdict read then (semantics.md §3): who sums the
//! counts after he published a verdict sees everybody who read the one before.

use std::sync::Arc;
use std::task::{Context, Poll};

use buffy_core::event::What;
use buffy_core::gate::{Asks, Verdict};
use buffy_core::moment::Moment;
use buffy_core::queue::Ticket;

use super::gate::{State, Upstream, Waiter};
use super::limits::{Bounded, Counted};
use super::place::{Ending, Place, Release};
use super::told::After;
use super::word::Inflight;
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

/// A request in flight, from admission to the end of its exchange.
///
/// It borrows its worker's own count: nothing that workers share is written for a request that
/// passes.
#[derive(Debug)]
pub struct Flight<'u>(Option<&'u Inflight>);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.leave();
        }
    }
}

/// Who may wait, and how much it takes.
#[derive(Debug)]
pub struct Joining<'a> {
    pub asks: Asks,
    /// When its head was whole.
    pub arrival: Moment,
    /// Of its endpoint.
    pub held: &'a Arc<Bounded>,
    pub head_bytes: u64,
}

impl Upstream {
    /// Requests on their way: summed over the workers.
    pub fn inflight(&self) -> u64 {
        u64::try_from(self.inflight.iter().map(Inflight::count).sum::<i64>()).unwrap_or(0)
    }

    /// Counted in flight where everything passes and nobody waits: the fast path.
    pub fn pass(&self, worker: usize) -> Option<Flight<'_>> {
        let flight = self.enter(worker);
        self.word.is_clear().then_some(flight)
    }

    /// Counted in flight where the verdict is Pass for one that was released.
    pub fn pass_released(&self, worker: usize, asks: Asks) -> Option<Flight<'_>> {
        let flight = self.enter(worker);
        self.word.passes(asks).then_some(flight)
    }

    /// The verdict, read again before the first byte: may this request still go?
    pub fn still_passes(&self, asks: Asks) -> bool {
        self.word.passes(asks)
    }

    fn enter(&self, worker: usize) -> Flight<'_> {
        let count = self.inflight.get(worker);
        if let Some(count) = count {
            count.enter();
        }
        Flight(count)
    }

    /// Asks to pass, or for a place.
    pub fn admit<'u>(self: &'u Arc<Self>, worker: usize, joining: &Joining<'_>) -> Admission<'u> {
        if let Some(flight) = self.pass(worker) {
            return Admission::Pass(flight);
        }
        let mut state = self.state();
        let flight = self.enter(worker);
        match state.gate.verdict(&joining.asks) {
            Verdict::Refuse => return Admission::Refuse,
            Verdict::Pass if !state.must_join(joining.asks) => return Admission::Pass(flight),
            Verdict::Pass | Verdict::Hold(_) => drop(flight),
        }
        let joined = self.join(&mut state, joining);
        drop(state);
        self.joined(joined).map_or(Admission::Full, Admission::Hold)
    }

    /// Asks to pass without waiting.
    pub fn admit_bypass(&self, worker: usize, asks: Asks) -> Admission<'_> {
        if let Some(flight) = self.pass(worker) {
            return Admission::Pass(flight);
        }
        let state = self.state();
        match state.gate.verdict(&asks) {
            Verdict::Refuse => Admission::Refuse,
            Verdict::Hold(_) => Admission::Closed,
            Verdict::Pass if state.must_join(asks) => Admission::Full,
            Verdict::Pass => Admission::Pass(self.enter(worker)),
        }
    }

    /// A place for a request that was to pass and could not be sent; none where none is free.
    pub fn take_place(self: &Arc<Self>, joining: &Joining<'_>) -> Option<Place> {
        let mut state = self.state();
        let joined = self.join(&mut state, joining);
        drop(state);
        self.joined(joined)
    }

    /// A place that was taken: what came of it is done without the lock.
    fn joined(&self, joined: Option<(Place, After)>) -> Option<Place> {
        let (place, after) = joined?;
        self.finish(after);
        Some(place)
    }

    fn join(self: &Arc<Self>, state: &mut State, joining: &Joining<'_>) -> Option<(Place, After)> {
        let counted = Counted::take(&self.process, &self.held, joining.held, joining.head_bytes)?;
        let ticket = state.queue.join(joining.arrival, joining.asks);
        if state.waiters.len() <= ticket.0 {
            state.waiters.resize_with(ticket.0 + 1, Waiter::default);
        }
        if let Some(waiter) = state.waiters.get_mut(ticket.0) {
            *waiter = Waiter::default();
        }
        state.head_bytes += joining.head_bytes;
        let first = state.outage.joined();
        // It may go at once, behind those who have a place.
        let mut after = self.settle(state);
        after.told.extend(first.then_some(What::FirstHeld));
        after.told.extend(self.near_limit(state));
        let place = Place {
            upstream: Arc::clone(self),
            ticket,
            since: clock::now(),
            counted,
            ending: Ending::Left,
        };
        Some((place, after))
    }

    pub(super) fn poll_release(&self, ticket: Ticket, cx: &mut Context<'_>) -> Poll<Release> {
        let mut state = self.state();
        let Some(waiter) = state.waiters.get_mut(ticket.0) else {
            debug_assert!(false, "a place without a waiter");
            return Poll::Ready(Release::Refused);
        };
        if let Some(release) = waiter.release {
            return Poll::Ready(release);
        }
        match &mut waiter.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    pub(super) fn wait_again(&self, ticket: Ticket) {
        let mut state = self.state();
        if let Some(waiter) = state.waiters.get_mut(ticket.0) {
            *waiter = Waiter::default();
        }
        state.queue.wait_again(ticket);
        let after = self.settle(&mut state);
        drop(state);
        self.finish(after);
    }

    pub(super) fn give_back(&self, place: &Place) {
        let mut state = self.state();
        state.queue.give_back(place.ticket);
        if let Some(waiter) = state.waiters.get_mut(place.ticket.0) {
            *waiter = Waiter::default();
        }
        state.head_bytes = state.head_bytes.saturating_sub(place.counted.head_bytes());
        state.outage.ended(place.ending, place.waited(clock::now()));
        let mut over = None;
        if state.queue.is_empty() {
            state.waiters = Vec::new();
            over = state.outage.over();
        }
        let mut after = self.settle(&mut state);
        drop(state);
        after.told.extend(over);
        self.finish(after);
    }
}

impl State {
    /// Somebody who may go has a place: a newcomer joins behind him.
    fn must_join(&self, asks: Asks) -> bool {
        self.queue
            .must_join(&asks, |asks| self.gate.verdict(asks) == Verdict::Pass)
    }
}
