//! What makes an endpoint of several upstreams go on to the next one.

use super::operator::Word;
use super::{Asks, AutogateState, Gate, TargetState};

/// What an upstream lacks, as one sort of request meets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absence {
    /// No target is up.
    pub health: bool,
    /// The rules say closed.
    pub autogate: bool,
}

impl Gate {
    /// What is missing for a request. Nothing where an operator has a say: whoever closes or stops
    /// an upstream sends nobody elsewhere. Nor while the answer is still to come, at the start and
    /// after a close: that takes a moment, and is no outage.
    pub fn absence(&self, asks: &Asks) -> Absence {
        let (health, rules) = self.view(*asks).states();
        let awaited = health == TargetState::Unknown
            && self.targets.iter().all(|target| target.error().is_none());
        let away = Absence {
            health: health != TargetState::Up && !awaited,
            autogate: rules == AutogateState::Closed,
        };
        match self.operator.on(*asks) {
            Word::Stop | Word::Close => Absence::default(),
            Word::Force => Absence {
                autogate: false,
                ..away
            },
            Word::Silence => away,
        }
    }
}
