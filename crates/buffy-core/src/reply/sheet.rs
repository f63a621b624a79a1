//! An endpoint's responses with their conditions, compiled.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::{Choice, Offer, Pick, Tally, Why};
use crate::delay::Chance;
use crate::dice::Dice;
use crate::facts::{Facts, Needs};
use crate::rule::Rule;

/// An endpoint's responses with their conditions, compiled.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Of all responses, those that conditions decide about or not.
    names: Arc<[String]>,
    /// Those that conditions decide about, in the file's order.
    entries: Vec<Entry>,
    pick: Pick,
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
    pub fn new<'a>(offers: impl IntoIterator<Item = Offer<'a>>, pick: Pick) -> Self {
        let mut names = Vec::new();
        let mut entries = Vec::new();
        for (response, offer) in offers.into_iter().enumerate() {
            names.push(offer.name.to_owned());
            if offer.is_chosen {
                entries.push(Entry {
                    response,
                    rule: offer.rule.cloned(),
                    times: offer.times,
                    chance: offer.chance,
                });
            }
        }
        let needs = needs(&entries, pick);
        Self {
            names: names.into(),
            entries,
            pick,
            needs,
        }
    }

    /// The index of the response that answers every request, whatever it is; none where that
    /// depends.
    pub fn plain(&self) -> Option<usize> {
        let first = self.entries.first()?;
        let alone = self.pick == Pick::First || self.entries.len() == 1;
        (alone && first.is_always()).then_some(first.response)
    }

    /// What it looks at. Where [`Needs::session`] is none of it, no session is needed.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// The index of the response of this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }

    /// The name of the response of this index.
    pub fn name(&self, response: usize) -> Option<&str> {
        self.names.get(response).map(String::as_str)
    }

    /// The response for a request, by the conditions, where no session is needed.
    pub fn choose_alone(&self, facts: &Facts<'_>) -> Choice {
        debug_assert!(!self.needs.session(), "what is counted has a tally");
        self.choose(facts, &Tally::default(), &mut Dice::new(0, "", "", 0))
    }

    /// The response for a request, by the conditions. Whoever serves it counts it:
    /// [`serve`](Self::serve).
    pub fn choose(&self, facts: &Facts<'_>, tally: &Tally, dice: &mut Dice) -> Choice {
        let chosen = match self.pick {
            Pick::First => self.first(&self.entries, facts, tally, dice),
            Pick::Cycle => {
                let last = tally.last_of(&self.names);
                let behind = self
                    .entries
                    .partition_point(|entry| Some(entry.response) <= last);
                let (before, after) = self.entries.split_at_checked(behind).unwrap_or_default();
                self.first(after, facts, tally, dice)
                    .or_else(|| self.first(before, facts, tally, dice))
            }
            Pick::Random => {
                let entries = self.entries.iter();
                let held = entries.filter(|entry| self.holds(entry, facts, tally, dice));
                let held: Vec<_> = held.map(|entry| entry.response).collect();
                let thrown = dice.below(held.len() as u64);
                let thrown = usize::try_from(thrown).unwrap_or_default();
                held.get(thrown).copied()
            }
        };
        let why = if chosen.is_some() {
            Why::Conditions
        } else {
            Why::Nothing
        };
        Choice {
            response: chosen,
            why,
        }
    }

    /// Counts that a response is served.
    pub fn serve(&self, response: usize, tally: &mut Tally) {
        tally.serve(&self.names, response);
    }

    fn first(
        &self,
        entries: &[Entry],
        facts: &Facts<'_>,
        tally: &Tally,
        dice: &mut Dice,
    ) -> Option<usize> {
        let mut entries = entries.iter();
        let found = entries.find(|entry| self.holds(entry, facts, tally, dice));
        found.map(|entry| entry.response)
    }

    /// Whether all conditions of a response hold. Dice are thrown only where the others do, so that
    /// what one request throws does not depend on responses that are none of its business.
    fn holds(&self, entry: &Entry, facts: &Facts<'_>, tally: &Tally, dice: &mut Dice) -> bool {
        let served = || tally.served_of(&self.names, entry.response);
        entry
            .rule
            .as_ref()
            .is_none_or(|rule| rule.judge_reply(facts))
            && entry
                .times
                .is_none_or(|times| served() < u64::from(times.get()))
            && entry.chance.is_none_or(|chance| chance.happens(dice))
    }
}

impl Entry {
    fn is_always(&self) -> bool {
        self.rule.is_none() && self.times.is_none() && self.chance.is_none()
    }
}

fn needs(entries: &[Entry], pick: Pick) -> Needs {
    let of_pick = match pick {
        Pick::First => Needs::NOTHING,
        _ if entries.len() < 2 => Needs::NOTHING,
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
