//! Which answer a request gets, and what comes before and after it: decided within the session's
//! turn, without waiting for anything.

use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Duration;

use buffy_core::config::{Fault, Response};
use buffy_core::delay::Wait;
use buffy_core::dice::Dice;
use buffy_core::facts::Facts;
use serde_json::Value as Json;

use super::body::Taken;
use super::case::Case;
use super::whose::Whose;
use super::wishes::Wishes;
use super::{errand, unmatched};
use crate::calls::Errand;
use crate::journal::{Closest, Subject};
use crate::plugin::{Asked, Missing, Source};
use crate::proxy::answering::OF_SOURCE;
use crate::proxy::reply::{Made, Reply};
use crate::proxy::request::Request;
use crate::session::Turn;

/// What is to be done about a request.
pub(super) struct Verdict<'a> {
    pub(super) reply: &'a Reply,
    pub(super) made: Made,
    pub(super) subject: Subject,
    pub(super) wait: Wait,
    pub(super) fault: Option<Fault>,
    pub(super) errand: Option<Errand>,
    /// Where no response was for it: the one that came nearest.
    pub(super) closest: Option<Closest>,
}

impl<'a> Verdict<'a> {
    /// Nothing but an answer.
    pub(super) fn of(reply: &'a Reply, made: Made, subject: Subject) -> Self {
        Self {
            reply,
            made,
            subject,
            wait: Wait::For(Duration::ZERO),
            fault: None,
            errand: None,
            closest: None,
        }
    }

    pub(super) fn status(&self) -> u16 {
        self.made.answer.status.unwrap_or(self.reply.status)
    }
}

