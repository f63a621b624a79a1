//! What each input does to the three voices.

use super::operator::{Expired, Word};
use super::view::{View, Wants};
use super::word::By;
use super::{
    Asks, Effects, EntryKind, Evidence, ExpectVersion, Gate, HealthKind, Input, Operator, Poll,
    Rejected,
};
use crate::config::OnExpiry;
use crate::event::What;
use crate::moment::Moment;

/// What an input did, before it is told.
struct Done {
    wants: Wants,
    by: By,
    /// An operator's entries are others than before.
    moved: bool,
}

impl Gate {
    /// Takes in one input; evidence of different moments may come in any order.
    pub fn apply(&mut self, now: Moment, input: Input) -> Effects {
        let states = (self.reads.states(), self.writes.states());
        let ups = (self.reads.up_targets(), self.writes.up_targets());
        let mut effects = Effects::default();
        let Done { wants, by, moved } = match input {
            Input::Probe {
                target,
                began,
                result,
            } => evident(self.probed(now, target, began, result), By::Health(target)),
            Input::Passive {
                target,
                began,
                evidence,
            } => evident(
                self.passive(now, target, began, evidence),
                By::Health(target),
            ),
            Input::Poll { began, outcome } => {
                evident(self.polled(now, began, &outcome), By::Autogate)
            }
            Input::Tick => {
                self.reads.tick(now, &self.settings);
                self.writes.tick(now, &self.settings);
                evident(Wants::default(), By::Autogate)
            }
            Input::Close(_)
            | Input::Stop(_)
            | Input::Open { .. }
            | Input::Force(_)
            | Input::Renew { .. }
            | Input::LeaseBegins { .. }
            | Input::Expire { .. }
            | Input::ExpectVersion(_) => match self.operated(now, input, &mut effects) {
                Ok(done) => done,
                Err(rejected) => {
                    effects.rejected = Some(rejected);
                    return effects;
                }
            },
        };
        effects.changed = moved
            || states != (self.reads.states(), self.writes.states())
            || ups != (self.reads.up_targets(), self.writes.up_targets());
        self.generation += u64::from(effects.changed);
        self.tell_of_targets(&mut effects.events);
        let told = self.tell_of_gate(by, moved, &mut effects.events);
        effects.probe = wants.probe;
        effects.poll = wants.poll;
        effects.flush = if moved || told {
            self.all_targets()
        } else {
            wants.flush
        };
        effects
    }

    /// An operator's word, or the end of one.
    fn operated(
        &mut self,
        now: Moment,
        input: Input,
        effects: &mut Effects,
    ) -> Result<Done, Rejected> {
        let before = self.operator.clone();
        let mut wants = Wants::default();
        let by = match input {
            Input::Open {
                actor,
                reason,
                token,
            } => {
                effects.lifted = self.operator.lift(token.as_ref())?;
                By::Operator { actor, reason }
            }
            Input::Renew {
                token,
                ttl_ms,
                until_ms,
            } => {
                self.operator.renew(&token, ttl_ms, until_ms)?;
                By::operator("", "")
            }
            Input::LeaseBegins { token, until_ms } => {
                // Lifted meanwhile, or without a lease: then nothing begins.
                if let Some(lease) = self.operator.lease(&token) {
                    self.operator.renew(&token, lease.ttl_ms, until_ms)?;
                }
                By::operator("", "")
            }
            Input::Expire { now_ms } => self.expire(now_ms, &mut effects.events),
            Input::ExpectVersion(expected) => {
                wants = self.expect(now, expected)?;
                By::Autogate
            }
            Input::Close(close) => {
                let by = By::operator(&close.actor, &close.reason);
                self.operator.close(close)?;
                by
            }
            Input::Stop(stop) => {
                let by = By::operator(&stop.actor, &stop.message);
                self.operator.stop(stop);
                by
            }
            Input::Force(force) => {
                let by = By::operator(&force.actor, &force.reason);
                effects.lifted = self.operator.lift(None)?;
                self.operator.force_open(force);
                by
            }
            Input::Probe { .. } | Input::Passive { .. } | Input::Poll { .. } | Input::Tick => {
                unreachable!("evidence is no operator's")
            }
        };
        let moved = !self.operator.stands_as(&before);
        if moved {
            wants = wants.and(self.follow(now, &before));
        }
        Ok(Done { wants, by, moved })
    }

