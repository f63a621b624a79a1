//! What is known of a request on its way, whichever configuration it is forwarded by.

use std::rc::Rc;
use std::time::Duration;

use super::answer::Withheld;
use super::places::Places;
use super::serving::Serving;
use super::worker::Worker;
use crate::upstream::Upstream;
use crate::upstream::place::Ending;

/// A request's way so far: it goes along when the route is found anew.
#[derive(Default)]
pub(super) struct Journey {
    /// How long it was held so far.
    pub(super) held: Option<Duration>,
    /// Where it stood in the queue when it was turned away, from 1.
    pub(super) position: Option<usize>,
    pub(super) sendings: u32,
    /// The upstream of the last sending, and its epoch then: it was seen down since, or is another
    /// one, where this differs.
    pub(super) sent_in: Era,
    /// What the upstream answered last, where the client was not told (`hold_on`).
    pub(super) withheld: Option<Box<Withheld>>,
    /// Its places, while its route is found anew.
    pub(super) places: Option<Places>,
    /// The last configuration that was asked for its route. Where that has none, it keeps the
    /// route that it has.
    asked: Option<Rc<Serving>>,
}

/// A time of one upstream in which it was not seen down: which upstream (its address, by which it
/// is told from others and no more), and its epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Era(usize, u32);

impl Era {
    /// The present one.
    pub(super) fn of(upstream: &Upstream) -> Self {
        Self(std::ptr::from_ref(upstream).addr(), upstream.epoch())
    }
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
