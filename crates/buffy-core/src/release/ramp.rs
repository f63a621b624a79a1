//! How fast those who waited are let go: one, then 4, 8, 16 …

use std::collections::BTreeMap;
use std::time::Duration;

use super::settings::Settings;
use crate::config::ReleaseMode;
use crate::gate::{Asks, Cause, Verdict};
use crate::moment::Moment;

/// A spell of holding shorter than this needs no ramp.
const HELD_MIN: Duration = Duration::from_secs(1);
/// Whoever waited elsewhere comes over within.
const COMING_OVER: Duration = Duration::from_secs(1);
/// Between one canary and the next, at most.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// Which ramp let a request go, or none: what is heard of it later counts only while that ramp
/// lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn(u32);

/// The ramp of one upstream (semantics.md §6).
#[derive(Debug)]
pub(super) struct Ramp {
    settings: Settings,
    state: State,
    /// Of the ramp that is on, or was last.
    turn: u32,
    /// By what is asked: since when that is held, other than by Buffy's own start.
    holds: BTreeMap<Asks, Moment>,
    /// Something passed since Buffy's start.
    started: bool,
    /// Everything was held before, so everything goes by the ramp; else what reads goes as ever.
    of_all: bool,
    /// Until then some may come over who waited elsewhere.
    expected_until: Option<Moment>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Off,
    Probation(Probation),
    Rising(Rising),
}

#[derive(Clone, Copy, Debug)]
struct Probation {
    under_way: bool,
    /// Canaries that failed in a row, and the status of the last.
    failed: u32,
    status: u16,
    not_before: Moment,
    /// None goes before an OPEN that was asked for after this.
    open_after: Option<Moment>,
}

#[derive(Clone, Copy, Debug)]
struct Rising {
    /// So many may be unfinished.
    step: usize,
    unfinished: usize,
    /// Of this step.
    succeeded: usize,
}

/// Who may go now, by the ramp alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// All.
    All,
    /// The one that is tried first.
    One,
    /// So many of those that go by the ramp.
    Some(usize),
}

/// The canary that failed last: nobody goes before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryFailed {
    pub status: u16,
    /// In a row.
    pub failures: u32,
    /// When the next goes, at the earliest.
    pub next: Moment,
}

/// A ramp as people are shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RampStatus {
    Off,
    Probation,
    /// So many may be unfinished at this step.
    Rising {
        step: usize,
        unfinished: usize,
    },
    CanaryFailed(CanaryFailed),
}

