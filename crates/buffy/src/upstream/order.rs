//! What operators want of a gate: applied, written to stable storage, answered.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use buffy_core::config::{GateSettings, OnExpiry};
use buffy_core::gate::{
    Asks, Close, ExpectVersion, Force, Holds, Input, Lease, Lifted, Rejected, Stop, Token,
};
use buffy_core::rule::Rule;

use super::gate::Upstream;
use super::report::Report;
use super::token::new_token;
use crate::clock;

/// How long a gate is forced open where nobody says.
const FORCE_TTL: Duration = Duration::from_hours(1);

/// What an operator wants.
#[derive(Clone, Debug)]
pub enum Order {
    Close {
        /// Of a close that stands, which is said anew; none: one is made.
        token: Option<Token>,
        actor: String,
        reason: String,
        holds: Holds,
        terms: Terms,
        /// How long [`Upstream::drain`] will be waited for: the lease begins after it.
        drain: Duration,
        /// What the drain leaves is cut off: see [`Upstream::drain_or_cut`].
        cut: bool,
    },
    Stop {
        /// Of a stop that stands, which is said anew; none: one is made.
        token: Option<Token>,
        actor: String,
        message: String,
        /// The planned end, in milliseconds since the Unix epoch.
        until_ms: Option<u64>,
        terms: Terms,
    },
    /// Lifts the entry of this token, or every close, stop and force.
    Open {
        actor: String,
        reason: String,
        token: Option<Token>,
    },
    /// Lifts everything, and overrides the rules for so long; an hour where nobody says.
    Force {
        actor: String,
        reason: String,
        ttl: Option<Duration>,
    },
    /// The lease of this token's entry lasts so long from now on.
    Renew { token: Token, ttl: Duration },
    /// Every OPEN must come with this from now on; none: that is over.
    ExpectVersion { rule: Option<Rule>, actor: String },
}

/// How long an entry is to stand without its author's word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// None: of a close, as the upstream's `gate.lease` says; else without end.
    pub ttl: Option<Duration>,
    /// None: as the upstream's `gate.on_expiry` says.
    pub on_expiry: Option<OnExpiry>,
}

/// What came of an order.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Counts the gate's changes.
    pub generation: u64,
    pub verdict: &'static str,
    pub reasons: Vec<String>,
    /// Requests on their way to the upstream.
    pub inflight: u64,
    /// Written to stable storage.
    pub persisted: bool,
    /// Of the entry that was made: nobody else is told.
    pub token: Option<Token>,
    /// When the entry that was made or renewed ends by itself, in milliseconds since the Unix epoch.
    pub until_ms: Option<u64>,
    /// The entries that were taken away.
    pub lifted: Vec<Lifted>,
    /// What became of those who had to wait for the oldest close that was taken away.
    pub report: Option<Report>,
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// Nothing has changed.
    #[error("{0}")]
    Rejected(Rejected),
    /// Nothing has changed.
    #[error("the gate has changed since it was looked at")]
    Moved,
    /// Nothing has changed.
    #[error("another Buffy is taking over")]
    TakenOver,
    #[error("the system gives no random bytes for a token")]
    Random { source: std::io::Error },
}

impl Upstream {
    /// What an operator wants: applied, written, then answered; with `meant`, only where the gate's
    /// generation is one of these.
    ///
    /// Blocks while the state is written: not for a worker's thread.
    pub fn operate(&self, order: Order, meant: Option<&[u64]>) -> Result<Answer, OrderError> {
        let input = order.input(&self.settings.gate, clock::unix_ms())?;
        self.carry_out(input, meant)
    }

    fn carry_out(&self, input: Input, meant: Option<&[u64]>) -> Result<Answer, OrderError> {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(successor) = self.successor() {
            return successor.carry_out(input, meant);
        }
        if self.kept.as_ref().is_some_and(|kept| kept.is_given()) {
            return Err(OrderError::TakenOver);
        }
        let token = input.made().cloned();
        let entry = if let Input::Renew { token, .. } = &input {
            Some(token.clone())
        } else {
            token.clone()
        };
        let mut state = self.state();
        if meant.is_some_and(|meant| !meant.contains(&state.gate.generation())) {
            return Err(OrderError::Moved);
        }
        let (after, said) = self.take_in(&mut state, input.clone());
        drop(state);
        self.finish(after);
        if let Some(rejected) = said.rejected {
            return Err(OrderError::Rejected(rejected));
        }
        self.lead(&input);
        let persisted = self.persist();
        drop(orders);
        let state = self.state();
        Ok(Answer {
            generation: state.gate.generation(),
            verdict: state.verdict_name(),
            reasons: state.gate.reasons(&Asks::MOST),
            inflight: self.inflight(),
            persisted,
            until_ms: entry.and_then(|token| state.gate.operator().until_ms(&token)),
            token,
            lifted: said.lifted,
            report: said.report,
        })
    }

