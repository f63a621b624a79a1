//! What the rules say: [`Autogate`] is what was heard, [`Axis`] what it means to a sort of request.

use super::evidence::{Newest, Reach};
use super::input::Poll;
use super::settings::AutogateSettings;
use super::status::AutogateState;
use crate::config::{Unmatched, Unreachable};
use crate::event::What;
use crate::moment::Moment;

/// The polls as they were heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Autogate {
    reach: Reach,
    /// The newest, and when it began.
    last: Option<(Poll, Moment)>,
    /// The rule that matched last, and when its poll began.
    rule: Option<(String, Moment)>,
}

/// The axis, as one sort of request meets it.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Unknown, open or closed; a target that is lost, and a lift, make it unknown.
    state: AutogateState,
    since: Moment,
    /// Polls that began before are void.
    floor: Moment,
    newest: Newest,
    /// In a row.
    opens: u32,
    /// When what began with the first OPEN has settled.
    settled: Moment,
    /// In a row.
    misses: u32,
    /// It was open before it became unknown: one OPEN will do.
    one_suffices: bool,
    /// What it was before an operator closed or stopped the gate.
    before: Before,
    /// Something was heard that leaves it unknown: it may stay so.
    undecided: bool,
    /// What closed it, as the end of a sentence that begins with "autogate closed".
    closed_by: String,
}

/// What the axis was when an operator's entry began to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    NotOpen,
    Open,
    /// The target was down since, and the axis has not opened again.
    OpenThenLost,
}

impl Autogate {
    pub(super) fn heard(&mut self, began: Moment, poll: &Poll) {
        match poll {
            Poll::Open { rule } | Poll::Close { rule } => {
                self.reach.hit();
                self.rule = Some((rule.clone(), began));
            }
            Poll::Unmatched => self.reach.hit(),
            Poll::Miss(_) => self.reach.miss(),
        }
        if self
            .last
            .as_ref()
            .is_none_or(|(_, newest)| *newest <= began)
        {
            self.last = Some((poll.clone(), began));
        }
    }

    /// Was there ever a document?
    pub(super) fn reached(&self) -> bool {
        self.reach.reached()
    }

    pub(super) fn rule(&self) -> Option<&(String, Moment)> {
        self.rule.as_ref()
    }

    /// Why the newest poll had no document.
    pub(super) fn miss(&self) -> Option<&str> {
        match &self.last {
            Some((Poll::Miss(error), _)) => Some(error),
            Some((Poll::Open { .. } | Poll::Close { .. } | Poll::Unmatched, _)) | None => None,
        }
    }

    /// What the newest poll found, in a few words.
    pub(super) fn word(&self, settings: &AutogateSettings) -> String {
        match &self.last {
            None => format!("{} was not asked yet", settings.url),
            Some((poll, _)) => poll.word(settings),
        }
    }

    /// What was missed so far does not count as never reached.
    pub(super) fn forgive(&mut self) {
        self.reach.forgive();
    }

    /// Once, where there never was a document.
    pub(super) fn never_reached(&mut self, settings: &AutogateSettings) -> Option<What> {
        self.reach
            .must_tell(settings.fall)
            .then(|| What::NeverReached {
                url: settings.url.clone(),
                error: self.miss().unwrap_or_default().to_owned(),
            })
    }
}

impl Axis {
    pub(super) fn new(now: Moment) -> Self {
        Self {
            state: AutogateState::Unknown,
            since: now,
            floor: Moment::ZERO,
            newest: Newest::default(),
            opens: 0,
            settled: now,
            misses: 0,
            one_suffices: false,
            before: Before::NotOpen,
            undecided: false,
            closed_by: String::new(),
        }
    }

    pub(super) fn state(&self) -> AutogateState {
        self.state
    }

    pub(super) fn since(&self) -> Moment {
        self.since
    }

    /// Unknown, and not only because the next poll is awaited.
    pub(super) fn is_undecided(&self) -> bool {
        self.undecided
    }

    /// Takes a poll in; true where it is void and another must be made at once.
    pub(super) fn polled(
        &mut self,
        now: Moment,
        began: Moment,
        poll: &Poll,
        reached: bool,
        settings: &AutogateSettings,
    ) -> bool {
        if began < self.floor {
            return true;
        }
        let opens = matches!(poll, Poll::Open { .. });
        if !self.newest.admits(began, opens) {
            return false;
        }
        match poll {
            Poll::Open { .. } => self.count_open(now, settings),
            Poll::Close { rule } => self.close(now, format!(" by {rule}")),
            Poll::Unmatched => match settings.unmatched {
                Unmatched::Close => self.close(now, format!(": {}", poll.word(settings))),
                Unmatched::Keep => {
                    self.restart();
                    self.undecided = self.state == AutogateState::Unknown;
                }
            },
            Poll::Miss(_) => self.count_miss(now, poll, reached, settings),
        }
        false
    }

