//! What an upstream was told, and what it saw.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};

use crate::message::values;
use crate::reply::Reply;

/// A request as the upstream read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Which connection it came on, counted from 0.
    pub connection: usize,
    pub method: String,
    pub target: String,
    /// `HTTP/1.1`.
    pub version: String,
    /// In order, names and values as they came.
    pub fields: Vec<(String, String)>,
    /// What of its body came so far.
    pub body: Vec<u8>,
    pub trailers: Vec<(String, String)>,
    /// Whether it came whole.
    pub whole: bool,
    pub fate: Fate,
    /// Whether it was for a status page.
    pub(crate) quiet: bool,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    UnderWay,
    /// The last bytes of its answer are sent, or about to be.
    Answered,
    /// Its connection ended, by either side, before its script did.
    Gone,
}

impl Received {
    /// The first field of this name, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    /// All values of a field, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        values(&self.fields, name)
    }

    /// The client's own mark: the field `X-Id`.
    pub fn id(&self) -> &str {
        self.field("x-id").unwrap_or_default()
    }

    /// Whether its body came in chunks.
    pub fn is_chunked(&self) -> bool {
        self.field("transfer-encoding").is_some()
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// What all parts of one upstream share.
#[derive(Debug)]
pub(crate) struct Shared {
    book: Mutex<Book>,
    pub(crate) paused: watch::Sender<bool>,
    pub(crate) told: Semaphore,
    pub(crate) close_idle: watch::Sender<u64>,
    pub(crate) kill: watch::Sender<u64>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            book: Mutex::default(),
            paused: watch::channel(false).0,
            told: Semaphore::new(0),
            close_idle: watch::channel(0).0,
            kill: watch::channel(0).0,
        }
    }
}

impl Shared {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) replies: HashMap<String, Reply>,
    pub(crate) next: VecDeque<Reply>,
    pub(crate) otherwise: Reply,
    pub(crate) quiet: HashSet<String>,
    pub(crate) received: Vec<Received>,
    pub(crate) malformed: Vec<String>,
    /// Connections are closed as soon as they are accepted.
    pub(crate) hangs_up: bool,
    pub(crate) connections: usize,
    pub(crate) open: usize,
    /// Places of the requests that are no status pages and not answered yet.
    pub(crate) under_way: HashSet<usize>,
    pub(crate) peak: usize,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            replies: HashMap::new(),
            next: VecDeque::new(),
            otherwise: Reply::echo(),
            quiet: HashSet::new(),
            received: Vec::new(),
            malformed: Vec::new(),
            hangs_up: false,
            connections: 0,
            open: 0,
            under_way: HashSet::new(),
            peak: 0,
        }
    }
}

impl Book {
    /// Counts a connection: its number, unless it is to be closed at once.
    pub(crate) fn connected(&mut self) -> Option<usize> {
        let number = self.connections;
        self.connections += 1;
        self.open += usize::from(!self.hangs_up);
        (!self.hangs_up).then_some(number)
    }

    /// Writes a request down, and says what is to be done with it and where it stands.
    pub(crate) fn enter(&mut self, mut received: Received) -> (usize, Reply) {
        received.quiet = self.quiet.contains(received.path());
        let next = if received.quiet {
            None
        } else {
            self.next.pop_front()
        };
        let told = self.replies.get(received.path());
        let reply = next
            .or_else(|| told.cloned())
            .unwrap_or_else(|| self.otherwise.clone());
        let place = self.received.len();
        if !received.quiet {
            self.under_way.insert(place);
            self.peak = self.peak.max(self.under_way.len());
        }
        self.received.push(received);
        (place, reply)
    }

    /// Notes that the last bytes of an answer are about to be sent: whoever has read them finds
    /// the request no longer under way.
    pub(crate) fn answer(&mut self, place: usize) {
        self.at(place).fate = Fate::Answered;
        self.under_way.remove(&place);
    }

    /// Notes that the connection ended before the script did.
    pub(crate) fn lose(&mut self, place: usize) {
        self.at(place).fate = Fate::Gone;
        self.under_way.remove(&place);
    }

    pub(crate) fn at(&mut self, place: usize) -> &mut Received {
        self.received
            .get_mut(place)
            .expect("a request that was entered stays")
    }
}