    /// When the entry of this token ends by itself, in milliseconds since the Unix epoch.
    pub fn until_ms(self: &Arc<Self>, token: &Token) -> Option<u64> {
        self.latest().state().gate.operator().until_ms(token)
    }

    /// Writes what stands; the lock on orders is held, so that what is written last is what stands.
    pub(super) fn persist(&self) -> bool {
        if self.removed.load(Ordering::Acquire) {
            return false;
        }
        let operator = self.state().gate.operator().clone();
        self.kept.as_ref().is_some_and(|kept| {
            kept.save(self.id(), &operator)
                .inspect_err(|error| {
                    tracing::error!(upstream = self.id(), %error, "the gate's state was not written");
                })
                .is_ok()
        })
    }
}

impl Order {
    /// As it is asked for.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Close { .. } => "close",
            Self::Stop { .. } => "stop",
            Self::Open { .. } => "open",
            Self::Force { .. } => "force",
            Self::Renew { .. } => "renew",
            Self::ExpectVersion { .. } => "expect_version",
        }
    }

    /// How long its drain will be waited for; zero: not at all.
    pub fn drain(&self) -> Duration {
        match self {
            Self::Close { drain, .. } => *drain,
            Self::Stop { .. }
            | Self::Open { .. }
            | Self::Force { .. }
            | Self::Renew { .. }
            | Self::ExpectVersion { .. } => Duration::ZERO,
        }
    }

    /// What its drain leaves is cut off.
    pub fn cuts(&self) -> bool {
        matches!(self, Self::Close { cut: true, .. })
    }

    /// Who is named as its author; nobody where its token says it.
    pub fn actor(&self) -> &str {
        match self {
            Self::Close { actor, .. }
            | Self::Stop { actor, .. }
            | Self::Open { actor, .. }
            | Self::Force { actor, .. }
            | Self::ExpectVersion { actor, .. } => actor,
            Self::Renew { .. } => "",
        }
    }

    fn input(self, settings: &GateSettings, at_ms: u64) -> Result<Input, OrderError> {
        Ok(match self {
            Self::Close {
                token,
                actor,
                reason,
                holds,
                terms,
                drain,
                cut: _,
            } => Input::Close(Close {
                id: 0,
                token: Some(or_new(token)?),
                actor,
                reason,
                holds,
                lease: terms
                    .or(settings.lease)
                    .lease(settings, later(at_ms, drain)),
                at_ms,
            }),
            Self::Stop {
                token,
                actor,
                message,
                until_ms,
                terms,
            } => Input::Stop(Stop {
                id: 0,
                token: Some(or_new(token)?),
                actor,
                message,
                at_ms,
                until_ms,
                lease: terms.lease(settings, at_ms),
            }),
            Self::Open {
                actor,
                reason,
                token,
            } => Input::Open {
                actor,
                reason,
                token,
            },
            Self::Force { actor, reason, ttl } => Input::Force(Force {
                token: Some(or_new(None)?),
                actor,
                reason,
                at_ms,
                until_ms: later(at_ms, ttl.unwrap_or(FORCE_TTL)),
            }),
            Self::Renew { token, ttl } => Input::Renew {
                token,
                ttl_ms: millis(ttl),
                until_ms: later(at_ms, ttl),
            },
            Self::ExpectVersion { rule, actor } => {
                Input::ExpectVersion(rule.map(|rule| ExpectVersion { rule, actor, at_ms }))
            }
        })
    }
}

impl Terms {
    /// With a lease of this length, where nobody said another.
    fn or(self, lease: Option<Duration>) -> Self {
        Self {
            ttl: self.ttl.or(lease),
            ..self
        }
    }

    /// The lease that begins then.
    fn lease(self, settings: &GateSettings, from_ms: u64) -> Option<Lease> {
        self.ttl.map(|ttl| Lease {
            ttl_ms: millis(ttl),
            until_ms: later(from_ms, ttl),
            on_expiry: self.on_expiry.unwrap_or(settings.on_expiry),
        })
    }
}

fn or_new(token: Option<Token>) -> Result<Token, OrderError> {
    match token {
        Some(token) => Ok(token),
        None => new_token().map_err(|source| OrderError::Random { source }),
    }
}

fn later(from_ms: u64, wait: Duration) -> u64 {
    from_ms.saturating_add(millis(wait))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
