//! Why a request is answered as it is, and what came nearest where nothing answers.

use serde_json::Value as Json;

use super::sheet::{Entry, Sheet, thrown};
use super::{Choice, Pick, Pin, Tally, Why};
use crate::facts::Facts;
use crate::rule::{Rule, Term};

/// How a response was found, or why none was. Nothing was counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    pub choice: Choice,
    /// All that conditions decide about, in the file's order.
    pub tried: Vec<Tried>,
}

/// One response and its conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Its index among all responses of the endpoint.
    pub response: usize,
    pub name: String,
    /// The first condition that does not hold; none: all do, as far as they were looked at (no dice
    /// are thrown for what comes behind the chosen one).
    pub failed: Option<Failed>,
    /// Every comparison of its rule.
    pub terms: Vec<Term>,
}

/// A condition that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// As it could be written: `query.expand=items`, `times: 2`, `chance: 5%`.
    pub clause: String,
    /// What there is instead; null where there is nothing.
    pub got: Json,
}

/// The response that came nearest to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// Its index among all responses of the endpoint.
    pub response: usize,
    pub name: String,
    pub failed: Failed,
    /// How many of its conditions do not hold; at least one.
    pub failing: usize,
}

impl Sheet {
    /// What [`choose`](Self::choose) would do, with reasons: every response is tried. `asked` is what
    /// the request asks for, and wins over a pin.
    pub fn explain(
        &self,
        facts: &Facts<'_>,
        tally: &Tally,
        pin: Option<&Pin>,
        asked: Option<usize>,
    ) -> Trace {
        let (mut before, mut order): (Vec<_>, Vec<_>) = match self.pick {
            Pick::First | Pick::Random => (Vec::new(), self.entries.iter().collect()),
            Pick::Cycle => {
                let (before, after) = self
                    .entries
                    .split_at_checked(self.behind(tally))
                    .unwrap_or_default();
                (before.iter().collect(), after.iter().collect())
            }
        };
        order.append(&mut before);
        let mut tried = Vec::new();
        let mut held = Vec::new();
        for entry in order {
            let is_reached = held.is_empty() || self.pick == Pick::Random;
            let failed = self.failed(entry, facts, tally, is_reached);
            if failed.is_none() && is_reached {
                held.push(entry.response);
            }
            let explain = |rule: &Rule| rule.explain_reply(facts);
            tried.push(Tried {
                response: entry.response,
                name: self.name_of(entry),
                failed,
                terms: entry.rule.as_ref().map(explain).unwrap_or_default(),
            });
        }
        tried.sort_unstable_by_key(|one| one.response);
        let one = match self.pick {
            Pick::First | Pick::Cycle => 0,
            Pick::Random => thrown(facts, |dice| dice.below(held.len() as u64)),
        };
        let by_conditions = usize::try_from(one).ok().and_then(|one| held.get(one));
        let pinned = pin.and_then(|pin| self.named(&pin.response));
        let (response, why) = match (asked, pinned, by_conditions) {
            (Some(asked), _, _) => (Some(asked), Why::Asked),
            (None, Some(pinned), _) => (Some(pinned), Why::Pinned),
            (None, None, Some(&held)) => (Some(held), Why::Conditions),
            (None, None, None) => (None, Why::Nothing),
        };
        Trace {
            choice: Choice { response, why },
            tried,
        }
    }

    /// The response of which the fewest conditions do not hold, the first of them where several do;
    /// none where one holds wholly, or there is none.
    pub fn nearest(&self, facts: &Facts<'_>, tally: &Tally) -> Option<Nearest> {
        let failing = self.entries.iter().map(|entry| {
            let failing = |rule: &Rule| rule.failing_reply(facts).len();
            let by_rule = entry.rule.as_ref().map_or(0, failing);
            let by_times = usize::from(self.is_used_up(entry, tally));
            // A chance that was missed is all that can be left.
            (entry, (by_rule + by_times).max(1))
        });
        let (entry, failing) = failing.min_by_key(|&(_, failing)| failing)?;
        let missed = || {
            entry.chance.map(|chance| Failed {
                clause: format!("chance: {chance}"),
                got: Json::Null,
            })
        };
        Some(Nearest {
            response: entry.response,
            name: self.name_of(entry),
            failed: self.failed(entry, facts, tally, false).or_else(missed)?,
            failing,
        })
    }

    /// The first condition of an entry that does not hold; dice are thrown only where it is reached.
    fn failed(
        &self,
        entry: &Entry,
        facts: &Facts<'_>,
        tally: &Tally,
        is_reached: bool,
    ) -> Option<Failed> {
        let by_rule = entry.rule.as_ref().map(|rule| rule.failing_reply(facts));
        if let Some(term) = by_rule.into_iter().flatten().next() {
            return Some(Failed {
                clause: term.text,
                got: json(term.got),
            });
        }
        if let Some(times) = entry.times.filter(|_| self.is_used_up(entry, tally)) {
            return Some(Failed {
                clause: format!("times: {times}"),
                got: tally.served_of(&self.names, entry.response).into(),
            });
        }
        let chance = entry.chance.filter(|_| is_reached && !entry.happens(facts));
        chance.map(|chance| Failed {
            clause: format!("chance: {chance}"),
            got: Json::Null,
        })
    }

    fn name_of(&self, entry: &Entry) -> String {
        self.names.get(entry.response).cloned().unwrap_or_default()
    }
}

/// What a rule tells to a person, as the value that it is; several are a text.
fn json(got: String) -> Json {
    if got == "missing" {
        return Json::Null;
    }
    serde_json::from_str(&got).unwrap_or(Json::String(got))
}
