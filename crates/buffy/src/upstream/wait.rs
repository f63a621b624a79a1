//! Those who wait: who is released, who waits again, and what each gives back.

use std::task::{Context, Poll, Waker};

use buffy_core::event::What;
use buffy_core::gate::{Asks, Verdict};
use buffy_core::queue::Ticket;
use buffy_core::release::{Grant, Turn};

use super::asker::{Asker, Shown};
use super::flight::Flight;
use super::gate::{State, Upstream};
use super::place::{Place, Release};
use crate::clock;

/// Canaries that fail in a row before that is an event.
const CANARIES_TOLD: u32 = 3;

/// The task behind a ticket.
#[derive(Debug, Default)]
pub(super) struct Waiter {
    pub(super) waker: Option<Waker>,
    pub(super) release: Option<Release>,
    /// The generation of the rules that it was judged by.
    pub(super) rules: u32,
    /// The same request has a place elsewhere, by which it is counted and listed.
    pub(super) is_second: bool,
    /// None where nobody waits.
    pub(super) shown: Option<Box<Shown>>,
}

impl Upstream {
    /// In flight, for one that was released; none where it may not go after all, and waits again.
    pub fn pass_released(&self, worker: usize, place: &Place) -> Option<Flight<'_>> {
        let mut state = self.state();
        let asks = state.line.queue().asks(place.ticket)?;
        let verdict = state.gate.verdict(&asks);
        let outdated = state.was_judged_by_others(place.ticket);
        let grant = state.line.take(place.ticket);
        let may_go = |grant: &Grant| match verdict {
            Verdict::Pass => grant.forced || !outdated,
            Verdict::Hold(_) => grant.forced,
            Verdict::Refuse => false,
        };
        match grant {
            Some(grant) if may_go(&grant) => {
                self.admitted(worker);
                let flight = self.enter(worker, asks);
                Some(flight.to(grant.target, grant.turn, grant.forced))
            }
            not_now => {
                if let Some(grant) = not_now {
                    state.line.ended(grant.turn);
                    self.slots.give_back(grant.target);
                }
                let left = state.not_now(place.ticket);
                self.free(left);
                let after = self.settle(&mut state);
                drop(state);
                self.finish(after);
                None
            }
        }
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

    /// Judged by the rules that stand now, it waits again.
    pub(super) fn judge_again(&self, ticket: Ticket, asks: Asks, asker: &dyn Asker) {
        let (mut state, asks) = self.judged(asks, asker);
        let rules = state.gate.rules().generation();
        if let Some(waiter) = state.waiters.get_mut(ticket.0) {
            waiter.rules = rules;
            waiter.release = None;
        }
        let grant = state.line.ask_anew(ticket, asks);
        self.free(grant);
        let after = self.settle(&mut state);
        drop(state);
        self.finish(after);
    }

    pub(super) fn go_away(&self, ticket: Ticket) {
        let mut state = self.state();
        if let Some(waiter) = state.waiters.get_mut(ticket.0) {
            waiter.release = None;
        }
        let grant = state.line.go_away(ticket);
        self.free(grant);
        let after = self.settle(&mut state);
        drop(state);
        self.finish(after);
    }

    pub(super) fn give_back(&self, place: &Place) {
        let mut state = self.state();
        let grant = state.line.give_back(place.ticket);
        self.free(grant);
        if let Some(waiter) = state.waiters.get_mut(place.ticket.0) {
            *waiter = Waiter::default();
        }
        state.head_bytes = state.head_bytes.saturating_sub(place.head_bytes);
        state.outage.ended(place.ending, place.waited(clock::now()));
        let mut over = None;
        if state.line.queue().is_empty() {
            state.waiters = Vec::new();
            over = state.outage.over();
        }
        let mut after = self.settle(&mut state);
        drop(state);
        after.told.extend(over);
        self.finish(after);
    }

    /// A request of the ramp was answered, with this status, or stood for long.
    pub(super) fn succeeded(&self, turn: Turn, status: Option<u16>) {
        let mut state = self.state();
        let failed = status.filter(|status| *status >= 500).and_then(|status| {
            Some((
                status,
                state.line.canary_failed(clock::now(), turn, status)?,
            ))
        });
        if failed.is_none() {
            state.line.succeeded(turn);
        }
        let mut after = self.settle(&mut state);
        drop(state);
        if let Some((status, failures)) = failed {
            // The rules are asked anew at once, as their OPEN is waited for.
            self.poll_now.notify_one();
            if failures == CANARIES_TOLD {
                after.told.push(What::CanaryFailed { status, failures });
            }
        }
        self.finish(after);
    }

    /// A request of the ramp ended without a success.
    pub(super) fn ended(&self, turn: Turn) {
        let mut state = self.state();
        state.line.ended(turn);
        let after = self.settle(&mut state);
        drop(state);
        self.finish(after);
    }

    /// A request of the ramp was not connected. Nobody is let go for that: it comes back to its
    /// place first.
    pub(super) fn failed(&self, turn: Turn) {
        let mut state = self.state();
        for (ticket, grant) in state.line.failed(turn) {
            self.free(Some(grant));
            let left = state.not_now(ticket);
            debug_assert_eq!(left, None, "the line took it back");
        }
    }

    /// A slot is free: the oldest that waits for one goes.
    pub(super) fn free_slot(&self, target: usize) {
        if self.slots.give_back(target) {
            self.slot_was_freed();
        }
    }

    /// Whoever waits for a slot may go, at the one that took this one's place, too.
    fn slot_was_freed(&self) {
        if self.word.is_busy() || !self.apart.is_empty() {
            let mut state = self.state();
            let after = self.settle(&mut state);
            drop(state);
            self.finish(after);
        }
        if let Some(successor) = self.successor() {
            successor.slot_was_freed();
        }
    }

    /// A slot at a target that is up and none of `not`.
    pub(super) fn another_slot(&self, not: u64) -> Option<usize> {
        self.slots
            .take(self.slots.of_released(), self.slots.up() & !not)
    }

    /// Under the lock, and somebody settles afterwards.
    fn free(&self, grant: Option<Grant>) {
        if let Some(grant) = grant {
            self.slots.give_back(grant.target);
        }
    }
}

impl State {
    /// One that was released does not go now: it waits again, or is judged anew, as what it asks is
    /// told in bits that may be other rules' by now. A slot that it has is the caller's.
    fn not_now(&mut self, ticket: Ticket) -> Option<Grant> {
        let outdated = self.was_judged_by_others(ticket);
        let grant = self.line.wait_again(ticket);
        if outdated {
            self.line.recall_one(ticket);
        }
        if let Some(waiter) = self.waiters.get_mut(ticket.0) {
            waiter.release = outdated.then_some(Release::Judge);
        }
        grant
    }

    /// The rules that stand are others than those that it was judged by.
    fn was_judged_by_others(&self, ticket: Ticket) -> bool {
        let waiter = self.waiters.get(ticket.0);
        waiter.is_some_and(|waiter| self.is_outdated(waiter.rules))
    }
}
