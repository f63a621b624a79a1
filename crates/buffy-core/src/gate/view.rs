//! What health and rules are to one sort of request, and what either means to the other.
//!
//! Reads and writes have a view each, because evidence is void only for those that were held.

use super::autogate::{Autogate, Axis};
use super::health::Belief;
use super::input::Poll;
use super::settings::Settings;
use super::status::{AutogateState, TargetState};
use crate::moment::Moment;

#[derive(Clone, Debug)]
pub(super) struct View {
    targets: Vec<Belief>,
    /// None where no rules are configured.
    rules: Option<Axis>,
}

/// What a view asks of the caller.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wants {
    /// Of these targets.
    pub(super) probe: u64,
    pub(super) poll: bool,
    /// These targets are down, which they were not before.
    pub(super) flush: u64,
}

impl View {
    pub(super) fn new(now: Moment, settings: &Settings) -> Self {
        Self {
            targets: vec![Belief::new(now); settings.targets.len()],
            rules: settings.autogate.as_ref().map(|_| Axis::new(now)),
        }
    }

    pub(super) fn targets(&self) -> &[Belief] {
        &self.targets
    }

    pub(super) fn rules(&self) -> Option<&Axis> {
        self.rules.as_ref()
    }

    pub(super) fn states(&self) -> (TargetState, AutogateState) {
        (
            self.health(),
            self.rules
                .as_ref()
                .map_or(AutogateState::Absent, Axis::state),
        )
    }

    /// The targets that are up.
    pub(super) fn up_targets(&self) -> u64 {
        self.those(|target| target.state() == TargetState::Up)
    }

    /// The targets whose answer would be news: it is not believed that they are up.
    pub(super) fn doubtful_targets(&self) -> u64 {
        self.those(|target| target.state() != TargetState::Up)
    }

    /// Neither health nor rules, which a force overrides, hold anything.
    pub(super) fn passes(&self, forced: bool) -> bool {
        match self.states() {
            (TargetState::Up, AutogateState::Absent | AutogateState::Open) => true,
            (TargetState::Up, AutogateState::Unknown | AutogateState::Closed) => forced,
            (TargetState::Unknown | TargetState::Suspect | TargetState::Down, _) => false,
        }
    }

    /// A probe ended.
    pub(super) fn probed(
        &mut self,
        now: Moment,
        at: usize,
        began: Moment,
        good: bool,
        reached: bool,
        settings: &Settings,
    ) -> Wants {
        self.heard(now, at, |target| {
            target.probed(now, began, good, reached, &settings.health)
        })
    }

    /// A request's connection was refused.
    pub(super) fn refused(&mut self, now: Moment, at: usize, began: Moment) -> Wants {
        self.heard(now, at, |target| target.refused(now, began))
    }

    /// A request was answered.
    pub(super) fn answered(
        &mut self,
        now: Moment,
        at: usize,
        began: Moment,
        settings: &Settings,
    ) -> Wants {
        self.heard(now, at, |target| {
            target.answered(now, began, &settings.health);
            false
        })
    }

    /// A look at the status document ended.
    pub(super) fn polled(
        &mut self,
        now: Moment,
        began: Moment,
        poll: &Poll,
        heard: &Autogate,
        settings: &Settings,
    ) -> Wants {
        let poll = match (&mut self.rules, &settings.autogate) {
            (Some(axis), Some(settings)) => {
                axis.polled(now, began, poll, heard.reached(), settings)
            }
            (Some(_), None) | (None, Some(_) | None) => false,
        };
        Wants {
            poll,
            ..Wants::default()
        }
    }

    /// An operator holds what passed until now.
    pub(super) fn held(&mut self) {
        for target in &mut self.targets {
            target.held();
        }
        if let Some(axis) = &mut self.rules {
            axis.held();
        }
    }

    /// The last entry of an operator that held is gone.
    pub(super) fn lifted(&mut self, now: Moment, settings: &Settings) -> Wants {
        let mut wants = Wants {
            poll: self.rules.is_some(),
            ..Wants::default()
        };
        for (at, target) in self.targets.iter_mut().enumerate() {
            if target.lifted(now, &settings.health) {
                wants.probe |= bit(at);
            }
        }
        if let Some(axis) = &mut self.rules {
            axis.lifted(now);
        }
        wants
    }

    /// Something new is expected of every OPEN.
    pub(super) fn expected_anew(&mut self, now: Moment) {
        if let Some(axis) = &mut self.rules {
            axis.expected_anew(now);
        }
    }

    /// When [`View::tick`] is due.
    pub(super) fn due(&self, settings: &Settings) -> Option<Moment> {
        self.rules.as_ref()?.due(settings.autogate.as_ref()?)
    }

    pub(super) fn tick(&mut self, now: Moment, settings: &Settings) {
        if let (Some(axis), Some(settings)) = (&mut self.rules, &settings.autogate) {
            axis.tick(now, settings);
        }
    }

    /// The best of the targets. One that is down was up once, so it says more than one of which
    /// nothing is known: where some are down and the others were never reached, all is down.
    fn health(&self) -> TargetState {
        let states = || self.targets.iter().map(Belief::state);
        let best = [TargetState::Up, TargetState::Suspect, TargetState::Down];
        let best = best
            .into_iter()
            .find(|best| states().any(|state| state == *best));
        best.unwrap_or(TargetState::Unknown)
    }

    fn those(&self, like: impl Fn(&Belief) -> bool) -> u64 {
        let those = self
            .targets
            .iter()
            .enumerate()
            .filter(|(_, target)| like(target));
        those.fold(0, |those, (at, _)| those | bit(at))
    }

    /// A target heard something, which says whether a probe must look at once.
    fn heard(&mut self, now: Moment, at: usize, hear: impl FnOnce(&mut Belief) -> bool) -> Wants {
        let all_before = self.health();
        let Some(target) = self.targets.get_mut(at) else {
            return Wants::default();
        };
        let before = target.state();
        let mut wants = Wants::default();
        if hear(target) {
            wants.probe = bit(at);
        }
        let after = target.state();
        match after {
            TargetState::Suspect | TargetState::Down if before != after => wants.probe = bit(at),
            TargetState::Unknown | TargetState::Up | TargetState::Suspect | TargetState::Down => {}
        }
        if after == TargetState::Down && before != after {
            wants.flush = bit(at);
        }
        self.follow(now, all_before, wants)
    }

    /// What the targets' new state means to the rules, and to the targets when none is up any more.
    fn follow(&mut self, now: Moment, before: TargetState, mut wants: Wants) -> Wants {
        let (after, poll) = (self.health(), self.rules.is_some());
        if before == after {
            return wants;
        }
        if before == TargetState::Up {
            for target in &mut self.targets {
                target.none_is_up(now);
            }
            wants.probe |= self.doubtful_targets();
        }
        match (after, &mut self.rules) {
            (TargetState::Unknown, _) => return wants,
            (TargetState::Suspect, Some(axis)) => axis.doubted(now),
            (TargetState::Down, Some(axis)) => axis.lost(now),
            (TargetState::Up | TargetState::Suspect | TargetState::Down, _) => {}
        }
        Wants { poll, ..wants }
    }
}

impl Wants {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            probe: self.probe | other.probe,
            poll: self.poll || other.poll,
            flush: self.flush | other.flush,
        }
    }
}

/// The bit of the target of this index in a set of targets; none past the 64th.
pub fn bit(target: usize) -> u64 {
    u32::try_from(target)
        .ok()
        .and_then(|at| 1_u64.checked_shl(at))
        .unwrap_or(0)
}
