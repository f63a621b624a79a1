//! The last looks of an upstream, for whoever asks why.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use buffy_core::rule::Term;

/// What was found last.
#[derive(Debug)]
pub struct Looks {
    last: Mutex<Last>,
}

/// One look at a target.
#[derive(Clone, Debug, PartialEq)]
pub struct LastProbe {
    /// When it was over, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub took: Duration,
    /// Of an HTTP probe that was answered.
    pub status: Option<u16>,
    /// The first 200 bytes of an HTTP probe's answer.
    pub body: String,
    /// The rule of an HTTP probe that was answered, where it has one.
    pub rule: Option<HealthTried>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// The rule of a health check, tried on an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthTried {
    /// As it is written.
    pub rule: String,
    pub held: bool,
    pub terms: Vec<Term>,
}

/// One look at a status document.
#[derive(Clone, Debug, PartialEq)]
pub struct LastPoll {
    /// When it was over, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub took: Duration,
    pub status: Option<u16>,
    /// Its first 200 bytes.
    pub body: String,
    /// What came of it, in words: `rule match1 says OPEN`, `connection refused`, …
    pub found: String,
    /// Every rule, with its terms and what they met; empty where there was no document.
    pub rules: Vec<RuleTried>,
}

/// A rule of an autogate, tried on a document.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTried {
    pub id: String,
    /// `OPEN` or `CLOSE`.
    pub then: &'static str,
    pub held: bool,
    pub terms: Vec<Term>,
}

#[derive(Debug)]
struct Last {
    /// Of each target.
    probes: Vec<Option<LastProbe>>,
    poll: Option<LastPoll>,
}

impl Looks {
    /// Of so many targets.
    pub fn new(targets: usize) -> Self {
        let last = Last {
            probes: vec![None; targets],
            poll: None,
        };
        Self {
            last: Mutex::new(last),
        }
    }

    /// The last look at the target of this index; none before the first is over.
    pub fn last_probe(&self, target: usize) -> Option<LastProbe> {
        self.lock().probes.get(target).cloned().flatten()
    }

    /// The last look at the status document; none without an autogate, or before the first is over.
    pub fn last_poll(&self) -> Option<LastPoll> {
        self.lock().poll.clone()
    }

    pub(super) fn probed(&self, target: usize, probe: LastProbe) {
        if let Some(last) = self.lock().probes.get_mut(target) {
            *last = Some(probe);
        }
    }

    pub(super) fn polled(&self, poll: LastPoll) {
        self.lock().poll = Some(poll);
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
