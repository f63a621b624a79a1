//! The gate of one upstream: may a request pass, must it wait, or is it turned away?
//!
//! Three voices, kept apart: the operators, the rules (autogate), the health of the target.
//! The caller brings an input and the time; the gate says what changed. What an answer is worth
//! depends on when its request began, so every piece of evidence brings that moment.
//!
//! Not here: sockets, polls, the queue, and what a document means (`rule`).

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

pub use input::{Evidence, Input, Poll};
pub use operator::{CONFIGURATION, Close, Holds, Operator, Stop};
pub use settings::{AutogateSettings, HealthKind, HealthSettings, Settings};
pub use status::{AutogateState, AutogateStatus, Status, TargetState, TargetStatus};

use crate::config::GateInitial;
use crate::event::What;
use crate::moment::Moment;
use autogate::Autogate;
use health::Target;
use operator::Word;
use view::{View, Wants};

/// The gate of one upstream.
#[derive(Clone, Debug)]
pub struct Gate {
    settings: Settings,
    operator: Operator,
    /// What was heard, for people.
    target: Target,
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
}

/// What an input asks of the caller.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent wishes, not a state"
)]
pub struct Effects {
    /// Verdicts may differ from before: read them again, release, refuse.
    pub changed: bool,
    /// Probe the target at once, on a connection begun now: what is under way may not count.
    pub probe: bool,
    /// Ask for the status document at once, on a connection begun now, likewise.
    pub poll: bool,
    /// Throw the target's idle connections away.
    pub flush_pool: bool,
    /// Whoever listens is told.
    pub events: Vec<What>,
}

/// Who moved the gate.
enum By {
    Operator { actor: String, reason: String },
    Autogate,
    Health,
}

impl Gate {
    /// A gate that knows nothing yet but what operators left; `now_ms` (since the Unix epoch) is
    /// written on the close of `gate.initial: closed`.
    pub fn new(settings: Settings, restored: Operator, now: Moment, now_ms: u64) -> Self {
        let mut operator = restored;
        match settings.initial {
            GateInitial::Closed if operator.is_empty() => {
                let reason = "gate.initial".to_owned();
                operator.close(CONFIGURATION.to_owned(), reason, Holds::All, now_ms);
            }
            GateInitial::Closed | GateInitial::Persisted => {}
        }
        let view = View::new(now, &settings);
        let mut gate = Self {
            settings,
            operator,
            target: Target::default(),
            autogate: Autogate::default(),
            reads: view.clone(),
            writes: view,
            generation: 0,
            told: status::UNKNOWN,
        };
        gate.told = gate.word().0;
        gate
    }

    /// What a request meets now.
    pub fn verdict(&self, asks: &Asks) -> Verdict {
        use AutogateState::{Absent, Closed, Open, Unknown};
        use TargetState::{Down, Suspect, Up};
        let (target, rules) = self.view(*asks).states();
        match (self.operator.on(*asks), target, rules) {
            (Word::Stop, _, _) => Verdict::Refuse,
            (Word::Close, _, _) => Verdict::Hold(Cause::Closed),
            (Word::Silence, TargetState::Unknown | Suspect | Down, _) => Verdict::Hold(Cause::Down),
            (Word::Silence, Up, Unknown | Closed) => Verdict::Hold(Cause::Autogate),
            (Word::Silence, Up, Absent | Open) => Verdict::Pass,
        }
    }

    /// Takes in one input; evidence of different moments may come in any order.
    pub fn apply(&mut self, now: Moment, input: Input) -> Effects {
        let entries = (self.operator.closes().len(), self.operator.stops().len());
        let states = (self.reads.states(), self.writes.states());
        let (wants, by) = match input {
            Input::Close {
                actor,
                reason,
                holds,
                at_ms,
            } => {
                let by = By::Operator {
                    actor: actor.clone(),
                    reason: reason.clone(),
                };
                (
                    self.enter(|operator| operator.close(actor, reason, holds, at_ms)),
                    by,
                )
            }
            Input::Stop {
                actor,
                message,
                at_ms,
            } => {
                let by = By::Operator {
                    actor: actor.clone(),
                    reason: message.clone(),
                };
                (
                    self.enter(|operator| operator.stop(actor, message, at_ms)),
                    by,
                )
            }
            Input::Open { actor, reason } => (self.lift(now), By::Operator { actor, reason }),
            Input::Probe { began, result } => (self.probed(now, began, result), By::Health),
            Input::Passive { began, evidence } => (self.passive(now, began, evidence), By::Health),
            Input::Poll { began, outcome } => (self.polled(now, began, &outcome), By::Autogate),
            Input::Tick => {
                self.reads.tick(now, &self.settings);
                self.writes.tick(now, &self.settings);
                (Wants::default(), By::Autogate)
            }
        };
        let moved = entries != (self.operator.closes().len(), self.operator.stops().len());
        let changed = moved || states != (self.reads.states(), self.writes.states());
        self.generation += u64::from(changed);
        let mut events = Vec::new();
        self.tell_of_targets(&mut events);
        let told = self.tell_of_gate(by, moved, &mut events);
        Effects {
            changed,
            probe: wants.probe,
            poll: wants.poll,
            flush_pool: wants.flush || moved || told,
            events,
        }
    }

