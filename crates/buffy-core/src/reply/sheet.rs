//! An endpoint's responses with their conditions, compiled.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::index::Index;
use super::{Choice, Pick, Tally, Why};
use crate::config::Response;
use crate::delay::Chance;
use crate::dice::Dice;
use crate::facts::{Facts, Needs};
use crate::rule::Rule;

/// An endpoint's responses with their conditions, compiled.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Of all responses, whether conditions decide about them or not.
    pub(super) names: Arc<[String]>,
    /// Those that conditions decide about, in the file's order.
    pub(super) entries: Vec<Entry>,
    pub(super) pick: Pick,
    index: Index,
    needs: Needs,
}

/// A response that conditions decide about.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its index among all responses.
    pub(super) response: usize,
    pub(super) rule: Option<Rule>,
    pub(super) times: Option<NonZeroU32>,
    pub(super) chance: Option<Chance>,
}

impl Sheet {
    /// Compiles the responses of an endpoint, all of them, in the file's order.
    pub fn new(responses: &[Response], pick: Pick) -> Self {
        let chosen = responses.iter().enumerate();
        let chosen = chosen.filter(|(_, response)| response.is_chosen());
        let entries: Vec<_> = chosen
            .map(|(index, response)| Entry {
                response: index,
                rule: response.when.rule.clone(),
                times: response.when.times,
                chance: response.when.chance,
            })
            .collect();
        let names = responses.iter().map(|response| response.name.clone());
        Self {
            names: names.collect(),
            index: Index::new(entries.iter().map(|entry| entry.rule.as_ref())),
            needs: needs(&entries, pick),
            entries,
            pick,
        }
    }

    /// The index of the response that answers every request, whatever it is; none where that
    /// depends.
    pub fn plain(&self) -> Option<usize> {
        let first = self.entries.first()?;
        let alone = self.pick == Pick::First || self.entries.len() == 1;
        (alone && first.is_always()).then_some(first.response)
    }

    /// What choosing looks at. Without [`Needs::session`] it takes no session.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// The index of the response of this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }

    /// The response for a request, by the conditions, where that takes no session.
    pub fn choose_alone(&self, facts: &Facts<'_>) -> Choice {
        debug_assert!(!self.needs.session(), "what is counted has a tally");
        self.choose(facts, &Tally::default())
    }

    /// The response for a request, by the conditions; what is left to chance is thrown with the
    /// facts' dice. Whoever serves it counts it: [`serve`](Self::serve).
    pub fn choose(&self, facts: &Facts<'_>, tally: &Tally) -> Choice {
        let mut candidates = self.index.candidates(facts);
        let holds = |&entry: &usize| self.holds(entry, facts, tally);
        let chosen = match self.pick {
            Pick::First => candidates.find(holds),
            Pick::Cycle => {
                let behind = self.behind(tally);
                let (before, after): (Vec<_>, Vec<_>) = candidates.partition(|&one| one < behind);
                after.into_iter().chain(before).find(holds)
            }
            Pick::Random => {
                let held: Vec<_> = candidates.filter(holds).collect();
                let throw = |dice: &mut Dice| dice.below(held.len() as u64);
                let thrown = usize::try_from(thrown(facts, throw)).unwrap_or_default();
                held.get(thrown).copied()
            }
        };
        let chosen = chosen.and_then(|entry| self.entries.get(entry));
        Choice {
            response: chosen.map(|entry| entry.response),
            why: chosen.map_or(Why::Nothing, |_| Why::Conditions),
        }
    }

    /// Counts that a response is served.
    pub fn serve(&self, response: usize, tally: &mut Tally) {
        tally.serve(&self.names, response);
    }

    /// The entry whose turn is next.
    pub(super) fn behind(&self, tally: &Tally) -> usize {
        let last = tally.last_of(&self.names);
        self.entries
            .partition_point(|entry| Some(entry.response) <= last)
    }

    /// Whether all conditions of an entry hold. Dice are thrown last, so that what a request throws
    /// does not depend on responses that it has nothing to do with.
    fn holds(&self, entry: usize, facts: &Facts<'_>, tally: &Tally) -> bool {
        self.entries.get(entry).is_some_and(|entry| {
            let rule = entry.rule.as_ref();
            rule.is_none_or(|rule| rule.judge_reply(facts))
                && !self.is_used_up(entry, tally)
                && entry.happens(facts)
        })
    }

    /// It was served as often as it may be.
    pub(super) fn is_used_up(&self, entry: &Entry, tally: &Tally) -> bool {
        entry.times.is_some_and(|times| {
            tally.served_of(&self.names, entry.response) >= u64::from(times.get())
        })
    }
}

impl Entry {
    fn is_always(&self) -> bool {
        self.rule.is_none() && self.times.is_none() && self.chance.is_none()
    }

    /// Throws for its chance, where it has one.
    pub(super) fn happens(&self, facts: &Facts<'_>) -> bool {
        let throw = |chance: Chance| thrown(facts, |dice| chance.happens(dice));
        self.chance.is_none_or(throw)
    }
}

/// What the request's dice say; those of nobody, where it has none.
pub(super) fn thrown<T>(facts: &Facts<'_>, throw: impl FnOnce(&mut Dice) -> T) -> T {
    match facts.dice {
        Some(dice) => throw(&mut dice.borrow_mut()),
        None => throw(&mut Dice::new(0, "", "", 0)),
    }
}

fn needs(entries: &[Entry], pick: Pick) -> Needs {
    let of_pick = match pick {
        Pick::First => Needs::NOTHING,
        Pick::Cycle | Pick::Random if entries.len() < 2 => Needs::NOTHING,
        Pick::Cycle => Needs::COUNT,
        Pick::Random => Needs::DICE,
    };
    entries.iter().fold(of_pick, |needs, entry| {
        let rule = entry.rule.as_ref().map_or(Needs::NOTHING, Rule::needs);
        let times = entry.times.map_or(Needs::NOTHING, |_| Needs::COUNT);
        let chance = entry.chance.map_or(Needs::NOTHING, |_| Needs::DICE);
        needs | rule | times | chance
    })
}
