//! What the simulation knows, and how a step changes it.

use std::collections::BTreeMap;

use super::script::{Random, Step, gate_settings, release_settings};
use crate::gate::{Asks, Evidence, Gate, Input, Operator, Poll, Settings, Verdict};
use crate::moment::Moment;
use crate::queue::{Facts, Ticket};
use crate::release::{self, Grant, Line, RampStatus, Turn};

const PLACES_MAX: usize = 60;

/// Where a request stands in the line.
pub(super) type Key = (u8, Moment, u64);

/// What is known of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) ticket: Ticket,
    pub(super) asks: Asks,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    /// Its task has not run yet.
    Released,
    /// It has not sent its first byte.
    Connecting(Grant),
    Away,
}

/// What the run has shown, so that a test of nothing is noticed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) sent: usize,
    pub(super) steps_of_ramps: usize,
    pub(super) canaries: usize,
    pub(super) full: usize,
}

pub(super) struct World {
    pub(super) random: Random,
    pub(super) now: Moment,
    pub(super) settings: Settings,
    pub(super) release: release::Settings,
    pub(super) gate: Gate,
    pub(super) line: Line,
    /// On their way to one target, at most.
    pub(super) max: Option<usize>,
    /// By target.
    pub(super) taken: Vec<usize>,
    pub(super) known: BTreeMap<Key, Known>,
    /// Those whose first byte was sent.
    pub(super) flights: Vec<Grant>,
    /// Those that were released by turn and have not sent their first byte.
    pub(super) turns: Vec<(u64, Moment, Ticket)>,
    pub(super) next_turn: u64,
    pub(super) seen: Seen,
    arrivals: u64,
    generation: u64,
    /// For reads and writes: the last lift that let them go, or loss of the targets.
    pub(super) void_before: [Moment; 2],
    /// For the rules' newest OPEN: when its poll began.
    pub(super) newest_open: Option<Moment>,
    /// By target.
    pub(super) newest_good_probe: Vec<Option<Moment>>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let settings = gate_settings(&mut random);
        let (release, max) = release_settings(&mut random, &settings);
        let now = Moment::ZERO.after(std::time::Duration::from_secs(1));
        let targets = settings.targets.len();
        Self {
            gate: Gate::new(settings.clone(), Operator::default(), now, 0),
            line: Line::new(release),
            random,
            now,
            release,
            max,
            taken: vec![0; targets],
            known: BTreeMap::new(),
            flights: Vec::new(),
            turns: Vec::new(),
            next_turn: 0,
            seen: Seen::default(),
            arrivals: 0,
            generation: 0,
            void_before: [Moment::ZERO; 2],
            newest_open: None,
            newest_good_probe: vec![None; targets],
            settings,
        }
    }

    pub(super) fn targets(&self) -> usize {
        self.settings.targets.len()
    }

    pub(super) fn play(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Tell(input) => self.tell(input)?,
            Step::Arrives(asks, class, facts) => self.arrive(asks, class, facts)?,
            Step::Leaves(far) => self.leave(far),
            Step::Takes(far) => self.take(far)?,
            Step::Sends(far) => self.send(far),
            Step::IsRefused(far) => self.is_refused(far)?,
            Step::IsAnswered(far, status) => self.is_answered(far, status),
            Step::Ends(far) => {
                if let Some(at) = far.checked_rem(self.flights.len()) {
                    let flight = self.flights.remove(at);
                    self.land(flight);
                }
            }
            Step::GoesAway(far) => {
                let near = |known: &Known| matches!(known.stage, Stage::Waiting | Stage::Released);
                if let Some((key, known)) = self.pick(far, near) {
                    let grant = self.line.go_away(known.ticket);
                    self.put(key, grant, Stage::Away);
                }
            }
            Step::ComesBack(far) => {
                if let Some((key, _)) = self.pick(far, |known| known.stage == Stage::Away) {
                    self.wait_again(key);
                }
            }
            Step::ByHand(far) => self.release_by_hand(far)?,
            Step::Passes(wait) => {
                self.now = self.now.after(wait);
                if self.gate.next_tick().is_some_and(|tick| tick <= self.now) {
                    self.tell(Input::Tick)?;
                }
            }
        }
        self.settle()?;
        self.check()
    }

    /// Everybody leaves, everything ends.
    pub(super) fn end(&mut self) -> Result<(), String> {
        while !self.known.is_empty() {
            self.leave(0);
        }
        for flight in std::mem::take(&mut self.flights) {
            self.land(flight);
        }
        self.settle()?;
        self.check()?;
        let passes = self.gate.verdict(&Asks::READ) == Verdict::Pass;
        if !self.line.queue().is_empty() || self.taken.iter().any(|taken| *taken > 0) {
            return Err("not everything was given back".to_owned());
        }
        match self.line.ramp() {
            RampStatus::Off | RampStatus::CanaryFailed(_) => Ok(()),
            RampStatus::Probation | RampStatus::Rising { .. } if !passes => Ok(()),
            ramp @ (RampStatus::Probation | RampStatus::Rising { .. }) => {
                Err(format!("{ramp:?} goes on without anybody"))
            }
        }
    }

    fn tell(&mut self, input: Input) -> Result<(), String> {
        let up = self.is_up();
        let held = [Asks::READ, Asks::WRITE].map(|asks| self.is_held(asks));
        if let Input::Poll {
            began,
            outcome: Poll::Open { .. },
        } = &input
        {
            self.newest_open = self.newest_open.max(Some(*began));
            self.line.heard_open(*began);
        }
        if let Input::Probe {
            target,
            began,
            result: Ok(()),
        } = &input
        {
            let newest = &mut self.newest_good_probe[*target];
            *newest = (*newest).max(Some(*began));
        }
        let effects = self.gate.apply(self.now, input);
        let lost = up && !self.is_up() && held == [false; 2];
        for (at, asks) in [Asks::READ, Asks::WRITE].into_iter().enumerate() {
            let lifted = held[at] && !self.is_held(asks);
            if lost || lifted {
                self.void_before[at] = self.now;
            }
        }
        let counted = self.gate.generation() - self.generation;
        self.generation = self.gate.generation();
        if counted == u64::from(effects.changed) {
            return Ok(());
        }
        let changed = effects.changed;
        Err(format!("changed is {changed}, but {counted} were counted"))
    }

    fn arrive(&mut self, asks: Asks, class: u8, facts: Facts) -> Result<(), String> {
        let gate = &self.gate;
        let verdict = gate.verdict(&asks);
        let must_join = self.line.must_join(&asks, |asks| gate.verdict(asks));
        if verdict == Verdict::Pass && !must_join {
            self.check_passing(asks)?;
            let up = self.gate.up_targets(&asks);
            if let Some(target) = take_slot(&mut self.taken, self.max, up) {
                self.flights.push(Grant {
                    target,
                    turn: Turn::NONE,
                    forced: false,
                });
                return Ok(());
            }
            self.seen.full += 1;
        }
        if verdict != Verdict::Refuse && self.known.len() < PLACES_MAX {
            let ticket = self.line.join(class, self.now, asks, facts);
            self.arrivals += 1;
            let stage = Stage::Waiting;
            let known = Known {
                ticket,
                asks,
                stage,
            };
            self.known.insert((class, self.now, self.arrivals), known);
        }
        Ok(())
    }

    fn leave(&mut self, far: usize) {
        let Some((key, known)) = self.pick(far, |_| true) else {
            return;
        };
        self.known.remove(&key);
        let grant = self.line.give_back(known.ticket);
        self.freed(known.ticket, grant);
        if let Stage::Connecting(grant) = known.stage {
            self.land(grant);
        }
    }

    fn take(&mut self, far: usize) -> Result<(), String> {
        let Some((key, known)) = self.pick(far, |known| known.stage == Stage::Released) else {
            return Ok(());
        };
        let Some(grant) = self.line.take(known.ticket) else {
            return Err(format!("{known:?} was granted nothing"));
        };
        if self.may_go(&known, grant) {
            self.put(key, None, Stage::Connecting(grant));
        } else {
            self.land(grant);
            self.wait_again(key);
        }
        Ok(())
    }

    fn send(&mut self, far: usize) {
        let Some((key, known, grant)) = self.pick_connecting(far) else {
            return;
        };
        if self.may_go(&known, grant) && self.line.is_current(grant.turn) {
            self.known.remove(&key);
            let left = self.line.give_back(known.ticket);
            self.freed(known.ticket, left);
            self.flights.push(grant);
            self.seen.sent += 1;
        } else {
            self.land(grant);
            self.wait_again(key);
        }
    }

    fn is_refused(&mut self, far: usize) -> Result<(), String> {
        let Some((key, _, grant)) = self.pick_connecting(far) else {
            return Ok(());
        };
        for (ticket, grant) in self.line.failed(grant.turn) {
            let back = self.known.iter().find(|(_, known)| known.ticket == ticket);
            let back = back.map(|(key, _)| *key);
            let Some(back) = back else {
                return Err(format!("{ticket:?} is put back, and is not here"));
            };
            self.freed(ticket, Some(grant));
            self.put(back, None, Stage::Waiting);
        }
        self.land(grant);
        self.wait_again(key);
        self.tell(Input::Passive {
            target: grant.target,
            began: self.now,
            evidence: Evidence::Refused("refused".to_owned()),
        })
    }

    fn is_answered(&mut self, far: usize, status: u16) {
        let Some(at) = far.checked_rem(self.flights.len()) else {
            return;
        };
        let turn = std::mem::replace(&mut self.flights[at].turn, Turn::NONE);
        let failed = status >= 500 && self.line.canary_failed(self.now, turn, status).is_some();
        self.seen.canaries += usize::from(failed);
        if !failed {
            self.line.succeeded(turn);
        }
    }

    fn release_by_hand(&mut self, far: usize) -> Result<(), String> {
        let Some((key, known)) = self.pick(far, |known| known.stage == Stage::Waiting) else {
            return Ok(());
        };
        let up = self.gate.up_targets(&known.asks);
        let Some(target) = take_slot(&mut self.taken, self.max, up) else {
            return Ok(());
        };
        if !self.line.release_by_hand(known.ticket, target) {
            return Err(format!("{known:?} waits, and cannot be let go"));
        }
        self.put(key, None, Stage::Released);
        Ok(())
    }

    fn may_go(&self, known: &Known, grant: Grant) -> bool {
        match self.gate.verdict(&known.asks) {
            Verdict::Pass => true,
            Verdict::Hold(_) => grant.forced,
            Verdict::Refuse => false,
        }
    }

    /// A flight is over, or never began.
    fn land(&mut self, flight: Grant) {
        self.line.ended(flight.turn);
        self.taken[flight.target] -= 1;
    }

    /// It has no turn any more, and gives back what it was granted and had not taken.
    fn freed(&mut self, ticket: Ticket, grant: Option<Grant>) {
        self.turns.retain(|(_, _, of)| *of != ticket);
        if let Some(grant) = grant {
            self.taken[grant.target] -= 1;
        }
    }

    fn wait_again(&mut self, key: Key) {
        let grant = self.line.wait_again(self.known[&key].ticket);
        self.put(key, grant, Stage::Waiting);
    }

    fn put(&mut self, key: Key, grant: Option<Grant>, stage: Stage) {
        let ticket = self.known[&key].ticket;
        if !matches!(stage, Stage::Released | Stage::Connecting(_)) {
            self.freed(ticket, grant);
        }
        if let Some(known) = self.known.get_mut(&key) {
            known.stage = stage;
        }
    }

    fn pick(&self, far: usize, like: impl Fn(&Known) -> bool) -> Option<(Key, Known)> {
        let mut those = self.known.iter().filter(|(_, known)| like(known));
        let count = those.clone().count();
        those
            .nth(far.checked_rem(count)?)
            .map(|(key, known)| (*key, *known))
    }

    fn pick_connecting(&self, far: usize) -> Option<(Key, Known, Grant)> {
        let connecting = |known: &Known| matches!(known.stage, Stage::Connecting(_));
        let (key, known) = self.pick(far, connecting)?;
        match known.stage {
            Stage::Connecting(grant) => Some((key, known, grant)),
            Stage::Waiting | Stage::Released | Stage::Away => None,
        }
    }
}

/// Takes a slot at the first of these targets that has one.
pub(super) fn take_slot(taken: &mut [usize], max: Option<usize>, up: u64) -> Option<usize> {
    let free = |(index, taken): &(usize, &mut usize)| {
        up >> index & 1 == 1 && max.is_none_or(|max| **taken < max)
    };
    let (index, taken) = taken.iter_mut().enumerate().find(free)?;
    *taken += 1;
    Some(index)
}
