//! What is known of a request on its way, whichever configuration it is forwarded by.

use std::rc::Rc;
use std::time::Duration;

use super::answer::Withheld;
use super::places::Places;
use super::serving::Serving;
use super::worker::Worker;
use crate::upstream::place::Ending;

/// A request's way so far: it goes along when the route is found anew.
#[derive(Default)]
pub(super) struct Journey {
    /// How long it was held so far.
    pub(super) held: Option<Duration>,
    /// Where it stood in the queue when it was turned away, from 1.
    pub(super) position: Option<usize>,
    pub(super) sendings: u32,
    /// The upstream's epoch at the last sending: it was seen down since, where this differs.
    pub(super) sent_in: u32,
    /// What the upstream answered last, where the client was not told (`hold_on`).
    pub(super) withheld: Option<Box<Withheld>>,
    /// Its places, while its route is found anew.
    pub(super) places: Option<Places>,
    /// The last configuration that was asked for its route. Where that has none, it keeps the
    /// route that it has.
    asked: Option<Rc<Serving>>,
}

impl Journey {
    /// What is served now was not asked yet.
    pub(super) fn is_outdated(&self, worker: &Worker, served: &Serving) -> bool {
        !worker.serves(self.asked(served))
    }

    /// The last configuration that was asked for its route, where it is routed by `served`.
    pub(super) fn asked<'a>(&'a self, served: &'a Serving) -> &'a Serving {
        self.asked.as_deref().unwrap_or(served)
    }

    /// What is served now is asked.
    pub(super) fn asks(&mut self, worker: &Worker) {
        self.asked = Some(worker.serving());
    }

    /// It was answered without an upstream.
    pub(super) fn answered(&mut self) {
        if let Some(places) = self.places.take() {
            places.give_back(Ending::Sent);
        }
    }
}
