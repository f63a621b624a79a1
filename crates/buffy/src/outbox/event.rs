//! Events, handed over to whoever tells of them.

use std::sync::{Arc, PoisonError, RwLock};

use buffy_core::event::Event;
use tokio::sync::mpsc::Sender;

use super::tally::{HookFigures, Tally};

/// The tallies of hooks, by name.
pub type Tallies = Arc<[(&'static str, Arc<Tally>)]>;

/// Hands events over; cheap to clone, and all clones go the same way.
#[derive(Clone, Debug)]
pub struct EventSender(Arc<RwLock<Way>>);

/// To the notifier, and the tallies of the hooks that it feeds.
#[derive(Clone, Debug)]
struct Way {
    intake: Sender<Event>,
    tallies: Tallies,
}

impl EventSender {
    /// The way to the notifier, and the tallies of the hooks that it feeds.
    pub fn new(intake: Sender<Event>, tallies: Tallies) -> Self {
        Self(Arc::new(RwLock::new(Way { intake, tallies })))
    }

    /// From now on this sender and its clones hand over where the other one does.
    pub fn redirect(&self, other: &Self) {
        let way = other.way();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = way;
    }

    /// For an upstream whose events nobody is told of.
    #[cfg(test)]
    pub(crate) fn without_hooks() -> Self {
        let (intake, _) = tokio::sync::mpsc::channel(1);
        Self::new(intake, Arc::from([]))
    }

    /// From now on nobody is told of anything.
    pub fn to_nobody(&self) {
        let (intake, _) = tokio::sync::mpsc::channel(1);
        let tallies = Arc::from([]);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Way { intake, tallies };
    }

    /// Hands an event over; never waits. Where there is no room it is dropped and counted.
    pub fn send(&self, event: Event) {
        let Way { intake, tallies } = self.way();
        if tallies.is_empty() || intake.try_send(event).is_ok() {
            return;
        }
        for (hook, tally) in tallies.iter() {
            tally.lose_event(hook);
        }
    }

    /// What became of the deliveries, hook by hook.
    pub fn figures(&self) -> Vec<HookFigures> {
        let Way { tallies, .. } = self.way();
        tallies
            .iter()
            .map(|(hook, tally)| tally.figures(hook))
            .collect()
    }

    fn way(&self) -> Way {
        let way = self.0.read().unwrap_or_else(PoisonError::into_inner);
        way.clone()
    }
}
