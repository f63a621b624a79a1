//! What follows an answer: requests that Buffy makes, and gates that it moves.
//!
//! An errand is made when its answer is chosen, so that it knows the request, and handed over when
//! the answer was sent. Its steps are done one after the other on the control runtime, while other
//! errands go on. There is a bound on those that are unfinished; what finds no room is dropped,
//! counted and logged. Waits go by the answers' clock.

mod call;
mod gate;
mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use buffy_core::delay::Wait;
use hyper::body::Bytes;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::gate::Order;
use crate::client::Client;
use crate::outbox::{HookFigures, Tally};
use crate::session::Clock;
use crate::tasks;
use crate::upstream::Upstream;

/// The field that counts how many answers a request comes after, so that an answer that calls its
/// own endpoint does not do so for ever.
pub const DEPTH_FIELD: &str = "X-Buffy-Depth";
/// Calls that come after each other at most.
pub const DEPTH_MAX: u8 = 10;
/// Unfinished errands at most.
const ERRANDS_MAX: usize = 1000;
/// Of what they send, in KiB: a receiver that is dead for long does not fill the memory.
const KIB_MAX: usize = 64 * 1024;
/// As hooks are counted.
const HOOK: &str = "calls";

/// What follows one answer.
#[derive(Debug)]
pub struct Errand {
    pub endpoint: String,
    pub response: String,
    /// Answers that the request came after already, as its `X-Buffy-Depth` said.
    pub depth: u8,
    /// Done in this order.
    pub steps: Vec<Step>,
}

/// One thing to be done.
#[derive(Debug)]
pub enum Step {
    Call(Call),
    Gate {
        upstream: Arc<Upstream>,
        order: Order,
    },
}

/// A request to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// In upper case.
    pub method: &'static str,
    /// Absolute.
    pub url: String,
    /// In their order; they replace what Buffy would write.
    pub headers: Vec<(String, String)>,
    pub content_type: Option<&'static str>,
    pub body: Bytes,
    /// Before it is made.
    pub after: Wait,
    /// How many times it is made again after a failure or a status of 500 or more.
    pub retry: u32,
}

/// Where errands are handed over; cheap to clone.
#[derive(Clone, Debug)]
pub struct Calls {
    queue: Sender<Accepted>,
    places: Arc<Semaphore>,
    /// One for each KiB.
    room: Arc<Semaphore>,
    tally: Arc<Tally>,
}

/// An errand with its place among the unfinished.
#[derive(Debug)]
struct Accepted {
    errand: Errand,
    place: Place,
}

/// Its share of what there is for all, given back when it is done.
#[derive(Debug)]
struct Place {
    _one: OwnedSemaphorePermit,
    _room: OwnedSemaphorePermit,
}

impl Calls {
    /// Starts doing errands; called on the control runtime.
    pub fn start(client: Client, clock: Clock) -> Self {
        let (calls, accepted) = Self::new();
        let doer = run::Doer {
            client,
            clock,
            tally: Arc::clone(&calls.tally),
        };
        drop(tasks::spawn("calls", run::each(doer, accepted)));
        calls
    }

    /// Nobody does them: for a process that has no control runtime.
    pub fn idle() -> Self {
        Self::new().0
    }

    fn new() -> (Self, Receiver<Accepted>) {
        // A place is taken before, so there is always room.
        let (queue, accepted) = mpsc::channel(ERRANDS_MAX);
        let calls = Self {
            queue,
            places: Arc::new(Semaphore::new(ERRANDS_MAX)),
            room: Arc::new(Semaphore::new(KIB_MAX)),
            tally: Arc::default(),
        };
        (calls, accepted)
    }

    /// Hands an errand over; never waits.
    pub fn send(&self, errand: Errand) {
        if errand.depth >= DEPTH_MAX {
            tracing::warn!(
                endpoint = errand.endpoint,
                response = errand.response,
                "answers that call each other: after {DEPTH_MAX} of them no more is done"
            );
            self.tally.dropped(1);
            return;
        }
        let place = self.place(errand.kib());
        let accepted = place.map(|place| Accepted { errand, place });
        let sent = accepted.is_some_and(|accepted| self.queue.try_send(accepted).is_ok());
        if !sent && self.tally.dropped(1) {
            tracing::warn!(
                unfinished_max = ERRANDS_MAX,
                kib_max = KIB_MAX,
                "too much is to be done after answers: what comes now is dropped and counted"
            );
        }
    }

    fn place(&self, kib: u32) -> Option<Place> {
        Some(Place {
            _one: Arc::clone(&self.places).try_acquire_owned().ok()?,
            _room: Arc::clone(&self.room).try_acquire_many_owned(kib).ok()?,
        })
    }

    /// Takes no more errands, and gives those that are unfinished so long. Tells whether all were
    /// finished.
    pub async fn finish(&self, within: Duration) -> bool {
        let all = u32::try_from(ERRANDS_MAX).unwrap_or(u32::MAX);
        let finished = self.places.acquire_many(all);
        let all = tokio::time::timeout(within, finished).await;
        self.places.close();
        all.is_ok()
    }

    /// What became of calls and orders; none where nothing was to be done yet.
    pub fn figures(&self) -> Option<HookFigures> {
        let figures = self.tally.figures(HOOK);
        (figures.ok + figures.failed + figures.dropped > 0).then_some(figures)
    }
}

impl Errand {
    /// What it holds, rounded up.
    fn kib(&self) -> u32 {
        let bytes = self.steps.iter().map(|step| match step {
            Step::Call(call) => {
                let headers = call.headers.iter();
                let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
                call.url.len() + headers + call.body.len()
            }
            Step::Gate { .. } => 0,
        });
        u32::try_from(bytes.sum::<usize>() / 1024 + 1).unwrap_or(u32::MAX)
    }
}
