//! What may stand between `{{` and `}}`, and its values.

use std::borrow::Cow;
use std::time::Duration;

use crate::facts::Facts;

/// A variable of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// The request's target, as it came.
    Url,
    /// The endpoint's id.
    Id,
    /// The upstream before which the request was turned away, by its id.
    Gate,
    /// Why it was: who closed what, and what is wrong with its targets.
    Reason,
    /// How long it waited, in seconds; 0 where it did not.
    Waited,
    /// The place that it had in the queue, from 1; 0 where it had none.
    Position,
    /// When to try again, in seconds.
    RetryAfter,
}

impl Variable {
    pub(super) const ALL: &'static [Self] = &[
        Self::Url,
        Self::Id,
        Self::Gate,
        Self::Reason,
        Self::Waited,
        Self::Position,
        Self::RetryAfter,
    ];
    /// Those of an answer from the configuration.
    pub const OF_REPLIES: &'static [Self] = &[Self::Url, Self::Id];
    /// Those of an answer to what was forwarded, and is not to be tried again unasked.
    pub const OF_FAILURES: &'static [Self] = &[
        Self::Url,
        Self::Id,
        Self::Gate,
        Self::Reason,
        Self::Waited,
        Self::Position,
    ];
    /// Those of an answer to what was not forwarded, and may be tried again.
    pub const OF_REFUSALS: &'static [Self] = Self::ALL;

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Url => "URL",
            Self::Id => "ID",
            Self::Gate => "GATE",
            Self::Reason => "REASON",
            Self::Waited => "WAITED",
            Self::Position => "POSITION",
            Self::RetryAfter => "RETRY_AFTER",
        }
    }

    /// What to say where it has no value.
    pub(super) fn where_known(self) -> &'static str {
        match self {
            Self::Url | Self::Id => "has no value here",
            Self::Gate | Self::Reason | Self::Waited | Self::Position => {
                "is known only where a `proxy` endpoint turns a request away"
            }
            Self::RetryAfter => "is known only where a request was not forwarded",
        }
    }
}

/// What is known of a request that was turned away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refused<'v> {
    pub gate: &'v str,
    pub reason: &'v str,
    /// None: it did not wait.
    pub waited: Option<Duration>,
    /// From 1; none: it had no place.
    pub position: Option<usize>,
    /// In seconds.
    pub retry_after: Option<u64>,
}

impl Variable {
    /// What it stands for.
    pub(super) fn of<'f>(self, facts: &'f Facts<'_>) -> Cow<'f, str> {
        let refused = facts.refused.unwrap_or_default();
        match self {
            Self::Url => facts.url.into(),
            Self::Id => facts.id.into(),
            Self::Gate => refused.gate.into(),
            Self::Reason => refused.reason.into(),
            Self::Waited => seconds(refused.waited.unwrap_or_default()).into(),
            Self::Position => refused.position.unwrap_or_default().to_string().into(),
            Self::RetryAfter => refused.retry_after.unwrap_or_default().to_string().into(),
        }
    }
}

/// A number as JSON knows it, to the millisecond.
fn seconds(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis).as_secs_f64().to_string()
}