impl Ramp {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: State::Off,
            turn: 0,
            holds: BTreeMap::new(),
            started: false,
            of_all: false,
            expected_until: None,
        }
    }

    /// The ramp of whoever takes this one's place: what was held for long is let go with care there
    /// as well, and a ramp that is on begins anew. `waiting`: some wait, and will come over.
    pub(super) fn renewed(&self, settings: Settings, now: Moment, waiting: bool) -> Self {
        let mut ramp = Self {
            holds: self.holds.clone(),
            started: self.started,
            of_all: self.of_all,
            expected_until: waiting.then(|| now.after(COMING_OVER)),
            ..Self::new(settings)
        };
        if self.is_on() && settings.mode == ReleaseMode::Ramp {
            ramp.begin();
        }
        ramp
    }

    /// Looks at the verdicts of all that is asked; `waiting` says how many ask it. A ramp begins
    /// where requests wait that were held for long and now may go.
    pub(super) fn look(
        &mut self,
        now: Moment,
        asked: &[Asks],
        verdict: impl Fn(&Asks) -> Verdict,
        waiting: impl Fn(&Asks) -> usize,
    ) {
        self.holds.retain(|asks, _| asked.contains(asks));
        let mut opened = Vec::new();
        for asks in asked {
            match verdict(asks) {
                // At Buffy's own start what is not known yet is no outage.
                Verdict::Hold(Cause::Autogate | Cause::Down) if !self.started => {}
                Verdict::Hold(_) | Verdict::Refuse => {
                    self.holds.entry(*asks).or_insert(now);
                }
                Verdict::Pass => {
                    let since = self.holds.remove(asks);
                    if since.is_some_and(|since| now.since(since) >= HELD_MIN) {
                        opened.push(*asks);
                    }
                }
            }
        }
        let passes = verdict(&Asks::READ) == Verdict::Pass;
        self.started |= passes;
        let of_all = opened.contains(&Asks::READ);
        let waits = |asks: &Asks| verdict(asks) == Verdict::Pass && waiting(asks) > 0;
        let any_waits = if of_all {
            asked.iter().any(waits)
        } else {
            opened.iter().any(waits)
        };
        let expected = self.expected_until.is_some_and(|until| now < until);
        let any_waits = any_waits || (expected && !opened.is_empty());
        if any_waits && self.settings.mode == ReleaseMode::Ramp {
            self.of_all = of_all || (self.is_on() && self.of_all);
            self.begin();
        }
        let awaited = if self.of_all {
            !passes || asked.iter().any(waits)
        } else {
            asked
                .iter()
                .any(|asks| self.governs(*asks) && waiting(asks) > 0)
        };
        self.end_if_idle(awaited || expected);
    }

    /// Over when nobody waits for it and nothing is unfinished.
    fn end_if_idle(&mut self, awaited: bool) {
        let idle = match &self.state {
            State::Off => return,
            State::Probation(probation) => !probation.under_way && probation.failed == 0,
            State::Rising(rising) => rising.unfinished == 0,
        };
        if idle && !awaited {
            self.state = State::Off;
        }
    }

    /// Requests that ask this go by the ramp, and newcomers of them take a place.
    pub(super) fn governs(&self, asks: Asks) -> bool {
        self.is_on() && (self.of_all || asks != Asks::READ)
    }

    pub(super) fn is_on(&self) -> bool {
        !matches!(self.state, State::Off)
    }

    /// Who may go of those that it governs.
    pub(super) fn room(&self, now: Moment) -> Room {
        match &self.state {
            State::Off => Room::All,
            State::Probation(probation) if probation.may_go(now) => Room::One,
            State::Probation(_) => Room::Some(0),
            State::Rising(rising) => Room::Some(rising.step.saturating_sub(rising.unfinished)),
        }
    }

    /// One that it governs goes.
    pub(super) fn released(&mut self) -> Turn {
        match &mut self.state {
            State::Off => return Turn::NONE,
            State::Probation(probation) => probation.under_way = true,
            State::Rising(rising) => rising.unfinished += 1,
        }
        Turn(self.turn)
    }

    /// It succeeded: its answer has come, or its connection has stood for long.
    pub(super) fn succeeded(&mut self, turn: Turn) {
        if !self.is_current(turn) {
            return;
        }
        match &mut self.state {
            State::Off => {}
            State::Probation(_) => {
                self.state = State::Rising(Rising {
                    step: self.settings.start.min(self.settings.max).max(1),
                    unfinished: 0,
                    succeeded: 0,
                });
            }
            State::Rising(rising) => {
                rising.unfinished = rising.unfinished.saturating_sub(1);
                rising.succeeded += 1;
                let round_over = rising.succeeded >= rising.step;
                if round_over && rising.step >= self.settings.max {
                    self.state = State::Off;
                } else if round_over {
                    rising.step = rising.step.saturating_mul(2).min(self.settings.max);
                    rising.succeeded = 0;
                }
            }
        }
    }

    /// It ended, or waits again, without a success.
    pub(super) fn ended(&mut self, turn: Turn) {
        if !self.is_current(turn) {
            return;
        }
        match &mut self.state {
            State::Off => {}
            State::Probation(probation) => probation.under_way = false,
            State::Rising(rising) => rising.unfinished = rising.unfinished.saturating_sub(1),
        }
    }

    /// It was not even connected: the ramp begins anew. False where that is old news.
    pub(super) fn failed(&mut self, turn: Turn) -> bool {
        let counts = self.is_current(turn);
        if counts {
            self.begin();
        }
        counts
    }

    /// The request that was tried first got an answer of `status` 500 or more, which matters with
    /// `canary: true`: the next goes later, and with an autogate after a fresh OPEN. Returns how
    /// many failed in a row; none where it does not matter.
    pub(super) fn canary_failed(&mut self, now: Moment, turn: Turn, status: u16) -> Option<u32> {
        let current = self.is_current(turn);
        let State::Probation(probation) = &mut self.state else {
            return None;
        };
        if !self.settings.canary || !current {
            return None;
        }
        let failed = probation.failed + 1;
        let wait = self
            .settings
            .retry
            .saturating_mul(1 << (failed - 1).min(16))
            .min(RETRY_MAX);
        *probation = Probation {
            under_way: false,
            failed,
            status,
            not_before: now.after(wait),
            open_after: self.settings.autogate.then_some(now),
        };
        self.turn = self.turn.wrapping_add(1).max(1);
        Some(failed)
    }

    /// The rules said OPEN, of a document that was asked for at `began`.
    pub(super) fn heard_open(&mut self, began: Moment) {
        if let State::Probation(probation) = &mut self.state {
            probation.open_after = probation.open_after.filter(|after| began <= *after);
        }
    }

    /// What is heard of that turn still counts.
    pub(super) fn is_current(&self, turn: Turn) -> bool {
        self.is_on() && turn != Turn::NONE && turn.0 == self.turn
    }

    /// When it wants to be looked at anew.
    pub(super) fn due(&self) -> Option<Moment> {
        match &self.state {
            State::Probation(probation) if probation.failed > 0 && !probation.under_way => {
                Some(probation.not_before)
            }
            State::Off | State::Probation(_) | State::Rising(_) => None,
        }
    }

    pub(super) fn status(&self) -> RampStatus {
        match self.state {
            State::Off => RampStatus::Off,
            State::Probation(probation) if probation.failed > 0 => {
                RampStatus::CanaryFailed(CanaryFailed {
                    status: probation.status,
                    failures: probation.failed,
                    next: probation.not_before,
                })
            }
            State::Probation(_) => RampStatus::Probation,
            State::Rising(Rising {
                step, unfinished, ..
            }) => RampStatus::Rising { step, unfinished },
        }
    }

    fn begin(&mut self) {
        // Zero is none.
        self.turn = self.turn.wrapping_add(1).max(1);
        self.state = State::Probation(Probation {
            under_way: false,
            failed: 0,
            status: 0,
            not_before: Moment::ZERO,
            open_after: None,
        });
    }
}

impl CanaryFailed {
    /// `canary failed: it was answered with status 503`.
    pub fn reason(&self) -> String {
        let Self {
            status, failures, ..
        } = self;
        match failures {
            1 => format!("canary failed: it was answered with status {status}"),
            _ => format!("{failures} canaries failed, the last was answered with status {status}"),
        }
    }
}

impl Probation {
    fn may_go(&self, now: Moment) -> bool {
        !self.under_way && now >= self.not_before && self.open_after.is_none()
    }
}

impl Turn {
    /// It went by no ramp.
    pub const NONE: Self = Self(0);
}