    fn expire(&mut self, now_ms: u64, events: &mut Vec<What>) -> By {
        let expired = self.operator.expire(now_ms);
        let by = expired.first().map_or_else(
            || By::operator("", ""),
            |first| By::operator(&first.entry.actor, "the lease ran out"),
        );
        events.extend(expired.into_iter().map(Expired::event));
        by
    }

    /// What is expected of every OPEN changes. Where something new is expected, all that was heard
    /// before says nothing of it; where nothing is any more, an answer may say OPEN that did not
    /// until now.
    fn expect(&mut self, now: Moment, expected: Option<ExpectVersion>) -> Result<Wants, Rejected> {
        if self.settings.autogate.is_none() {
            return Err(Rejected::NoAutogate);
        }
        if expected.is_some() {
            self.reads.expected_anew(now);
            self.writes.expected_anew(now);
        }
        self.operator.expect(expected);
        Ok(Wants {
            poll: true,
            ..Wants::default()
        })
    }

    /// What the operators' new entries mean to what was heard: whoever passed before and does not
    /// now is held by them, and for whoever was held and is not any more, older evidence is void.
    ///
    /// A close by rule holds reads, or writes, or both: nobody knows. So its lift voids evidence for
    /// both, which may hold a request for a moment that was never held before, and never lets one
    /// pass too early.
    fn follow(&mut self, now: Moment, before: &Operator) -> Wants {
        let Self {
            settings,
            operator,
            reads,
            writes,
            ..
        } = self;
        let mut wants = Wants::default();
        for (asks, view) in [(Asks::READ, reads), (Asks::WRITE, writes)] {
            let (was, is) = (before.on(asks), operator.on(asks));
            let unforced = was == Word::Force && is == Word::Silence;
            if unforced || !was.holds() && (is.holds() || operator.holds_by_other_rule(before)) {
                view.held();
            }
            let lifted = was.holds() || before.holds_by_other_rule(operator);
            if !is.holds() && (unforced || lifted) {
                wants = wants.and(view.lifted(now, settings));
            }
        }
        wants
    }

    fn probed(
        &mut self,
        now: Moment,
        at: usize,
        began: Moment,
        result: Result<(), String>,
    ) -> Wants {
        let Some(target) = self.targets.get_mut(at) else {
            return Wants::default();
        };
        let good = result.is_ok();
        match result {
            Ok(()) => target.good(),
            Err(error) => target.bad(error),
        }
        let reached = target.reached();
        let probed = |view: &mut View| view.probed(now, at, began, good, reached, &self.settings);
        probed(&mut self.reads).and(probed(&mut self.writes))
    }

    fn passive(&mut self, now: Moment, at: usize, began: Moment, evidence: Evidence) -> Wants {
        let Some(target) = self.targets.get_mut(at) else {
            return Wants::default();
        };
        let Self {
            settings,
            reads,
            writes,
            ..
        } = self;
        match evidence {
            Evidence::Refused(error) => {
                target.refused(error);
                let wants = reads.refused(now, at, began);
                wants.and(writes.refused(now, at, began))
            }
            Evidence::Answered => {
                if settings.health.kind == HealthKind::Tcp {
                    target.good();
                }
                let wants = reads.answered(now, at, began, settings);
                wants.and(writes.answered(now, at, began, settings))
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

    fn all_targets(&self) -> u64 {
        let bits = (0..self.targets.len()).map(super::view::bit);
        bits.fold(0, |all, bit| all | bit)
    }
}

impl By {
    fn operator(actor: &str, reason: &str) -> Self {
        Self::Operator {
            actor: actor.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

impl Expired {
    fn event(self) -> What {
        let Self { entry, on_expiry } = self;
        What::LeaseExpired {
            order: entry.kind.word(),
            actor: entry.actor,
            reason: entry.reason,
            then: match (entry.kind, on_expiry) {
                (EntryKind::Close | EntryKind::Stop | EntryKind::Force, OnExpiry::Lift) => "lifted",
                (EntryKind::Close, OnExpiry::Stop) => "stopped",
                (EntryKind::Stop | EntryKind::Force, OnExpiry::Stop)
                | (EntryKind::Close | EntryKind::Stop | EntryKind::Force, OnExpiry::Keep) => "kept",
            },
        }
    }
}

/// Evidence moves no entry.
fn evident(wants: Wants, by: By) -> Done {
    Done {
        wants,
        by,
        moved: false,
    }
}
