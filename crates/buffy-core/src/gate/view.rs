//! What health and rules are to one sort of request, and what either means to the other.
//!
//! Reads and writes have a view each, because evidence is void only for those that were held.

use super::autogate::{Autogate, Axis};
use super::health::{Belief, Target};
use super::input::Poll;
use super::settings::Settings;
use super::status::{AutogateState, TargetState};
use crate::moment::Moment;

#[derive(Clone, Debug)]
pub(super) struct View {
    target: Belief,
    /// None where no rules are configured.
    rules: Option<Axis>,
}

/// What a view asks of the caller.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wants {
    pub(super) probe: bool,
    pub(super) poll: bool,
    /// The target is down, which it was not before.
    pub(super) flush: bool,
}

impl View {
    pub(super) fn new(now: Moment, settings: &Settings) -> Self {
        Self {
            target: Belief::new(now),
            rules: settings.autogate.as_ref().map(|_| Axis::new(now)),
        }
    }

    pub(super) fn target(&self) -> &Belief {
        &self.target
    }

    pub(super) fn rules(&self) -> Option<&Axis> {
        self.rules.as_ref()
    }

    pub(super) fn states(&self) -> (TargetState, AutogateState) {
        (
            self.target.state(),
            self.rules
                .as_ref()
                .map_or(AutogateState::Absent, Axis::state),
        )
    }

    /// Neither health nor rules hold anything.
    pub(super) fn passes(&self) -> bool {
        match self.states() {
            (TargetState::Up, AutogateState::Absent | AutogateState::Open) => true,
            (TargetState::Up, AutogateState::Unknown | AutogateState::Closed)
            | (TargetState::Unknown | TargetState::Suspect | TargetState::Down, _) => false,
        }
    }

    /// A probe ended.
    pub(super) fn probed(
        &mut self,
        now: Moment,
        began: Moment,
        good: bool,
        heard: &Target,
        settings: &Settings,
    ) -> Wants {
        let before = self.target.state();
        let probe = self
            .target
            .probed(now, began, good, heard.reached(), &settings.health);
        self.follow(now, before, probe)
    }

    /// A request's connection was refused.
    pub(super) fn refused(&mut self, now: Moment, began: Moment) -> Wants {
        let before = self.target.state();
        let probe = self.target.refused(now, began);
        self.follow(now, before, probe)
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, now: Moment, began: Moment, settings: &Settings) -> Wants {
        let before = self.target.state();
        self.target.answered(now, began, &settings.health);
        self.follow(now, before, false)
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
        self.target.held();
        if let Some(axis) = &mut self.rules {
            axis.held();
        }
    }

    /// The last entry of an operator that held is gone.
    pub(super) fn lifted(&mut self, now: Moment, settings: &Settings) -> Wants {
        let probe = self.target.lifted(now, &settings.health);
        if let Some(axis) = &mut self.rules {
            axis.lifted(now);
        }
        Wants {
            probe,
            poll: self.rules.is_some(),
            flush: false,
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

    /// What the target's new state means to the rules.
    fn follow(&mut self, now: Moment, before: TargetState, probe: bool) -> Wants {
        let after = self.target.state();
        let poll = self.rules.is_some();
        if before == after {
            return Wants {
                probe,
                ..Wants::default()
            };
        }
        match after {
            TargetState::Up => Wants {
                probe,
                poll,
                flush: false,
            },
            TargetState::Suspect => {
                if let Some(axis) = &mut self.rules {
                    axis.doubted(now);
                }
                Wants {
                    probe: true,
                    poll,
                    flush: false,
                }
            }
            TargetState::Down => {
                if let Some(axis) = &mut self.rules {
                    axis.lost(now);
                }
                Wants {
                    probe: true,
                    poll,
                    flush: true,
                }
            }
            TargetState::Unknown => Wants {
                probe,
                ..Wants::default()
            },
        }
    }
}

impl Wants {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            probe: self.probe || other.probe,
            poll: self.poll || other.poll,
            flush: self.flush || other.flush,
        }
    }
}
