//! Events, handed over to whoever tells of them.

use std::sync::Arc;

use buffy_core::event::Event;
use tokio::sync::mpsc::Sender;

use super::tally::{HookFigures, Tally};

/// The tallies of hooks, by name.
pub type Tallies = Arc<[(&'static str, Arc<Tally>)]>;

/// Hands events over; cheap to clone.
#[derive(Clone, Debug)]
pub struct EventSender {
    intake: Sender<Event>,
    tallies: Tallies,
}

impl EventSender {
    /// The way to the notifier, and the tallies of the hooks that it feeds.
    pub fn new(intake: Sender<Event>, tallies: Tallies) -> Self {
        Self { intake, tallies }
    }

    /// For an upstream whose events nobody is told of.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        let (intake, _) = tokio::sync::mpsc::channel(1);
        Self::new(intake, Arc::from([]))
    }

    /// Hands an event over; never waits. Where there is no room it is dropped and counted.
    pub fn send(&self, event: Event) {
        if self.tallies.is_empty() || self.intake.try_send(event).is_ok() {
            return;
        }
        for (hook, tally) in self.tallies.iter() {
            tally.lose_event(hook);
        }
    }

    /// What became of the deliveries, hook by hook.
    pub fn figures(&self) -> Vec<HookFigures> {
        self.tallies
            .iter()
            .map(|(hook, tally)| tally.figures(hook))
            .collect()
    }
}
