//! What follows when a gate, its line or a slot has changed: the word is shown, who may go is
//! released, who must is refused.

use std::sync::atomic::Ordering;

use buffy_core::gate::{Asks, Cause, Verdict};
use buffy_core::queue::Ticket;

use super::drain::page;
use super::gate::{State, Upstream};
use super::place::Release;
use super::told::After;
use super::wait::Waiter;
use crate::clock;

impl Upstream {
    /// Publishes the verdict, releases who may go and refuses who must.
    pub(super) fn settle(&self, state: &mut State) -> After {
        // Shown before slots are asked for: a flight that ends now sees it, or has given its slot
        // back already.
        self.publish(state);
        let now = clock::now();
        let turns = self.slots.of_released();
        let behind = state.behind;
        let State {
            gate,
            line,
            waiters,
            due,
            rules,
            ..
        } = state;
        let decided = line.settle(
            now,
            |asks| match gate.verdict(asks) {
                Verdict::Pass if behind => Verdict::Hold(Cause::Saturated),
                verdict @ (Verdict::Pass | Verdict::Hold(_) | Verdict::Refuse) => verdict,
            },
            |asks| self.slots.take(turns, gate.up_targets(asks)),
        );
        let mut after = After::default();
        let mut wake = |tickets: Vec<Ticket>, release: &dyn Fn(&Waiter) -> Release| {
            for ticket in tickets {
                if let Some(waiter) = waiters.get_mut(ticket.0) {
                    waiter.release = Some(release(waiter));
                    after.woken.extend(waiter.waker.take());
                }
            }
        };
        wake(decided.refused, &|_| Release::Refused);
        let standing = gate.rules();
        wake(decided.released, &|waiter| {
            if standing.is_empty() || waiter.rules == standing.generation() {
                Release::Go
            } else {
                Release::Judge
            }
        });
        if standing.generation() != *rules {
            *rules = standing.generation();
            // Whom a rule held may be held by it no more, and its bit may be another's by now. Where
            // none stands, bits say no more than who was held: a ramp paces those, and nobody else.
            if !standing.is_empty() {
                wake(line.recall(|asks| asks.rules != 0), &|_| Release::Judge);
            }
        }
        after.woken.extend(self.apart.wakers());
        if self.absent.show(gate) {
            // Who waits may have to look elsewhere, or come back from there.
            after
                .woken
                .extend(waiters.iter_mut().filter_map(|waiter| waiter.waker.take()));
        }
        let next = line.due(now);
        if next != *due {
            *due = next;
            self.tick_changed.notify_one();
        }
        // A ramp may be over.
        self.show(state);
        after
    }

    pub(super) fn publish(&self, state: &mut State) {
        let open = state.gate.verdict(&Asks::MOST) == Verdict::Pass;
        state.shut.now_open(open, clock::now());
        self.show(state);
        let waits = |asks| {
            matches!(
                state.gate.verdict(asks),
                Verdict::Hold(Cause::Autogate | Cause::Down)
            )
        };
        let waiting = state.line.queue().waiting() > 0;
        // Whoever waits apart waits for a target, whatever operators and rules say.
        let apart = !self.apart.is_empty() && self.slots.up() == 0;
        let wanted = apart || (waiting && (waits(&Asks::READ) || waits(&Asks::WRITE)));
        if wanted && !self.evidence_wanted.swap(wanted, Ordering::Relaxed) {
            // Nobody who waits is to wait for the rest of a slow interval.
            self.those(u64::MAX)
                .for_each(|target| target.probe_now.notify_one());
            self.poll_now.notify_one();
        }
        let wanted = wanted || state.gate.is_rising();
        self.evidence_wanted.store(wanted, Ordering::Relaxed);
        let doubtful = state.gate.doubtful_targets();
        self.doubtful.store(doubtful, Ordering::Relaxed);
    }

    fn show(&self, state: &State) {
        self.slots.now_up(state.gate.up_targets(&Asks::WRITE));
        let busy = state.line.is_busy() || state.behind;
        self.word.publish(&state.gate, busy, page(state.turns));
    }
}
