//! What one request would meet at a gate now, for whoever asks why.

use buffy_core::gate::{Absence, Asks, Cause, Holds, Verdict};
use buffy_core::rule::{RequestFacts, Term};

use super::gate::Upstream;

/// What one request would meet.
#[derive(Clone, Debug)]
pub struct Meets {
    pub verdict: Verdict,
    /// Each voice that keeps it from passing, in a sentence; empty where it passes.
    pub reasons: Vec<String>,
    /// Every close that stands, in order.
    pub closes: Vec<CloseTried>,
    /// Requests that wait now.
    pub waiting: usize,
    /// It may pass, and must wait its turn behind others, or because of a ramp.
    pub joins: bool,
    /// What would send it on to the endpoint's next upstream.
    pub absence: Absence,
}

/// A close, tried on a request.
#[derive(Clone, Debug)]
pub struct CloseTried {
    pub actor: String,
    pub reason: String,
    /// `all`, `writes`, or its rule.
    pub hold: String,
    /// The request is held by it.
    pub held: bool,
    /// What the comparisons of its rule met; empty where it is none.
    pub terms: Vec<Term>,
}

impl Upstream {
    /// What such a request would meet.
    pub fn meets(&self, request: &RequestFacts<'_>) -> Meets {
        let state = self.state();
        let operator = state.gate.operator();
        let asks = Asks {
            rules: operator.standing().judge(request),
            ..Asks::of(request.method.as_bytes())
        };
        let closes = operator.closes().iter().map(|close| {
            let (hold, terms) = match &close.holds {
                Holds::All => ("all", Vec::new()),
                Holds::Writes => ("writes", Vec::new()),
                Holds::Rule(rule) => (rule.text(), rule.explain_request(request)),
            };
            CloseTried {
                actor: close.actor.clone(),
                reason: close.reason.clone(),
                hold: hold.to_owned(),
                held: operator.covers(close, asks),
                terms,
            }
        });
        Meets {
            verdict: match state.gate.verdict(&asks) {
                Verdict::Pass if self.slots.are_full(self.slots.up()) => {
                    Verdict::Hold(Cause::Saturated)
                }
                verdict @ (Verdict::Pass | Verdict::Hold(_) | Verdict::Refuse) => verdict,
            },
            reasons: self.reasons_in(&state, asks),
            closes: closes.collect(),
            waiting: state.line.queue().waiting(),
            joins: state.line.must_join(&asks, |asks| state.gate.verdict(asks)),
            absence: state.gate.absence(&asks),
        }
    }
}
