//! Why a request does not pass, since when and until when: for the one who sent it.

use std::time::Duration;

use buffy_core::config::OnExpiry;
use buffy_core::gate::{Asks, Cause, Close, Lease, Standing, Stop, Verdict};
use buffy_core::release::RampStatus;

use super::gate::{State, Upstream};
use crate::clock;

/// What keeps a request from passing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Each voice, in a sentence; empty where the request passes.
    pub reasons: Vec<String>,
    /// Whose voices they are: operators by the names that they gave, `autogate`, `health`, `canary`.
    pub actors: Vec<String>,
    /// Since when, in milliseconds since the Unix epoch: since the oldest order that stands in its
    /// way, else since the last moment when everything passed.
    pub since_ms: Option<u64>,
    /// Until when, in milliseconds since the Unix epoch, where every order in its way says so.
    pub until_ms: Option<u64>,
    /// It is turned away by a stop, not held.
    stopped: bool,
    /// How much longer it lasts if it is a usual spell.
    left: Duration,
}

impl Upstream {
    /// What a request that asks this meets at the gate.
    pub fn verdict(&self, asks: Asks) -> Verdict {
        self.state().gate.verdict(&asks)
    }

    /// Why a request does not pass that asks this by its method, and that `judge` tries the rules of
    /// closes on.
    pub fn explain_request(&self, asks: Asks, judge: impl FnOnce(&Standing) -> u32) -> Explanation {
        let standing = self.state().gate.rules().clone();
        let rules = judge(&standing);
        self.explain(Asks { rules, ..asks })
    }

    /// Why a request that asks this does not pass.
    pub fn explain(&self, asks: Asks) -> Explanation {
        let state = self.state();
        let orders = state.orders(asks);
        Explanation {
            reasons: self.reasons_in(&state, asks),
            actors: state.actors(asks, &orders),
            since_ms: orders
                .iter()
                .map(Order::at_ms)
                .min()
                .or_else(|| state.shut_since_ms()),
            until_ms: until_ms(&orders),
            stopped: state.gate.verdict(&asks) == Verdict::Refuse,
            left: state.shut.left(clock::now()),
        }
    }
}

impl Explanation {
    /// Seconds after which the client may try again.
    ///
    /// Of a stop that names its end: not before that. Else 1 to 60: until the lease ends, or what
    /// is left of the spell if it is a usual one. All with a jitter of a fifth, a minute at most,
    /// so that those who were turned away together do not come back together.
    pub fn retry_after(&self, now_ms: u64, dice: u64) -> u64 {
        let usual = u64::try_from(self.left.as_millis()).unwrap_or(u64::MAX);
        // One that has passed, and nobody acted on it, says nothing.
        let known = self
            .until_ms
            .and_then(|until| until.checked_sub(now_ms))
            .filter(|millis| *millis > 0);
        let millis = match known {
            Some(millis) if self.stopped => {
                millis.saturating_add((millis / 5).min(LONGEST_MS) * (dice % 41) / 40)
            }
            // To come before the end is to be held again, but to no use.
            Some(millis) => millis.min(LONGEST_MS) * (100 + dice % 21) / 100,
            None => usual.min(LONGEST_MS) * (80 + dice % 41) / 100,
        };
        let seconds = millis.div_ceil(1000).max(1);
        if known.is_some() && self.stopped {
            seconds
        } else {
            seconds.min(LONGEST_MS / 1000)
        }
    }
}

const LONGEST_MS: u64 = 60_000;

