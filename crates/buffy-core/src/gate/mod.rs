//! The gate of one upstream: may a request pass, must it wait, or is it turned away?
//!
//! Three voices, kept apart: the operators, the rules (autogate), the health of the targets.
//! The caller brings an input and the time; the gate says what changed. What an answer is worth
//! depends on when its request began, so every piece of evidence brings that moment.
//!
//! Not here: sockets, polls, the queue, and what a document means (`rule`).

mod absence;
mod apply;
mod autogate;
mod evidence;
mod health;
mod input;
mod operator;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod view;
mod word;

pub use absence::Absence;
pub use input::{Evidence, Input, Poll};
pub use operator::{
    CONFIGURATION, Close, Coverage, EntryKind, ExpectVersion, Force, Holds, Lease, Lifted,
    Operator, RULES_MAX, Rejected, Standing, StandingRule, Stop, Token,
};
pub use settings::{AutogateSettings, HealthKind, HealthSettings, Settings, TargetSettings};
pub use status::{AutogateState, AutogateStatus, Status, TargetState, TargetStatus};

use crate::config::GateInitial;
use crate::event::What;
use crate::moment::Moment;
use autogate::Autogate;
use health::Target;
use operator::Word;
use view::View;
pub use view::bit;

/// The gate of one upstream.
#[derive(Clone, Debug)]
pub struct Gate {
    settings: Settings,
    operator: Operator,
    /// What was heard, for people.
    targets: Vec<Target>,
    autogate: Autogate,
    /// What that means to requests that read, and to those that write.
    reads: View,
    writes: View,
    generation: u64,
    /// The gate in a word, as it was told last.
    told: &'static str,
}

/// What a request asks of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asks {
    /// Its method is none of GET, HEAD, OPTIONS, TRACE.
    pub writes: bool,
    /// The bits of the closes by rule that hold it, as [`Standing::judge`] tells them.
    pub rules: u32,
}

/// What a request meets at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Hold(Cause),
    Refuse,
}

/// Why requests are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// By an operator.
    Closed,
    /// A target is up, but the rules say closed, or nothing that counts.
    Autogate,
    /// No target is up.
    Down,
    /// No target has a free slot. A gate does not know that: whoever counts the slots says it.
    Saturated,
}

/// What an input asks of the caller. A set of targets has a bit for each, the first being the
/// lowest.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Verdicts may differ from before: read them again, release, refuse.
    pub changed: bool,
    /// Probe these targets at once, on a connection begun now: what is under way may not count.
    pub probe: u64,
    /// Ask for the status document at once, on a connection begun now, likewise.
    pub poll: bool,
    /// Throw the idle connections of these targets away.
    pub flush: u64,
    /// Whoever listens is told.
    pub events: Vec<What>,
    /// Entries that an operator took away.
    pub lifted: Vec<Lifted>,
    /// An operator's word that was not taken, and nothing has changed.
    pub rejected: Option<Rejected>,
}

impl Gate {
    /// A gate that knows nothing yet but what operators left; `now_ms` (since the Unix epoch) is
    /// written on the close of `gate.initial: closed`.
    pub fn new(settings: Settings, restored: Operator, now: Moment, now_ms: u64) -> Self {
        let mut operator = restored;
        match settings.initial {
            GateInitial::Closed if operator.is_auto() => operator.close_initially(now_ms),
            GateInitial::Closed | GateInitial::Persisted => {}
        }
        let view = View::new(now, &settings);
        let mut gate = Self {
            targets: vec![Target::default(); settings.targets.len()],
            settings,
            operator,
            autogate: Autogate::default(),
            reads: view.clone(),
            writes: view,
            generation: 0,
            told: word::UNKNOWN,
        };
        gate.told = gate.word().0;
        gate
    }

