//! What must hold: when the line is settled, and after every step.

use super::world::{Key, Stage, World, take_slot};
use crate::gate::{Asks, HealthKind, TargetState, Verdict};
use crate::queue::{State, Ticket};
use crate::release::{RampStatus, Turn};

impl World {
    /// Settles the line, and looks at what it decided.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        let Self {
            line,
            gate,
            taken,
            max,
            ..
        } = self;
        let mut full = false;
        let decided = line.settle(
            self.now,
            |asks| gate.verdict(asks),
            |asks| {
                let slot = take_slot(taken, *max, gate.up_targets(asks));
                full |= slot.is_none();
                slot
            },
        );
        self.seen.full += usize::from(full);
        for ticket in decided.refused {
            let key = self.key(ticket)?;
            if self.gate.verdict(&self.known[&key].asks) != Verdict::Refuse {
                return Err(format!("{:?} was refused", self.known[&key]));
            }
            self.known.remove(&key);
            if self.line.give_back(ticket).is_some() {
                return Err("who is refused was granted something".to_owned());
            }
        }
        let mut keys = Vec::new();
        for ticket in decided.released {
            let key = self.key(ticket)?;
            let known = self.known.get_mut(&key).ok_or("no such place")?;
            if self.gate.verdict(&known.asks) != Verdict::Pass {
                return Err(format!("{known:?} was released through a closed gate"));
            }
            if std::mem::replace(&mut known.stage, Stage::Released) != Stage::Waiting {
                return Err(format!("{known:?} was released, and did not wait"));
            }
            keys.push((key, known.asks));
            self.turn(ticket)?;
        }
        self.check_order(&keys)?;
        self.check_forgotten()
    }

    /// With a lid on what is in flight nobody overtakes more than there are slots.
    fn turn(&mut self, ticket: Ticket) -> Result<(), String> {
        let Some(lid) = self.release.inflight_max else {
            return Ok(());
        };
        if self.window_room() == 0 {
            return Err(format!("{ticket:?} overtakes by more than {lid}"));
        }
        self.turns.push((self.next_turn, self.now, ticket));
        self.next_turn += 1;
        Ok(())
    }

    fn window_room(&self) -> u64 {
        let Some(lid) = self.release.inflight_max else {
            return u64::MAX;
        };
        let young = |at| self.now.since(at) < self.release.patience;
        let first = self.turns.iter().find(|(_, at, _)| young(*at));
        let ahead = first.map_or(0, |(turn, _, _)| self.next_turn - turn);
        (lid as u64).saturating_sub(ahead)
    }

    /// Those of one sort go in their order, but for the one that is tried first.
    fn check_order(&self, released: &[(Key, Asks)]) -> Result<(), String> {
        match self.line.ramp() {
            RampStatus::Off | RampStatus::Rising { .. } => {}
            RampStatus::Probation | RampStatus::CanaryFailed(_) => return Ok(()),
        }
        for (key, asks) in released {
            let passed = self.known.iter().find(|(other, known)| {
                *other < key && known.stage == Stage::Waiting && known.asks == *asks
            });
            if let Some(passed) = passed {
                return Err(format!("{key:?} went before {passed:?}"));
            }
        }
        if released.is_sorted_by_key(|(key, _)| *key) {
            Ok(())
        } else {
            Err(format!("{released:?} is not in order"))
        }
    }

    /// Whoever waits and may go waits for a slot, for the ramp, or for those before him.
    fn check_forgotten(&self) -> Result<(), String> {
        if self.window_room() == 0 || self.is_paced() {
            return Ok(());
        }
        let forgotten = self.known.values().find(|known| {
            known.stage == Stage::Waiting
                && self.gate.verdict(&known.asks) == Verdict::Pass
                && self.has_slot(known.asks)
        });
        match forgotten {
            Some(forgotten) => Err(format!("{forgotten:?} was forgotten")),
            None => Ok(()),
        }
    }

    /// A ramp lets nobody else go now.
    fn is_paced(&self) -> bool {
        match self.line.ramp() {
            RampStatus::Off => false,
            RampStatus::Probation => self.unfinished() > 0,
            RampStatus::Rising { step, .. } => self.unfinished() >= step,
            // One that is under way, or the time, or an OPEN.
            RampStatus::CanaryFailed(canary) => {
                self.unfinished() > 0 || self.now < canary.next || self.release.autogate
            }
        }
    }

    fn has_slot(&self, asks: Asks) -> bool {
        let up = self.gate.up_targets(&asks);
        take_slot(&mut self.taken.clone(), self.max, up).is_some()
    }

    /// Those that were let go by the ramp that is on, as far as they have not succeeded or ended.
    fn unfinished(&self) -> usize {
        let connecting = self.known.values().filter_map(|known| match known.stage {
            Stage::Connecting(grant) => Some(grant),
            Stage::Waiting | Stage::Released | Stage::Away => None,
        });
        let granted = self.line.grants.values().copied();
        let all = connecting
            .chain(granted)
            .chain(self.flights.iter().copied());
        all.filter(|grant| grant.turn != Turn::NONE && self.line.is_current(grant.turn))
            .count()
    }

    /// A newcomer goes straight through.
    pub(super) fn check_passing(&self, asks: Asks) -> Result<(), String> {
        let ramp = self.line.ramp() != RampStatus::Off;
        let passed = self.known.values().find(|known| {
            // Reads that were never held do not wait for a ramp of writes.
            self.gate.verdict(&known.asks) == Verdict::Pass
                && !(ramp && asks == Asks::READ && known.asks != Asks::READ)
        });
        match passed {
            Some(passed) => Err(format!("{asks:?} went before {passed:?}")),
            None => Ok(()),
        }
    }

    pub(super) fn check(&mut self) -> Result<(), String> {
        self.check_counts()?;
        self.check_ramp()?;
        if self.random.0.is_multiple_of(16) {
            self.check_list()?;
        }
        [Asks::READ, Asks::WRITE]
            .iter()
            .try_for_each(|asks| self.check_verdict(*asks))
    }

    fn check_counts(&self) -> Result<(), String> {
        let waiting = self
            .known
            .values()
            .filter(|known| known.stage == Stage::Waiting);
        let queue = self.line.queue();
        let counts = (queue.places(), queue.waiting());
        let expected = (self.known.len(), waiting.count());
        if counts != expected {
            return Err(format!(
                "{counts:?} places and waiting ones, not {expected:?}"
            ));
        }
        let oldest = self.known.keys().map(|(_, arrival, _)| *arrival).min();
        if queue.oldest() != oldest {
            return Err("the oldest is another".to_owned());
        }
        let connecting = self.known.values();
        let connecting = connecting.filter(|known| matches!(known.stage, Stage::Connecting(_)));
        let slots = connecting.count() + self.line.grants.len() + self.flights.len();
        if slots != self.taken.iter().sum::<usize>() {
            return Err(format!("{:?} slots are taken, of {slots}", self.taken));
        }
        match self.max {
            Some(max) if self.taken.iter().any(|taken| *taken > max) => {
                Err(format!("{:?} slots are taken, of {max} each", self.taken))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_ramp(&mut self) -> Result<(), String> {
        let own = self.unfinished();
        let most = match self.line.ramp() {
            RampStatus::Off => return Ok(()),
            RampStatus::Probation | RampStatus::CanaryFailed(_) => 1,
            RampStatus::Rising { step, unfinished } if unfinished == own => step,
            RampStatus::Rising { unfinished, .. } => {
                return Err(format!("{own} are unfinished, not {unfinished}"));
            }
        };
        self.seen.steps_of_ramps += 1;
        if own > most {
            return Err(format!("{own} are unfinished, and {most} may be"));
        }
        Ok(())
    }

    fn check_list(&self) -> Result<(), String> {
        let listed = self.line.queue().iter();
        let listed = listed.map(|entry| (entry.ticket, entry.asks, entry.state));
        let known = self.known.values().map(|known| {
            let state = match known.stage {
                Stage::Waiting => State::Waiting,
                Stage::Released | Stage::Connecting(_) => State::Released,
                Stage::Away => State::Away,
            };
            (known.ticket, known.asks, state)
        });
        if listed.eq(known) {
            Ok(())
        } else {
            Err("the list is not in order".to_owned())
        }
    }

    fn check_verdict(&self, asks: Asks) -> Result<(), String> {
        let passes = self.gate.verdict(&asks) == Verdict::Pass;
        if passes != self.gate.reasons(&asks).is_empty() {
            return Err(format!("{asks:?}: {:?}", self.gate.reasons(&asks)));
        }
        if !passes {
            return Ok(());
        }
        let void_before = Some(self.void_before[usize::from(asks.writes)]);
        if self.is_held(asks) {
            return Err(format!("{asks:?} passes an operator"));
        }
        if !self.is_up() {
            return Err(format!("{asks:?} passes to a target that is not up"));
        }
        if self.settings.autogate.is_some() && self.newest_open < void_before {
            return Err(format!("{asks:?} passes by an OPEN that is void"));
        }
        let up = self.gate.up_targets(&asks);
        let mut up = (0..self.targets()).filter(|target| up >> target & 1 == 1);
        if self.settings.health.kind == HealthKind::Http
            && up.any(|target| self.newest_good_probe[target] < void_before)
        {
            return Err(format!("{asks:?} passes by a probe that is void"));
        }
        Ok(())
    }

    pub(super) fn is_up(&self) -> bool {
        self.gate.status().health == TargetState::Up
    }

    pub(super) fn is_held(&self, asks: Asks) -> bool {
        let operator = self.gate.operator();
        !operator.stops().is_empty()
            || operator
                .closes()
                .iter()
                .any(|close| operator.covers(close, asks))
    }

    fn key(&self, ticket: Ticket) -> Result<Key, String> {
        let mut of = self
            .known
            .iter()
            .filter(|(_, known)| known.ticket == ticket);
        let found = of.next().map(|(key, _)| *key);
        found.ok_or_else(|| format!("{ticket:?} has no place"))
    }
}