    /// When [`Input::Tick`] is due, if ever.
    pub fn next_tick(&self) -> Option<Moment> {
        let dues = [
            self.reads.due(&self.settings),
            self.writes.due(&self.settings),
        ];
        dues.into_iter().flatten().min()
    }

    /// The entries of operators, to be kept.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// How often anything changed that a verdict may depend on.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What a request meets of health and rules: a write at least what a read meets.
    fn view(&self, asks: Asks) -> &View {
        if asks.writes && self.reads.passes() {
            &self.writes
        } else {
            &self.reads
        }
    }

    /// Adds an entry; whoever passed before it, and does not now, is held by it.
    fn enter(&mut self, add: impl FnOnce(&mut Operator)) -> Wants {
        let before = self.operator.clone();
        add(&mut self.operator);
        let Self {
            operator,
            reads,
            writes,
            ..
        } = self;
        for (asks, view) in [(Asks::READ, reads), (Asks::WRITE, writes)] {
            if before.on(asks) == Word::Silence && operator.on(asks) != Word::Silence {
                view.held();
            }
        }
        Wants::default()
    }

    /// Takes all entries away; what was heard before is void for those that they held.
    fn lift(&mut self, now: Moment) -> Wants {
        let before = std::mem::take(&mut self.operator);
        let Self {
            settings,
            reads,
            writes,
            ..
        } = self;
        let mut wants = Wants::default();
        for (asks, view) in [(Asks::READ, reads), (Asks::WRITE, writes)] {
            if before.on(asks) != Word::Silence {
                wants = wants.and(view.lifted(now, settings));
            }
        }
        wants
    }

    fn probed(&mut self, now: Moment, began: Moment, result: Result<(), String>) -> Wants {
        let good = result.is_ok();
        match result {
            Ok(()) => self.target.good(),
            Err(error) => self.target.bad(error),
        }
        let Self {
            settings,
            target,
            reads,
            writes,
            ..
        } = self;
        let wants = reads.probed(now, began, good, target, settings);
        wants.and(writes.probed(now, began, good, target, settings))
    }

    fn passive(&mut self, now: Moment, began: Moment, evidence: Evidence) -> Wants {
        let Self {
            settings,
            target,
            reads,
            writes,
            ..
        } = self;
        match evidence {
            Evidence::Refused(error) => {
                target.refused(error);
                reads.refused(now, began).and(writes.refused(now, began))
            }
            Evidence::Answered => {
                if settings.health.kind == HealthKind::Tcp {
                    target.good();
                }
                let wants = reads.answered(now, began, settings);
                wants.and(writes.answered(now, began, settings))
            }
        }
    }

    fn polled(&mut self, now: Moment, began: Moment, poll: &Poll) -> Wants {
        let Self {
            settings,
            autogate,
            reads,
            writes,
            ..
        } = self;
        autogate.heard(began, poll);
        let wants = reads.polled(now, began, poll, autogate, settings);
        wants.and(writes.polled(now, began, poll, autogate, settings))
    }

    fn tell_of_targets(&mut self, events: &mut Vec<What>) {
        let Self {
            settings,
            target,
            autogate,
            reads,
            ..
        } = self;
        target.events(reads.target().state(), &settings.health, events);
        // Of a target that was never reached it was told already, and what polls missed meanwhile
        // is no news of the document.
        if !target.reached() {
            autogate.forgive();
        } else if let Some(settings) = &settings.autogate {
            events.extend(autogate.never_reached(settings));
        }
    }

    /// Tells of a new word. Those between two lasting ones are told only where an operator made
    /// them: a refused connection that a probe explains away is nobody's news.
    fn tell_of_gate(&mut self, by: By, moved: bool, events: &mut Vec<What>) -> bool {
        let (to, lasts) = self.word();
        let tell = moved || (lasts && to != self.told);
        if tell {
            let from = std::mem::replace(&mut self.told, to);
            let (actor, reason) = self.name(by);
            events.push(What::GateChanged {
                from,
                to,
                actor,
                reason,
            });
        }
        tell
    }

    fn name(&self, by: By) -> (String, String) {
        match (by, &self.settings.autogate) {
            (By::Operator { actor, reason }, _) => (actor, reason),
            (By::Autogate, Some(settings)) => ("autogate".to_owned(), self.autogate.word(settings)),
            (By::Autogate | By::Health, _) => (
                "health".to_owned(),
                self.target.error().unwrap_or_default().to_owned(),
            ),
        }
    }
}

impl Asks {
    /// What a request asks that changes nothing.
    pub const READ: Self = Self { writes: false };
    /// What every other request asks.
    pub const WRITE: Self = Self { writes: true };

    /// What a request of this method asks.
    pub fn of(method: &[u8]) -> Self {
        Self {
            writes: !matches!(method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE"),
        }
    }
}
