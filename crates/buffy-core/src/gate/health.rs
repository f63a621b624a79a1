//! What is believed of a target: [`Target`] is what was heard, [`Belief`] what it means to a sort
//! of request.

use super::evidence::{Newest, Reach};
use super::settings::{HealthKind, HealthSettings};
use super::status::TargetState;
use crate::event::What;
use crate::moment::Moment;

/// The looks at a target as they were heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    reach: Reach,
    /// Why the newest look failed, if it did.
    error: Option<String>,
    /// Up or down, as it was told last.
    told_up: Option<bool>,
}

/// The axis, as one sort of request meets it.
#[derive(Clone, Debug)]
pub(super) struct Belief {
    state: TargetState,
    since: Moment,
    /// HTTP probes that began before are void.
    floor: Moment,
    newest: Newest,
    /// When the newest connection began that a request was answered on.
    answered: Option<Moment>,
    /// When the connection began whose refusal made the target suspect.
    refused: Option<Moment>,
    /// In a row.
    goods: u32,
    /// In a row.
    bads: u32,
    /// It was up before it became unknown: one good probe will do.
    one_suffices: bool,
    /// It was up before an operator closed or stopped the gate.
    up_before: bool,
}

impl Target {
    pub(super) fn good(&mut self) {
        self.reach.hit();
        self.error = None;
    }

    pub(super) fn bad(&mut self, error: String) {
        self.reach.miss();
        self.error = Some(error);
    }

    pub(super) fn refused(&mut self, error: String) {
        self.error = Some(error);
    }

    pub(super) fn reached(&self) -> bool {
        self.reach.reached()
    }

    /// Why the newest look failed, if it did.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// What is to be told of the target, now that it is in this state.
    pub(super) fn events(
        &mut self,
        state: TargetState,
        url: &str,
        fall: u32,
        events: &mut Vec<What>,
    ) {
        let url = || url.to_owned();
        let error = || self.error.clone().unwrap_or_default();
        match state {
            TargetState::Up if self.told_up != Some(true) => {
                self.told_up = Some(true);
                events.push(What::TargetUp { url: url() });
            }
            TargetState::Down if self.told_up != Some(false) => {
                self.told_up = Some(false);
                events.push(What::TargetDown {
                    url: url(),
                    error: error(),
                });
            }
            TargetState::Unknown if self.reach.must_tell(fall) => {
                events.push(What::NeverReached {
                    url: url(),
                    error: error(),
                });
            }
            TargetState::Unknown | TargetState::Up | TargetState::Suspect | TargetState::Down => {}
        }
    }

    /// Why it is not used, for people.
    pub(super) fn reason(&self, url: &str) -> String {
        format!("{url} {}", self.error().unwrap_or("is being probed"))
    }
}

impl Belief {
    pub(super) fn new(now: Moment) -> Self {
        Self {
            state: TargetState::Unknown,
            since: now,
            floor: Moment::ZERO,
            newest: Newest::default(),
            answered: None,
            refused: None,
            goods: 0,
            bads: 0,
            one_suffices: false,
            up_before: false,
        }
    }

    /// Good probes were counted, and not enough of them.
    pub(super) fn is_rising(&self) -> bool {
        self.goods > 0
    }

    pub(super) fn state(&self) -> TargetState {
        self.state
    }

    pub(super) fn since(&self) -> Moment {
        self.since
    }

    /// Takes a probe in; true where it says nothing and another must be made at once.
    pub(super) fn probed(
        &mut self,
        now: Moment,
        began: Moment,
        good: bool,
        reached: bool,
        settings: &HealthSettings,
    ) -> bool {
        if settings.kind == HealthKind::Http && began < self.floor {
            return true;
        }
        if !self.newest.admits(began, good) {
            return self.state == TargetState::Suspect;
        }
        if good {
            self.count_good(now, settings);
        } else {
            self.count_bad(now, reached, settings);
        }
        false
    }

    /// A request's connection was refused; true where a probe must look at once.
    pub(super) fn refused(&mut self, now: Moment, began: Moment) -> bool {
        let answered_later = self.answered.is_some_and(|answered| began < answered);
        if answered_later || !self.newest.admits(began, false) {
            return false;
        }
        match self.state {
            TargetState::Up => {
                self.refused = Some(began);
                self.turn(now, TargetState::Suspect);
                true
            }
            TargetState::Suspect if self.answered > self.refused => {
                self.refused = Some(began);
                true
            }
            TargetState::Suspect => {
                self.turn(now, TargetState::Down);
                false
            }
            // No request is sent to such a target; one that was under way tells nothing new, but
            // that what went well until now does not stand.
            TargetState::Unknown | TargetState::Down => {
                self.goods = 0;
                false
            }
        }
    }

    /// A request was answered: the target takes connections, if that is what health means.
    pub(super) fn answered(&mut self, now: Moment, began: Moment, settings: &HealthSettings) {
        self.answered = self.answered.max(Some(began));
        match settings.kind {
            HealthKind::Tcp if self.newest.admits(began, true) => self.count_good(now, settings),
            HealthKind::Tcp | HealthKind::Http => {}
        }
    }

    /// An operator holds what passed until now.
    pub(super) fn held(&mut self) {
        self.up_before = match self.state {
            TargetState::Up | TargetState::Suspect => true,
            TargetState::Unknown => self.one_suffices,
            TargetState::Down => false,
        };
    }

    /// The last entry of an operator that held is gone; true where a probe must look at once.
    pub(super) fn lifted(&mut self, now: Moment, settings: &HealthSettings) -> bool {
        match settings.kind {
            HealthKind::Tcp => self.state != TargetState::Up,
            HealthKind::Http => {
                self.floor = now;
                match self.state {
                    // What made it so was not a probe.
                    TargetState::Suspect => {}
                    TargetState::Up | TargetState::Unknown => {
                        self.turn(now, TargetState::Unknown);
                        self.one_suffices = self.up_before;
                    }
                    TargetState::Down => self.turn(now, TargetState::Unknown),
                }
                true
            }
        }
    }

    /// No target is up any more: whichever comes back, what was seen of it before is void.
    pub(super) fn none_is_up(&mut self, now: Moment) {
        self.floor = now;
        self.goods = 0;
    }

    fn count_good(&mut self, now: Moment, settings: &HealthSettings) {
        self.bads = 0;
        match self.state {
            TargetState::Up => {}
            TargetState::Suspect => self.turn(now, TargetState::Up),
            TargetState::Unknown | TargetState::Down => {
                self.goods = self.goods.saturating_add(1);
                if self.one_suffices || self.goods >= settings.rise {
                    self.turn(now, TargetState::Up);
                }
            }
        }
    }

    fn count_bad(&mut self, now: Moment, reached: bool, settings: &HealthSettings) {
        self.goods = 0;
        self.bads = self.bads.saturating_add(1);
        let fallen = self.bads >= settings.fall;
        match self.state {
            TargetState::Suspect => self.turn(now, TargetState::Down),
            TargetState::Up if fallen => self.turn(now, TargetState::Down),
            TargetState::Unknown if fallen && reached => self.turn(now, TargetState::Down),
            TargetState::Up | TargetState::Unknown | TargetState::Down => {}
        }
    }

    fn turn(&mut self, now: Moment, state: TargetState) {
        self.goods = 0;
        self.bads = 0;
        self.one_suffices = false;
        if matches!(state, TargetState::Suspect | TargetState::Down) {
            self.floor = now;
        }
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }
}
