//! Release: who of those that wait goes now, and to which target.
//!
//! A [`Line`] is a queue and what paces it: the ramp after an outage, and the lid on what is in
//! flight. The caller brings the gate's verdicts, the time, and the slots of targets.
//!
//! Not here: sockets, tasks, and how many may wait.

mod balance;
mod ramp;
mod settings;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeMap;

pub use balance::RoundRobin;
pub use ramp::{CanaryFailed, RampStatus, Turn};
pub use settings::Settings;

use crate::gate::{Asks, Verdict};
use crate::moment::Moment;
use crate::queue::{Facts, Queue, Ticket};
use ramp::{Ramp, Room};
use window::Window;

/// The queue before a gate, and how those in it are let go.
#[derive(Debug)]
pub struct Line {
    queue: Queue,
    ramp: Ramp,
    window: Window,
    /// Of those that were released and have not taken theirs yet.
    grants: BTreeMap<Ticket, Grant>,
}

/// With what a released request goes.
#[must_use = "its slot must be used or given back"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where it has a slot.
    pub target: usize,
    pub turn: Turn,
    /// An operator let it go: closes do not hold it.
    pub forced: bool,
}

/// What a look at the line decided, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    pub released: Vec<Ticket>,
    pub refused: Vec<Ticket>,
}

impl Line {
    pub fn new(settings: Settings) -> Self {
        Self {
            queue: Queue::default(),
            ramp: Ramp::new(settings),
            window: Window::new(settings.inflight_max, settings.patience),
            grants: BTreeMap::new(),
        }
    }

    /// A line without anybody in it, in the place of this one: where requests were held for long,
    /// those who come over from here go with the same care.
    #[must_use]
    pub fn renewed(&self, settings: Settings, now: Moment) -> Self {
        let waiting = self.queue.waiting() > 0;
        Self {
            ramp: self.ramp.renewed(settings, now, waiting),
            ..Self::new(settings)
        }
    }

    /// Those who have a place.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// As [`Queue::join`].
    pub fn join(&mut self, class: u8, arrival: Moment, asks: Asks, facts: Facts) -> Ticket {
        self.queue.join(class, arrival, asks, facts)
    }

    /// As [`Queue::body_is_whole`].
    pub fn body_is_whole(&mut self, ticket: Ticket) {
        self.queue.body_is_whole(ticket);
    }

    /// Must a newcomer take a place: because it may not go, because somebody who may go has one, or
    /// because of a ramp?
    pub fn must_join(&self, asks: &Asks, verdict: impl Fn(&Asks) -> Verdict) -> bool {
        // Whom a ramp governs may not go by himself.
        let may_go = |asks: &Asks| verdict(asks) == Verdict::Pass && !self.ramp.governs(*asks);
        self.queue.must_join(asks, may_go)
    }

    /// Newcomers must look here before they go.
    pub fn is_busy(&self) -> bool {
        !self.queue.is_empty() || self.ramp.is_on()
    }

    /// Refuses who must be, and releases who may go: in order, by the ramp, and as long as
    /// `take_slot` finds a target for one that asks this.
    pub fn settle(
        &mut self,
        now: Moment,
        verdict: impl Fn(&Asks) -> Verdict,
        mut take_slot: impl FnMut(&Asks) -> Option<usize>,
    ) -> Decided {
        let mut decided = Decided::default();
        let refuse = |asks: &Asks| verdict(asks) == Verdict::Refuse;
        self.queue.release(usize::MAX, refuse, &mut decided.refused);
        self.look(now, &verdict);
        let room = self.ramp.room(now);
        if room == Room::One {
            self.try_one(now, &verdict, &mut take_slot, &mut decided.released);
        }
        let mut by_ramp = match room {
            Room::All => usize::MAX,
            Room::One => 0,
            Room::Some(room) => room,
        };
        let mut granted = Vec::new();
        let ramp = &self.ramp;
        let may_go = |asks: &Asks| {
            let governed = ramp.governs(*asks);
            if verdict(asks) != Verdict::Pass || (governed && by_ramp == 0) {
                return false;
            }
            let Some(target) = take_slot(asks) else {
                return false;
            };
            by_ramp -= usize::from(governed);
            granted.push((target, governed));
            true
        };
        let from = decided.released.len();
        self.queue
            .release(self.window.room(now), may_go, &mut decided.released);
        for (ticket, (target, governed)) in decided.released.iter().skip(from).zip(granted) {
            let turn = if governed {
                self.ramp.released()
            } else {
                Turn::NONE
            };
            self.grant(now, *ticket, target, turn);
        }
        decided
    }

    /// An operator lets one go, to this target; false where it does not wait.
    pub fn release_by_hand(&mut self, ticket: Ticket, target: usize) -> bool {
        let released = self.queue.release_one(ticket);
        if released {
            let grant = Grant {
                target,
                turn: Turn::NONE,
                forced: true,
            };
            self.grants.insert(ticket, grant);
        }
        released
    }

    /// An operator turns one away; false where it does not wait.
    pub fn refuse_by_hand(&mut self, ticket: Ticket) -> bool {
        self.queue.release_one(ticket)
    }

    /// As [`Queue::recall`].
    pub fn recall(&mut self, who: impl Fn(&Asks) -> bool) -> Vec<Ticket> {
        self.queue.recall(who)
    }

