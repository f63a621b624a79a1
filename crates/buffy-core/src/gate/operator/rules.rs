//! The rules of the closes by rule, each with a bit by which a request says that it matches.

use std::sync::Arc;

use super::{Close, Holds};
use crate::rule::{RequestFacts, Rule};

/// Closes by rule that may stand at once: as many as there are bits.
pub const RULES_MAX: usize = 32;

/// The rules of the closes by rule that stand. Clones share them.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    rules: Arc<[StandingRule]>,
    generation: u32,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingRule {
    /// Of the close.
    pub id: u64,
    /// One bit, which no other rule that stands has.
    pub bit: u32,
    pub rule: Rule,
}

impl Standing {
    /// Which of them hold for a request: the [`rules`](crate::gate::Asks::rules) that it asks with.
    pub fn judge(&self, request: &RequestFacts<'_>) -> u32 {
        let matching = self
            .rules
            .iter()
            .filter(|one| one.rule.judge_request(request));
        matching.fold(0, |bits, one| bits | one.bit)
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// They changed since the others did last.
    pub(super) fn count_on(&mut self, others: &Self) {
        self.generation = others.generation.wrapping_add(1);
    }

    /// How often they changed: bits that were judged by another generation mean nothing.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = u64> {
        self.rules.iter().map(|one| one.id)
    }

    /// The bit of a close; none set where it is no close by rule.
    pub(super) fn bit_of(&self, id: u64) -> u32 {
        self.rules
            .iter()
            .find(|one| one.id == id)
            .map_or(0, |one| one.bit)
    }

    /// Takes over the rules of these closes; those that stood keep their bits.
    pub(super) fn follow(&mut self, closes: &[Close]) {
        let wanted = || {
            closes.iter().filter_map(|close| match &close.holds {
                Holds::Rule(rule) => Some((close.id, rule)),
                Holds::All | Holds::Writes => None,
            })
        };
        if wanted().map(|(id, _)| id).eq(self.ids()) {
            return;
        }
        let kept = wanted().map(|(id, _)| self.bit_of(id));
        let mut taken = kept.fold(0, |taken, bit| taken | bit);
        let rules = wanted().map(|(id, rule)| {
            let bit = match self.bit_of(id) {
                // None is free only past the limit that a close is checked against.
                0 => 1_u32.checked_shl(taken.trailing_ones()).unwrap_or(0),
                bit => bit,
            };
            taken |= bit;
            StandingRule {
                id,
                bit,
                rule: rule.clone(),
            }
        });
        self.rules = rules.collect();
        self.generation = self.generation.wrapping_add(1);
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            rules: Arc::new([]),
            generation: 0,
        }
    }
}