/// An operator's order that stands in a request's way.
enum Order<'s> {
    Stop(&'s Stop),
    Close(&'s Close),
}

impl Order<'_> {
    fn at_ms(&self) -> u64 {
        match self {
            Self::Stop(stop) => stop.at_ms,
            Self::Close(close) => close.at_ms,
        }
    }

    fn actor(&self) -> &str {
        match self {
            Self::Stop(stop) => &stop.actor,
            Self::Close(close) => &close.actor,
        }
    }

    /// Its end, where it has one: a lease that becomes a stop, or stays, is none.
    fn until_ms(&self) -> Option<u64> {
        let lifted = |lease: Option<Lease>| {
            let lease = lease.filter(|lease| lease.on_expiry == OnExpiry::Lift);
            lease.map(|lease| lease.until_ms)
        };
        match self {
            Self::Stop(stop) => stop.until_ms.or_else(|| lifted(stop.lease)),
            Self::Close(close) => lifted(close.lease),
        }
    }
}

/// When all of them have ended; none where one of them has no end, or there is none.
fn until_ms(orders: &[Order<'_>]) -> Option<u64> {
    let ends: Option<Vec<u64>> = orders.iter().map(Order::until_ms).collect();
    ends?.into_iter().max()
}

impl State {
    fn orders(&self, asks: Asks) -> Vec<Order<'_>> {
        let operator = self.gate.operator();
        let closes = operator.closes().iter();
        let closes = closes.filter(|close| operator.covers(close, asks));
        let stops = operator.stops().iter().map(Order::Stop);
        stops.chain(closes.map(Order::Close)).collect()
    }

    /// Each once, in order.
    fn actors(&self, asks: Asks, orders: &[Order<'_>]) -> Vec<String> {
        let mut actors: Vec<String> = Vec::new();
        for actor in orders.iter().map(Order::actor) {
            if !actors.iter().any(|known| known == actor) {
                actors.push(actor.to_owned());
            }
        }
        if matches!(self.line.ramp(), RampStatus::CanaryFailed(_)) {
            actors.push("canary".to_owned());
        }
        match self.gate.verdict(&asks) {
            Verdict::Hold(Cause::Autogate) => actors.push("autogate".to_owned()),
            Verdict::Hold(Cause::Down) => actors.push("health".to_owned()),
            Verdict::Hold(Cause::Closed | Cause::Saturated) | Verdict::Refuse | Verdict::Pass => {}
        }
        actors
    }

    fn shut_since_ms(&self) -> Option<u64> {
        let ago = clock::now().since(self.shut.since()?).as_millis();
        let ago = u64::try_from(ago).unwrap_or(u64::MAX);
        Some(clock::unix_ms().saturating_sub(ago))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explanation(stopped: bool, until_ms: Option<u64>, left: u64) -> Explanation {
        Explanation {
            stopped,
            until_ms,
            left: Duration::from_secs(left),
            ..Explanation::default()
        }
    }

    /// The least and the most that dice make of it, asked at 1,000 ms.
    fn range(explanation: &Explanation) -> (u64, u64) {
        let all = (0..1000).map(|dice| explanation.retry_after(1_000, dice));
        (all.clone().min().unwrap(), all.max().unwrap())
    }

    #[test]
    fn clients_are_told_to_come_back_when_it_may_be_over() {
        for (what, explanation, expected) in [
            ("a usual spell", explanation(false, None, 10), (8, 12)),
            ("nothing is left of it", explanation(false, None, 0), (1, 1)),
            ("a long one", explanation(false, None, 3600), (48, 60)),
            ("a lease", explanation(false, Some(11_000), 1), (10, 12)),
            (
                "a lease that ends now",
                explanation(false, Some(1_001), 9),
                (1, 1),
            ),
            (
                "a long lease",
                explanation(false, Some(901_000), 1),
                (60, 60),
            ),
            (
                "a planned end",
                explanation(true, Some(7_201_000), 1),
                (7_200, 7_260),
            ),
            (
                "one that is near",
                explanation(true, Some(11_000), 1),
                (10, 12),
            ),
            (
                "one that has passed",
                explanation(true, Some(500), 10),
                (8, 12),
            ),
            (
                "a stop without an end",
                explanation(true, None, 10),
                (8, 12),
            ),
        ] {
            assert_eq!(range(&explanation), expected, "{what}");
        }
    }
}
