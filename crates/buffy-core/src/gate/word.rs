//! The gate in a word, and who is told of a new one.

use super::autogate::Axis;
use super::operator::Word;
use super::{Asks, AutogateState, Gate, TargetState};
use crate::event::What;

/// The gate's word before anything is known.
pub(super) const UNKNOWN: &str = "unknown";

/// Who moved the gate.
#[derive(Debug)]
pub(super) enum By {
    Operator {
        actor: String,
        reason: String,
    },
    Autogate,
    /// Of the target of this index.
    Health(usize),
}

impl Gate {
    /// The gate in a word, for the requests that ask most, and whether that lasts.
    pub(super) fn word(&self) -> (&'static str, bool) {
        let view = self.view(Asks::MOST);
        let (health, rules) = view.states();
        match (self.operator.on(Asks::MOST), health, rules) {
            (Word::Stop, _, _) => ("stopped", true),
            (Word::Close, _, _) => ("closed", true),
            (Word::Force | Word::Silence, TargetState::Down, _) => ("down", true),
            (Word::Force | Word::Silence, TargetState::Unknown | TargetState::Suspect, _) => {
                (UNKNOWN, false)
            }
            (Word::Silence, TargetState::Up, AutogateState::Unknown) => {
                (UNKNOWN, view.rules().is_some_and(Axis::is_undecided))
            }
            (Word::Silence, TargetState::Up, AutogateState::Closed) => ("closed", true),
            (Word::Force, TargetState::Up, _)
            | (Word::Silence, TargetState::Up, AutogateState::Absent | AutogateState::Open) => {
                ("open", true)
            }
        }
    }

    /// Tells of a new word. Those between two lasting ones are told only where an operator made
    /// them: a refused connection that a probe explains away is nobody's news.
    pub(super) fn tell_of_gate(&mut self, by: By, moved: bool, events: &mut Vec<What>) -> bool {
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

    pub(super) fn tell_of_targets(&mut self, events: &mut Vec<What>) {
        let Self {
            settings,
            targets,
            autogate,
            reads,
            ..
        } = self;
        let known = targets
            .iter_mut()
            .zip(&settings.targets)
            .zip(reads.targets());
        for ((target, own), belief) in known {
            target.events(belief.state(), &own.url, settings.health.fall, events);
        }
        // Of targets that were never reached it was told already, and what polls missed meanwhile
        // is no news of the document.
        if !targets.iter().any(super::Target::reached) {
            autogate.forgive();
        } else if let Some(settings) = &settings.autogate {
            events.extend(autogate.never_reached(settings));
        }
    }

    fn name(&self, by: By) -> (String, String) {
        match (by, &self.settings.autogate) {
            (By::Operator { actor, reason }, _) => (actor, reason),
            (By::Autogate, Some(settings)) => ("autogate".to_owned(), self.autogate.word(settings)),
            (By::Autogate, None) => ("autogate".to_owned(), String::new()),
            (By::Health(target), _) => {
                let error = self.targets.get(target).and_then(super::Target::error);
                ("health".to_owned(), error.unwrap_or_default().to_owned())
            }
        }
    }
}
