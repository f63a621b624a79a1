//! Those who are held, for people: who they are, and a hand that lets some go or turns them away.

use buffy_core::gate::{Asks, Verdict};
use buffy_core::moment::Moment;
use buffy_core::queue::{Entry, State as Standing};

use super::asker::Shown;
use super::gate::{State, Upstream};
use super::place::Release;

/// One who is held.
#[derive(Clone, Debug)]
pub struct HeldRequest {
    pub shown: Shown,
    /// Lower ones go first.
    pub class: u8,
    pub arrival: Moment,
    /// It may go, and has not sent its first byte.
    pub released: bool,
    /// Why it does not pass, each voice in a sentence.
    pub reasons: Vec<String>,
}

/// What came of letting requests go, or turning them away, by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByHand {
    /// They go, or are turned away.
    pub done: usize,
    /// They were meant, and wait still: no target is up or has a free slot, or a stop stands.
    pub left: usize,
}

impl Upstream {
    /// Those who are held, `limit` at most, in the order in which they go. One who waits for several
    /// upstreams is listed by the first.
    pub fn held_requests(&self, limit: usize) -> Vec<HeldRequest> {
        let state = self.state();
        let mut reasons: Vec<(Asks, Vec<String>)> = Vec::new();
        let mut why = |asks: Asks| {
            if let Some((_, known)) = reasons.iter().find(|(of, _)| *of == asks) {
                return known.clone();
            }
            let new = self.reasons_in(&state, asks);
            reasons.push((asks, new.clone()));
            new
        };
        let entries = state.line.queue().iter();
        let held = entries.filter_map(|entry| {
            if state.waiters.get(entry.ticket.0)?.is_second {
                return None;
            }
            Some(HeldRequest {
                shown: state.shown(&entry)?.clone(),
                class: entry.class,
                arrival: entry.arrival,
                released: matches!(entry.state, Standing::Released | Standing::Away),
                reasons: why(entry.asks),
            })
        });
        held.take(limit).collect()
    }

    /// Lets those go to a target that are meant, `max` at most, in order: past closes and the
    /// autogate, never past a stop, nor where no target is up and has a free slot.
    pub fn release_held(&self, max: usize, meant: impl Fn(&Shown) -> bool) -> ByHand {
        self.by_hand(max, meant, |state, entry| {
            if state.gate.verdict(&entry.asks) == Verdict::Refuse {
                return None;
            }
            let up = state.gate.up_targets(&entry.asks);
            let target = self.slots.take(self.slots.of_released(), up)?;
            let released = state.line.release_by_hand(entry.ticket, target);
            debug_assert!(released, "only those who wait are meant");
            Some(Release::Go)
        })
    }

    /// Turns those away that are meant, `max` at most, in order.
    pub fn refuse_held(&self, max: usize, meant: impl Fn(&Shown) -> bool) -> ByHand {
        self.by_hand(max, meant, |state, entry| {
            let refused = state.line.refuse_by_hand(entry.ticket);
            refused.then_some(Release::TurnedAway)
        })
    }

    fn by_hand(
        &self,
        max: usize,
        meant: impl Fn(&Shown) -> bool,
        mut act: impl FnMut(&mut State, &Entry) -> Option<Release>,
    ) -> ByHand {
        let mut state = self.state();
        let waiting = |entry: &Entry| entry.state == Standing::Waiting;
        let those: Vec<Entry> = state
            .line
            .queue()
            .iter()
            .filter(|entry| waiting(entry) && state.shown(entry).is_some_and(&meant))
            .take(max)
            .collect();
        let mut came = ByHand::default();
        let mut woken = Vec::new();
        for entry in those {
            let Some(release) = act(&mut state, &entry) else {
                came.left += 1;
                continue;
            };
            came.done += 1;
            if let Some(waiter) = state.waiters.get_mut(entry.ticket.0) {
                waiter.release = Some(release);
                woken.extend(waiter.waker.take());
            }
        }
        let mut after = self.settle(&mut state);
        drop(state);
        woken.append(&mut after.woken);
        after.woken = woken;
        self.finish(after);
        came
    }
}

impl State {
    fn shown(&self, entry: &Entry) -> Option<&Shown> {
        self.waiters.get(entry.ticket.0)?.shown.as_deref()
    }
}