impl<'a> Case<'a> {
    /// Decides about a request and counts it.
    ///
    /// # Errors
    /// The endpoint's source does not take the method: the value of `Allow`.
    pub(super) fn judge(
        self,
        whose: &Whose,
        request: &Request,
        body: &Taken,
        wishes: &Wishes,
    ) -> Result<Verdict<'a>, String> {
        let below = self.below.then_some(self.answering.not_found);
        let asked = wishes.reply.or(below);
        whose.with_facts(self, request, body, |mut facts| {
            if !whose.counts {
                let alone = || self.answering.sheet.choose_alone(&facts).response;
                let chosen = asked.or_else(alone);
                return self.decide(whose, &facts, chosen, wishes);
            }
            let id = self.endpoint.settings.id.as_str();
            let seed = self.worker.process.answering.sessions.seed();
            let mut turn = whose.session.turn(id);
            let count = turn.count();
            let dice = RefCell::new(Dice::new(seed, whose.session.id(), id, count));
            let before = turn.state();
            let of_turn = Facts {
                count,
                state: &before,
                dice: Some(&dice),
                sequences: Some(whose.session.sequences()),
                parsed: std::mem::take(&mut facts.parsed),
                ..facts.unparsed()
            };
            let chosen = turn.choose(&self.answering.sheet, &of_turn, asked).response;
            let response = chosen.and_then(|chosen| self.response(chosen));
            let values = response.map(|response| values(response, &of_turn));
            let parsed = of_turn.parsed;
            // A state that nobody else reads is changed in place, however large it is.
            drop(before);
            if let (Some(response), Some(values)) = (response, values) {
                set(id, response, values, &mut turn);
            }
            let after = turn.state();
            drop(turn);
            let facts = Facts {
                count,
                state: &after,
                dice: Some(&dice),
                sequences: Some(whose.session.sequences()),
                parsed,
                ..facts.unparsed()
            };
            self.decide(whose, &facts, chosen, wishes)
        })
    }

    /// The verdict, once it is known which response it is, if any.
    fn decide(
        self,
        whose: &Whose,
        facts: &Facts<'_>,
        chosen: Option<usize>,
        wishes: &Wishes,
    ) -> Result<Verdict<'a>, String> {
        let asked = whose.asked(self, facts);
        let mut verdict = match (chosen, &self.answering.source) {
            (Some(chosen), _) => self.of_response(chosen, &asked).unwrap_or_else(|missing| {
                let others = Some(self.answering.not_found).filter(|other| *other != chosen);
                self.of_nothing(others, missing, &asked)
            }),
            (None, Some(source)) => {
                if let Some(allow) = refused(source.as_ref(), facts.method) {
                    return Err(allow);
                }
                match source.answer(&asked) {
                    Ok(answer) => {
                        let reply = &self.answering.of_source;
                        let mut made = reply.made(answer, facts);
                        made.sign(OF_SOURCE);
                        Verdict::of(reply, made, self.answering.of_source_subject)
                    }
                    Err(missing) => {
                        self.of_nothing(Some(self.answering.not_found), missing, &asked)
                    }
                }
            }
            (None, None) if self.answering.has_not_found => {
                self.of_nothing(Some(self.answering.not_found), Missing::default(), &asked)
            }
            (None, None) => unmatched::verdict(self, whose, &asked),
        };
        if let Some(delay) = wishes.delay {
            verdict.wait = Wait::For(delay);
        }
        Ok(verdict)
    }

    /// By a response, with all that is said of it.
    fn of_response(self, chosen: usize, asked: &Asked<'_>) -> Result<Verdict<'a>, Missing> {
        let Some(reply) = self.endpoint.replies.get(chosen) else {
            return Err(Missing::default());
        };
        let made = reply.make(asked)?;
        let mut verdict = Verdict::of(reply, made, self.answering.subject(chosen));
        if let Some(response) = self.response(chosen) {
            if let Some(delay) = &response.delay {
                verdict.wait = match asked.facts.dice {
                    Some(dice) => delay.sample(&mut dice.borrow_mut()),
                    None => delay.sample(&mut Dice::new(1, "", "", 0)),
                };
            }
            verdict.fault = response.fault;
            verdict.errand = errand::of(self, response, asked.facts);
        }
        Ok(verdict)
    }

    /// By `not_found`, where what was asked for is not there.
    fn of_nothing(
        self,
        not_found: Option<usize>,
        missing: Missing,
        asked: &Asked<'_>,
    ) -> Verdict<'a> {
        let not_found = not_found.filter(|_| self.answering.has_not_found || missing.0.is_none());
        let named = not_found.map(|not_found| self.of_response(not_found, asked));
        if let Some(Ok(verdict)) = named {
            return verdict;
        }
        let subject = self.answering.subject(self.answering.not_found);
        if let Missing(Some(answer)) = missing {
            let reply = &self.answering.of_source;
            let mut made = reply.made(*answer, asked.facts);
            made.sign("not_found");
            return Verdict::of(reply, made, subject);
        }
        let (reply, made) = self.site.not_found.make_or(&self.site.not_found, asked);
        Verdict::of(reply, made, subject)
    }

    /// What the configuration says of a response; nothing of a `not_found` that it does not have.
    fn response(self, index: usize) -> Option<&'a Response> {
        self.endpoint.settings.responses.get(index)
    }
}

/// What a response sets, and where.
fn values(response: &Response, facts: &Facts<'_>) -> Vec<(Vec<String>, Json)> {
    let values = response.set.iter().filter_map(|assignment| {
        let path = assignment.path.keys(facts)?;
        let (value, _) = assignment.value.render(facts).ok()?;
        Some((path.into_iter().map(Cow::into_owned).collect(), value))
    });
    values.collect()
}

/// Sets it.
fn set(endpoint: &str, response: &Response, values: Vec<(Vec<String>, Json)>, turn: &mut Turn<'_>) {
    if values.len() < response.set.len() {
        tracing::warn!(
            endpoint,
            response = response.name,
            "a value of `set` could not be rendered: it is left out"
        );
    }
    if let Err(error) = turn.set(values) {
        tracing::warn!(endpoint, response = response.name, %error, "`set` is left out");
    }
}

/// The value of `Allow`, where a source does not take the method.
fn refused(source: &dyn Source, method: &str) -> Option<String> {
    let methods = source.methods();
    let is_taken = |method: &str| methods.contains(&method);
    if methods.is_empty() || is_taken(method) || (method == "HEAD" && is_taken("GET")) {
        return None;
    }
    let heads = methods.iter().flat_map(|&method| {
        let follows = (method == "GET" && !is_taken("HEAD")).then_some("HEAD");
        [Some(method), follows].into_iter().flatten()
    });
    Some(heads.collect::<Vec<_>>().join(", "))
}
