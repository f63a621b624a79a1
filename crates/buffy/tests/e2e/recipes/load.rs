//! Clients that go on until they are told to end, and what each of their requests met.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use buffy_test::{RawClient, eventually};

/// Clients that send one request after the other, each on a connection of its own.
pub(crate) const CLIENTS: usize = 8;

/// A load that is under way.
pub(crate) struct Load {
    over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<Exchange>>>,
}

/// A request, and what came back.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// Of the request: no two have the same.
    pub(crate) number: usize,
    /// 0 where there was no whole answer.
    pub(crate) status: u16,
    pub(crate) text: String,
    /// Whether the answer says that it waited.
    pub(crate) was_held: bool,
}

impl Load {
    /// Sends to a port what `make` makes of each number.
    pub(crate) fn start(port: u16, make: fn(usize) -> Vec<u8>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicUsize::new(0));
        let clients = (0..CLIENTS).map(|client| {
            let (over, sent) = (Arc::clone(&over), Arc::clone(&sent));
            let work = move || {
                let mut exchanges = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    exchanges.push(Exchange::make(port, number, &make(number)));
                }
                exchanges
            };
            let name = format!("client-{client}");
            let thread = std::thread::Builder::new().name(name);
            thread.spawn(work).expect("a thread")
        });
        let clients = clients.collect();
        Self {
            over,
            sent,
            clients,
        }
    }

    /// Waits until so many more were sent.
    #[track_caller]
    pub(crate) fn goes_on(&self, requests: usize) {
        let sent = || self.sent.load(Ordering::Relaxed);
        let before = sent();
        eventually("the load goes on", || sent() >= before + requests);
    }

    /// Ends it, and tells of every request, by number.
    pub(crate) fn end(self) -> Vec<Exchange> {
        self.over.store(true, Ordering::Relaxed);
        let clients = self.clients.into_iter();
        let mut exchanges: Vec<_> = clients
            .flat_map(|client| client.join().expect("a client does not panic"))
            .collect();
        exchanges.sort_by_key(|exchange| exchange.number);
        exchanges
    }

    /// The same, and nothing was lost: each was answered with a status of 200 to 299.
    #[track_caller]
    pub(crate) fn end_with_nothing_lost(self) -> Vec<Exchange> {
        let exchanges = self.end();
        let lost: Vec<_> = exchanges.iter().filter(|one| !one.is_good()).collect();
        assert!(lost.is_empty(), "{} lost: {:?}", lost.len(), lost.first());
        exchanges
    }
}

impl Exchange {
    pub(crate) fn make(port: u16, number: usize, request: &[u8]) -> Self {
        let answer = RawClient::try_connect(port)
            .ok()
            .and_then(|mut client| client.send(request).try_response().ok())
            .filter(|answer| answer.complete);
        Self {
            number,
            status: answer.as_ref().map_or(0, |answer| answer.status),
            was_held: answer
                .as_ref()
                .is_some_and(|answer| answer.field("X-Buffy-Held-Ms").is_some()),
            text: answer.map(|answer| answer.text()).unwrap_or_default(),
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
