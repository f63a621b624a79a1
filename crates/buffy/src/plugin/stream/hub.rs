//! The open streams of an endpoint: who sits there, and what is pushed to them.
//!
//! A hub outlives reloads. A seat's queue is bounded: who does not keep up loses its seat, and its
//! stream is cut, so that one slow reader neither holds others up nor fills the memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use buffy_core::stream::Pushed;
use slab::Slab;
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};

/// Events that wait for one reader at most.
const QUEUE_EVENTS_MAX: usize = 64;

/// The hubs of all endpoints, by the endpoint's id.
#[derive(Debug, Default)]
pub struct Hubs(Mutex<HashMap<String, Arc<Hub>>>);

/// The open streams of one endpoint.
#[derive(Debug, Default)]
pub struct Hub {
    seats: Mutex<Slab<Sitting>>,
    opened: AtomicU64,
    resumed: AtomicU64,
    dropped: AtomicU64,
}

/// What a hub has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubCounts {
    /// Open now.
    pub open: usize,
    /// Since the start.
    pub opened: u64,
    /// Of them, those that came back with a `Last-Event-ID`.
    pub resumed: u64,
    /// Of them, those that were cut because they did not keep up with what was pushed.
    pub dropped: u64,
}

/// The place of an open stream at its hub, given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    hub: Arc<Hub>,
    key: usize,
    queue: Receiver<Arc<Pushed>>,
}

#[derive(Debug)]
struct Sitting {
    session: String,
    /// None: it did not keep up.
    queue: Option<Sender<Arc<Pushed>>>,
}

impl Hubs {
    /// The hub of an endpoint.
    pub fn of(&self, endpoint: &str) -> Arc<Hub> {
        let mut hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hub) = hubs.get(endpoint) {
            return Arc::clone(hub);
        }
        let hub = Arc::new(Hub::default());
        hubs.insert(endpoint.to_owned(), Arc::clone(&hub));
        hub
    }

    /// Pushes an event to the open streams of an endpoint: those of one session, or all of them.
    /// Returns how many got it; none where the endpoint has no streams.
    pub fn push(&self, endpoint: &str, session: Option<&str>, event: Pushed) -> Option<usize> {
        let hub = {
            let hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hubs.get(endpoint)?)
        };
        Some(hub.push(session, event))
    }

    /// What every endpoint's hub has counted, by the endpoint's id.
    pub fn counts(&self) -> Vec<(String, HubCounts)> {
        let hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = hubs.iter().map(|(id, hub)| (id.clone(), hub.counts()));
        let mut counts: Vec<(String, HubCounts)> = counts.collect();
        counts.sort_by(|(one, _), (other, _)| one.cmp(other));
        counts
    }
}

impl Hub {
    /// Takes a seat for a stream of a session.
    pub fn sit(self: &Arc<Self>, session: &str, resumes: bool) -> Seat {
        let (sender, queue) = channel(QUEUE_EVENTS_MAX);
        let key = self.seats().insert(Sitting {
            session: session.to_owned(),
            queue: Some(sender),
        });
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.resumed
            .fetch_add(u64::from(resumes), Ordering::Relaxed);
        Seat {
            hub: Arc::clone(self),
            key,
            queue,
        }
    }

    /// Pushes an event to the streams of one session, or to all: how many got it.
    pub fn push(&self, session: Option<&str>, event: Pushed) -> usize {
        let event = Arc::new(event);
        let mut got = 0;
        for (_, sitting) in self.seats().iter_mut() {
            if session.is_some_and(|session| session != sitting.session) {
                continue;
            }
            let Some(queue) = &sitting.queue else {
                continue;
            };
            match queue.try_send(Arc::clone(&event)) {
                Ok(()) => got += 1,
                Err(TrySendError::Full(_)) => {
                    sitting.queue = None;
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                Err(TrySendError::Closed(_)) => sitting.queue = None,
            }
        }
        got
    }

    pub fn counts(&self) -> HubCounts {
        HubCounts {
            open: self.seats().len(),
            opened: self.opened.load(Ordering::Relaxed),
            resumed: self.resumed.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }

    fn seats(&self) -> MutexGuard<'_, Slab<Sitting>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// The next event that was pushed; none where the stream did not keep up and is to be cut.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arc<Pushed>>> {
        self.queue.poll_recv(cx)
    }

    pub fn hub(&self) -> &Hub {
        &self.hub
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.seats().try_remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use serde_json::json;

    use super::*;

    fn event() -> Pushed {
        Pushed::read(&json!({"data": 1})).unwrap()
    }

    /// How many events lie ready, and whether the seat was lost then.
    fn drain(seat: &mut Seat) -> (usize, bool) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut count = 0;
        loop {
            match seat.poll_next(&mut cx) {
                Poll::Ready(Some(_)) => count += 1,
                Poll::Ready(None) => return (count, true),
                Poll::Pending => return (count, false),
            }
        }
    }

    #[test]
    fn a_push_reaches_the_streams_of_its_session() {
        let hubs = Hubs::default();
        assert_eq!(hubs.push("feed", None, event()), None);
        let hub = hubs.of("feed");
        let (mut ann, mut bob) = (hub.sit("ann", false), hub.sit("bob", true));
        assert_eq!(hubs.push("feed", Some("ann"), event()), Some(1));
        assert_eq!(hubs.push("feed", None, event()), Some(2));
        assert_eq!(hubs.push("feed", Some("eve"), event()), Some(0));
        assert_eq!((drain(&mut ann), drain(&mut bob)), ((2, false), (1, false)));
        drop(ann);
        assert_eq!(hubs.push("feed", None, event()), Some(1));
        let expected = HubCounts {
            open: 1,
            opened: 2,
            resumed: 1,
            dropped: 0,
        };
        assert_eq!(hubs.counts(), [("feed".to_owned(), expected)]);
    }

    #[test]
    fn a_stream_that_does_not_keep_up_is_cut() {
        let hub = Arc::new(Hub::default());
        let (mut slow, mut quick) = (hub.sit("", false), hub.sit("", false));
        for _ in 0..QUEUE_EVENTS_MAX {
            assert_eq!(hub.push(None, event()), 2);
            assert_eq!(drain(&mut quick), (1, false));
        }
        assert_eq!(hub.push(None, event()), 1);
        assert_eq!(hub.push(None, event()), 1);
        assert_eq!(drain(&mut slow), (QUEUE_EVENTS_MAX, true));
        assert_eq!(drain(&mut quick), (2, false));
        assert_eq!(hub.counts().dropped, 1);
        drop((slow, quick));
        assert_eq!(hub.counts().open, 0);
    }
}
