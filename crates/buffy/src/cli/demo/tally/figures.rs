//! What a demo comes to, in numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::Version;

/// Of all requests; `sent` is the sum of `answered`, `cut`, `lost` and `under_way`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Figures {
    pub(in super::super) sent: usize,
    /// Not ended yet.
    pub(in super::super) under_way: usize,
    /// With 200 and their own id, by the backend that answered.
    pub(in super::super) answered: BTreeMap<Version, usize>,
    /// Of those that ended: their answers say so.
    pub(in super::super) held: usize,
    /// From sending to the end, by the client's clock.
    pub(in super::super) longest_wait: Duration,
    /// POSTs under way when a backend was killed, and told so.
    pub(in super::super) cut: usize,
    /// Whatever else happened to requests, in words, and how often.
    pub(in super::super) lost: BTreeMap<String, usize>,
    /// POSTs that were begun more than once.
    pub(in super::super) doubled: usize,
}

impl Figures {
    pub(in super::super) fn answered_all(&self) -> usize {
        self.answered.values().sum()
    }

    pub(in super::super) fn lost_all(&self) -> usize {
        self.lost.values().sum()
    }

    /// Something was lost or doubled.
    pub(in super::super) fn are_bad(&self) -> bool {
        self.lost_all() > 0 || self.doubled > 0
    }

    /// Nothing was lost or doubled, and something was answered: without that nothing is proven.
    pub(in super::super) fn are_good(&self) -> bool {
        self.answered_all() > 0 && !self.are_bad()
    }
}

/// One line for programs: `name=value`, durations in seconds.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sent={} answered={} cut={} lost={} doubled={} held={} longest_wait={:.3}",
            self.sent,
            self.answered_all(),
            self.cut,
            self.lost_all(),
            self.doubled,
            self.held,
            self.longest_wait.as_secs_f64(),
        )
    }
}