    /// As [`Queue::recall_one`].
    pub fn recall_one(&mut self, ticket: Ticket) {
        self.queue.recall_one(ticket);
    }

    /// A released request takes what it was granted, and goes its way; none where it was not
    /// released. Its place stays its own.
    pub fn take(&mut self, ticket: Ticket) -> Option<Grant> {
        self.grants.remove(&ticket)
    }

    /// It waits again, where it stood; its slot, if it had not taken it, is the caller's.
    pub fn wait_again(&mut self, ticket: Ticket) -> Option<Grant> {
        self.queue.wait_again(ticket);
        self.not_now(ticket)
    }

    /// It goes its way through another queue, and keeps its place.
    pub fn go_away(&mut self, ticket: Ticket) -> Option<Grant> {
        self.queue.go_away(ticket);
        self.not_now(ticket)
    }

    /// It asks something else than was thought.
    pub fn ask_anew(&mut self, ticket: Ticket, asks: Asks) -> Option<Grant> {
        self.queue.ask_anew(ticket, asks);
        self.wait_again(ticket)
    }

    /// Its first byte was written, or it has gone: the place is free.
    pub fn give_back(&mut self, ticket: Ticket) -> Option<Grant> {
        self.queue.give_back(ticket);
        self.not_now(ticket)
    }

    /// One that took its turn succeeded: its final answer has begun, or its connection has stood
    /// for the patience of the ramp.
    pub fn succeeded(&mut self, turn: Turn) {
        self.ramp.succeeded(turn);
    }

    /// One that took its turn ended, or waits again.
    pub fn ended(&mut self, turn: Turn) {
        self.ramp.ended(turn);
    }

    /// One that took its turn could not be connected: that ramp is over, and a new one begins with
    /// a probation. Whoever was released by it and has not gone waits again; their slots are the
    /// caller's.
    pub fn failed(&mut self, turn: Turn) -> Vec<(Ticket, Grant)> {
        if !self.ramp.failed(turn) {
            return Vec::new();
        }
        let unsent: Vec<(Ticket, Grant)> = self
            .grants
            .iter()
            .filter(|(_, grant)| grant.turn == turn)
            .map(|(ticket, grant)| (*ticket, *grant))
            .collect();
        for (ticket, _) in &unsent {
            self.grants.remove(ticket);
            self.window.gone(*ticket);
            self.queue.wait_again(*ticket);
        }
        unsent
    }

    /// The one that was tried first was answered with `status`, 500 or more. Returns how many
    /// canaries failed in a row; none where canaries do not matter.
    pub fn canary_failed(&mut self, now: Moment, turn: Turn, status: u16) -> Option<u32> {
        self.ramp.canary_failed(now, turn, status)
    }

    /// The rules said OPEN, of a document that was asked for at `began`.
    pub fn heard_open(&mut self, began: Moment) {
        self.ramp.heard_open(began);
    }

    /// A request that took this turn may still go.
    pub fn is_current(&self, turn: Turn) -> bool {
        turn == Turn::NONE || self.ramp.is_current(turn)
    }

    /// When [`Line::settle`] is due by itself.
    pub fn due(&self, now: Moment) -> Option<Moment> {
        let window = self.window.due(now).filter(|_| self.queue.waiting() > 0);
        [self.ramp.due().filter(|due| *due > now), window]
            .into_iter()
            .flatten()
            .min()
    }

    /// The ramp for people.
    pub fn ramp(&self) -> RampStatus {
        self.ramp.status()
    }

    fn look(&mut self, now: Moment, verdict: impl Fn(&Asks) -> Verdict) {
        let mut asked: Vec<Asks> = self.queue.sorts().collect();
        for asks in [Asks::READ, Asks::WRITE] {
            if !asked.contains(&asks) {
                asked.push(asks);
            }
        }
        let queue = &self.queue;
        self.ramp
            .look(now, &asked, verdict, |asks| queue.waiting_of(asks));
    }

    /// Lets the one go that the ramp tries first.
    fn try_one(
        &mut self,
        now: Moment,
        verdict: impl Fn(&Asks) -> Verdict,
        mut take_slot: impl FnMut(&Asks) -> Option<usize>,
        released: &mut Vec<Ticket>,
    ) {
        let may_go = |asks: &Asks| self.ramp.governs(*asks) && verdict(asks) == Verdict::Pass;
        let first = self.queue.first_to_try(may_go);
        let Some((ticket, asks)) = first.and_then(|one| Some((one, self.queue.asks(one)?))) else {
            return;
        };
        if self.window.room(now) == 0 {
            return;
        }
        if let Some(target) = take_slot(&asks)
            && self.queue.release_one(ticket)
        {
            let turn = self.ramp.released();
            self.grant(now, ticket, target, turn);
            released.push(ticket);
        }
    }

    fn grant(&mut self, now: Moment, ticket: Ticket, target: usize, turn: Turn) {
        self.window.released(ticket, now);
        let grant = Grant {
            target,
            turn,
            forced: false,
        };
        self.grants.insert(ticket, grant);
    }

    /// It does not go now: its grant, if it has not taken it, counts no more.
    fn not_now(&mut self, ticket: Ticket) -> Option<Grant> {
        self.window.gone(ticket);
        let grant = self.grants.remove(&ticket)?;
        self.ramp.ended(grant.turn);
        Some(grant)
    }
}