    /// The gate under other settings. What operators said stands, and is not said anew by
    /// `gate.initial`; what was heard counts on where the settings that it was heard by are the
    /// same, and is unknown where they are not.
    #[must_use]
    pub fn renewed(&self, settings: Settings, now: Moment) -> Self {
        let heard_alike = self.settings
            == Settings {
                initial: self.settings.initial,
                ..settings.clone()
            };
        let mut gate = if heard_alike {
            self.clone()
        } else {
            let unsaid = Settings {
                initial: GateInitial::Persisted,
                ..settings.clone()
            };
            Self {
                generation: self.generation + 1,
                ..Self::new(unsaid, self.operator.clone(), now, 0)
            }
        };
        gate.settings = settings;
        gate
    }

    /// The gate with what operators said elsewhere in the place of what they said here. Some of it
    /// may be a lift, so what was heard before is unknown again.
    #[must_use]
    pub fn told_by_others(&self, operator: Operator, now: Moment) -> Self {
        let unsaid = Settings {
            initial: GateInitial::Persisted,
            ..self.settings.clone()
        };
        let operator = operator.instead_of(&self.operator);
        Self {
            generation: self.generation + 1,
            settings: self.settings.clone(),
            ..Self::new(unsaid, operator, now, 0)
        }
    }

    /// What it goes by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What a request meets now.
    pub fn verdict(&self, asks: &Asks) -> Verdict {
        use AutogateState::{Absent, Closed, Open, Unknown};
        use TargetState::{Down, Suspect, Up};
        let (health, rules) = self.view(*asks).states();
        match (self.operator.on(*asks), health, rules) {
            (Word::Stop, _, _) => Verdict::Refuse,
            (Word::Close, _, _) => Verdict::Hold(Cause::Closed),
            (Word::Force | Word::Silence, TargetState::Unknown | Suspect | Down, _) => {
                Verdict::Hold(Cause::Down)
            }
            (Word::Silence, Up, Unknown | Closed) => Verdict::Hold(Cause::Autogate),
            (Word::Force, Up, _) | (Word::Silence, Up, Absent | Open) => Verdict::Pass,
        }
    }

    /// The targets that a request which asks this may be sent to: a bit for each, the first being
    /// the lowest. None where no target is up; whether it passes is the verdict's to say.
    pub fn up_targets(&self, asks: &Asks) -> u64 {
        self.view(*asks).up_targets()
    }

    /// When [`Input::Tick`] is due, if ever.
    pub fn next_tick(&self) -> Option<Moment> {
        let dues = [
            self.reads.due(&self.settings),
            self.writes.due(&self.settings),
        ];
        dues.into_iter().flatten().min()
    }

    /// When [`Input::Expire`] is due, if ever; in milliseconds since the Unix epoch.
    pub fn next_expiry_ms(&self) -> Option<u64> {
        self.operator.next_expiry_ms()
    }

    /// The entries of operators, to be kept.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// The rules of the closes by rule, by which requests are judged.
    pub fn rules(&self) -> &Standing {
        self.operator.standing()
    }

    /// How often anything changed that a verdict may depend on.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What a request meets of health and rules: a write at least what a read meets. One that a
    /// force lets pass meets no rules.
    fn view(&self, asks: Asks) -> &View {
        let forced = self.operator.on(asks) == Word::Force;
        if asks.writes && self.reads.passes(forced) {
            &self.writes
        } else {
            &self.reads
        }
    }
}

impl Asks {
    /// What a request asks that changes nothing.
    pub const READ: Self = Self {
        writes: false,
        rules: 0,
    };
    /// What every other request asks.
    pub const WRITE: Self = Self {
        writes: true,
        rules: 0,
    };
    /// What no request asks more than: a write that every close by rule holds.
    pub const MOST: Self = Self {
        writes: true,
        rules: u32::MAX,
    };

    /// What a request of this method asks, where no close by rule stands.
    pub fn of(method: &[u8]) -> Self {
        if matches!(method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE") {
            Self::READ
        } else {
            Self::WRITE
        }
    }
}