    /// An operator holds what passed until now.
    pub(super) fn held(&mut self) {
        let open = self.state == AutogateState::Open || self.one_suffices;
        self.before = if open { Before::Open } else { Before::NotOpen };
    }

    /// The last entry of an operator that held is gone.
    pub(super) fn lifted(&mut self, now: Moment) {
        self.one_suffices = self.before == Before::Open;
        self.void(now);
    }

    /// The target refused a connection, and may be back in a moment, another than it was.
    pub(super) fn doubted(&mut self, now: Moment) {
        self.one_suffices |= self.state == AutogateState::Open;
        self.void(now);
    }

    /// The target is down: whatever comes back begins anew.
    pub(super) fn lost(&mut self, now: Moment) {
        self.one_suffices = false;
        if self.before == Before::Open {
            self.before = Before::OpenThenLost;
        }
        self.void(now);
    }

    /// Something new is expected of every OPEN: whatever says it begins anew.
    pub(super) fn expected_anew(&mut self, now: Moment) {
        self.one_suffices = false;
        self.void(now);
    }

    /// When enough OPENs in a row will have settled.
    pub(super) fn due(&self, settings: &AutogateSettings) -> Option<Moment> {
        let enough = self.state != AutogateState::Open && self.opens >= settings.rise.max(1);
        enough.then_some(self.settled)
    }

    /// OPENs were counted, and not enough of them.
    pub(super) fn is_rising(&self) -> bool {
        self.state != AutogateState::Open && self.opens > 0
    }

    pub(super) fn tick(&mut self, now: Moment, settings: &AutogateSettings) {
        if self.due(settings).is_some_and(|due| due <= now) {
            self.open(now);
        }
    }

    /// Why it does not let pass; none where it is open.
    pub(super) fn reason(&self, heard: &Autogate, settings: &AutogateSettings) -> Option<String> {
        match self.state {
            AutogateState::Absent | AutogateState::Open => None,
            AutogateState::Closed => Some(format!("autogate closed{}", self.closed_by)),
            AutogateState::Unknown if self.opens > 0 => {
                let (rise, word) = (settings.rise.max(1), heard.word(settings));
                let opens = self.opens.min(rise);
                Some(format!(
                    "autogate unknown: {word}, {opens} of {rise}, not settled"
                ))
            }
            AutogateState::Unknown if self.undecided || heard.miss().is_some() => {
                Some(format!("autogate unknown: {}", heard.word(settings)))
            }
            AutogateState::Unknown => {
                Some(format!("autogate unknown: {} is being asked", settings.url))
            }
        }
    }

    fn count_open(&mut self, now: Moment, settings: &AutogateSettings) {
        self.misses = 0;
        if self.state == AutogateState::Open {
            return;
        }
        if self.opens == 0 {
            self.settled = now.after(settings.settle);
        }
        self.opens = self.opens.saturating_add(1);
        if self.one_suffices {
            self.open(now);
        } else {
            self.tick(now, settings);
        }
    }

    fn count_miss(&mut self, now: Moment, poll: &Poll, reached: bool, settings: &AutogateSettings) {
        let misses = self.misses.saturating_add(1);
        self.restart();
        self.misses = misses;
        if misses < settings.fall {
            return;
        }
        match settings.unreachable {
            Unreachable::Close if reached => self.close(now, format!(": {}", poll.word(settings))),
            Unreachable::Close | Unreachable::Keep => {
                self.undecided = self.state == AutogateState::Unknown;
            }
        }
    }

    fn open(&mut self, now: Moment) {
        self.restart();
        self.one_suffices = false;
        if self.before == Before::OpenThenLost {
            self.before = Before::Open;
        }
        self.turn(now, AutogateState::Open);
    }

    fn close(&mut self, now: Moment, by: String) {
        self.restart();
        self.one_suffices = false;
        self.closed_by = by;
        self.turn(now, AutogateState::Closed);
    }

    fn void(&mut self, now: Moment) {
        self.floor = now;
        self.restart();
        self.turn(now, AutogateState::Unknown);
    }

    fn restart(&mut self) {
        self.opens = 0;
        self.misses = 0;
        self.undecided = false;
    }

    fn turn(&mut self, now: Moment, state: AutogateState) {
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }
}

impl Poll {
    fn word(&self, settings: &AutogateSettings) -> String {
        match self {
            Self::Open { rule } => format!("{rule} says OPEN"),
            Self::Close { rule } => format!("{rule} says CLOSE"),
            Self::Unmatched => format!("no rule matches {}", settings.url),
            Self::Miss(error) => format!("{} {error}", settings.url),
        }
    }
}
