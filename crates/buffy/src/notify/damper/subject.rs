//! What can change: a gate, or a target; and what was told of it.

use std::collections::VecDeque;
use std::time::Duration;

use buffy_core::event::What;
use tokio::time::Instant;

/// Whose state it is, within one upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Gate,
    Target(String),
}

/// An event as a change of a state.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) subject: Subject,
    pub(super) state: &'static str,
    /// For the better: told once it has lasted.
    pub(super) recovery: bool,
}

/// The changes of one subject.
#[derive(Debug, Default)]
pub(super) struct Track {
    state: Option<&'static str>,
    told: Option<&'static str>,
    /// The newest changes, oldest first; never more than are asked about.
    recent: VecDeque<Instant>,
}

impl Change {
    /// The change that an event is, if it is one.
    pub(super) fn of(what: &What) -> Option<Self> {
        let (subject, state, recovery) = match what {
            What::GateChanged { to, actor, .. } => {
                // What an operator opened was meant: it need not prove itself first.
                let by_itself = matches!(actor.as_str(), "autogate" | "health");
                (Subject::Gate, *to, *to == "open" && by_itself)
            }
            What::TargetUp { url } => (Subject::Target(url.clone()), "up", true),
            What::TargetDown { url, .. } => (Subject::Target(url.clone()), "down", false),
            What::NeverReached { .. }
            | What::LeaseExpired { .. }
            | What::FirstHeld
            | What::NearLimit { .. }
            | What::CanaryFailed { .. }
            | What::HoldOver { .. }
            | What::Reloaded { .. }
            | What::ReloadRefused { .. } => return None,
        };
        Some(Self {
            subject,
            state,
            recovery,
        })
    }
}

impl Track {
    /// Notes a change; how many there were in so short a time, this one included.
    pub(super) fn note(&mut self, change: &Change, now: Instant, within: Duration) -> usize {
        self.state = Some(change.state);
        self.recent
            .retain(|&at| now.saturating_duration_since(at) < within);
        self.recent.push_back(now);
        self.recent.len()
    }

    /// Whether the state is news to those who are told.
    pub(super) fn tell(&mut self, state: &'static str) -> bool {
        self.told.replace(state) != Some(state)
    }

    /// The end of flapping: where it stands is told by the summary.
    pub(super) fn settle(&mut self, subject: &Subject) -> Option<(String, &'static str)> {
        self.recent.clear();
        self.told = self.state;
        let name = match subject {
            Subject::Gate => "gate".to_owned(),
            Subject::Target(url) => url.clone(),
        };
        self.state.map(|state| (name, state))
    }
}
