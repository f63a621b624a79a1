//! One worker: a thread, its runtime, and what its connections share without a lock.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use buffy_core::facts::Facts;
use buffy_http::{RequestHead, ResponseHead};

use super::process::Process;
use super::roll::Roll;
use super::serving::Serving;
use super::site::Site;
use crate::clock;
use crate::plugin::Asked;
use crate::upstream::cut;

/// What is read from a socket goes here first; only what must be kept is copied out.
const SCRATCH_BYTES: usize = 64 * 1024;
/// Heads kept for the next request.
const SPARE_HEADS: usize = 128;
/// A head that grew larger is not kept.
const SPARE_HEAD_BYTES: usize = 4096;

/// What the connections of one thread share.
pub struct Worker {
    pub index: usize,
    pub process: Arc<Process>,
    /// Swapped by a reload; borrowed like `scratch`. Whoever is held looks for his route anew.
    serving: RefCell<Rc<Serving>>,
    /// Borrowed within one poll, never across an await.
    pub scratch: RefCell<Box<[u8]>>,
    /// What is about to be written; borrowed like `scratch`.
    pub out: RefCell<Vec<u8>>,
    /// Fields that are added to an answer; borrowed like `scratch`.
    pub more: RefCell<Vec<u8>>,
    #[expect(
        clippy::vec_box,
        reason = "a head moves through a request by its pointer"
    )]
    requests: RefCell<Vec<Box<RequestHead>>>,
    #[expect(clippy::vec_box, reason = "as above")]
    responses: RefCell<Vec<Box<ResponseHead>>>,
    date: RefCell<Date>,
    wall: Cell<Wall>,
    /// The last reading of the clock, by whichever connection.
    recent: Cell<Instant>,
    ids: Ids,
    busy: Rc<Requests>,
    /// Looked at with every sweep.
    pub(super) roll: Rc<Roll>,
    /// The orders to cut off that it has seen.
    cuts: Cell<u64>,
}

/// How many requests are under way, and who waits for none to be.
#[derive(Default)]
struct Requests {
    count: Cell<usize>,
    none: tokio::sync::Notify,
    /// Somebody waits for none: only then is he told.
    awaited: Cell<bool>,
}

/// A request under way; not counted any more when dropped.
pub(super) struct Busy(Rc<Requests>);

impl Drop for Busy {
    fn drop(&mut self) {
        let left = self.0.count.get().saturating_sub(1);
        self.0.count.set(left);
        if left == 0 && self.0.awaited.get() {
            self.0.none.notify_one();
        }
    }
}

impl Worker {
    pub fn new(index: usize, site: Arc<Site>) -> Self {
        let process = Arc::clone(&site.process);
        Self {
            index,
            scratch: RefCell::new(vec![0; SCRATCH_BYTES].into_boxed_slice()),
            out: RefCell::default(),
            more: RefCell::default(),
            busy: Rc::default(),
            roll: Rc::default(),
            cuts: Cell::new(cut::orders()),
            requests: RefCell::default(),
            responses: RefCell::default(),
            date: RefCell::default(),
            wall: Cell::new(Wall::now()),
            recent: Cell::new(Instant::now()),
            ids: Ids::new(process.id, index),
            serving: RefCell::new(Rc::new(Serving::new(site, index, None))),
            process,
        }
    }

    /// What is served now. A request asks once, when its head is routed, and again when it is
    /// released.
    pub(super) fn serving(&self) -> Rc<Serving> {
        Rc::clone(&self.serving.borrow())
    }

    /// What a source is asked where nothing is taken of a request but its line and connection: not
    /// whose it is, either.
    pub(super) fn asked_by_line<'a>(&'a self, site: &'a Site, facts: &'a Facts<'a>) -> Asked<'a> {
        let answering = &self.process.answering;
        Asked {
            facts,
            rest: &[],
            session: answering.sessions.shared(),
            clock: &answering.clock,
            held: &site.held,
            head_only: facts.method == "HEAD",
            folder: &site.folder,
        }
    }

    /// This is what is served now.
    pub(super) fn serves(&self, serving: &Serving) -> bool {
        std::ptr::eq(self.serving.borrow().as_ref(), serving)
    }

    /// Serves another site from now on: requests that come, and those that are released.
    pub fn serve(&self, site: Arc<Site>) {
        let next = Rc::new(Serving::new(site, self.index, Some(&self.serving())));
        let before = self.serving.replace(Rc::clone(&next));
        before.retire(&next);
        self.roll.wake();
    }

    /// Wakes all its connections when nothing is held any more.
    pub async fn holding_ended(&self) {
        self.process.stopping.holding_ended().await;
        self.roll.wake();
    }

    /// A head to parse into, used before or new.
    pub(super) fn request_head(&self) -> Box<RequestHead> {
        self.requests.borrow_mut().pop().unwrap_or_default()
    }

    /// Keeps a head for the next request.
    pub(super) fn spare_request(&self, head: Box<RequestHead>) {
        let mut spare = self.requests.borrow_mut();
        if spare.len() < SPARE_HEADS && head.heap_bytes() <= SPARE_HEAD_BYTES {
            spare.push(head);
        }
    }

    #[expect(clippy::unnecessary_box_returns, reason = "it is kept boxed")]
    pub(super) fn response_head(&self) -> Box<ResponseHead> {
        self.responses.borrow_mut().pop().unwrap_or_default()
    }

    pub(super) fn spare_response(&self, head: Box<ResponseHead>) {
        let mut spare = self.responses.borrow_mut();
        if spare.len() < SPARE_HEADS && head.heap_bytes() <= SPARE_HEAD_BYTES {
            spare.push(head);
        }
    }

    /// Puts these bytes, and nothing else, where what is about to be written is.
    pub(super) fn write_out(&self, bytes: &[u8]) {
        let mut out = self.out.borrow_mut();
        out.clear();
        out.extend_from_slice(bytes);
    }

    /// Counted until dropped: a worker that stops waits for it.
    pub(super) fn busy(&self) -> Busy {
        self.busy.count.set(self.busy.count.get() + 1);
        Busy(Rc::clone(&self.busy))
    }

    /// No request is under way.
    pub fn is_idle(&self) -> bool {
        self.busy.count.get() == 0
    }

    /// Returns when no request is under way.
    pub async fn idle(&self) {
        self.busy.awaited.set(true);
        while !self.is_idle() {
            self.busy.none.notified().await;
        }
    }

    /// A new request id, unique in this process and beyond.
    pub(super) fn request_id(&self) -> u128 {
        self.ids.next()
    }

    /// A number that differs from call to call, for jitter; not for secrets.
    pub(super) fn dice(&self) -> u64 {
        self.ids.dice()
    }

    /// Appends the `Date` field of now (RFC 9110 §6.6.1); formatted once a second.
    pub(super) fn write_date(&self, now: Instant, out: &mut Vec<u8>) {
        let mut date = self.date.borrow_mut();
        date.refresh(now);
        out.extend_from_slice(&date.line);
    }

    /// Reads the clock.
    pub(super) fn now(&self) -> Instant {
        let now = Instant::now();
        self.recent.set(now);
        now
    }

    /// The last reading of the clock, no older than a sweep: good enough for a deadline.
    pub(super) fn recent(&self) -> Instant {
        self.recent.get()
    }

    /// Milliseconds since the Unix epoch at an instant: from a reading that is renewed with every
    /// sweep, so that it costs no reading of its own.
    pub(super) fn unix_ms(&self, at: Instant) -> u64 {
        self.wall.get().unix_ms(at)
    }

    /// Drops idle connections that are too old; what grew for a large answer is given back.
    pub fn sweep(&self) {
        let now = self.now();
        self.wall.set(Wall::now());
        self.serving.borrow().sweep(now);
        let cuts = cut::orders();
        if self.cuts.replace(cuts) != cuts {
            self.roll.wake();
        }
        let mut out = self.out.borrow_mut();
        if out.capacity() > 4 * SCRATCH_BYTES {
            *out = Vec::new();
        }
    }
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug)]
struct Wall {
    at: Instant,
    unix_ms: u64,
}

impl Wall {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            unix_ms: clock::unix_ms(),
        }
    }

    fn unix_ms(self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.at).as_millis();
        self.unix_ms + u64::try_from(since).unwrap_or(0)
    }
}

/// The `Date` line of the current second.
#[derive(Debug, Default)]
struct Date {
    line: Vec<u8>,
    until: Option<Instant>,
}

impl Date {
    fn refresh(&mut self, now: Instant) {
        if self.until.is_some_and(|until| now < until) {
            return;
        }
        let wall = jiff::Timestamp::now();
        let left = 1_000_000_000 - u64::try_from(wall.subsec_nanosecond()).unwrap_or(0);
        self.until = Some(now + std::time::Duration::from_nanos(left.min(1_000_000_000)));
        let text = wall.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        self.line.clear();
        buffy_http::write::field(&mut self.line, b"Date", text.as_bytes());
    }
}

/// Request ids: a part for the process and worker, and a count, mixed so that none looks like its
/// neighbour.
#[derive(Debug)]
struct Ids {
    seed: u64,
    count: Cell<u64>,
}

impl Ids {
    fn new(process_id: u64, worker: usize) -> Self {
        Self {
            seed: mix(process_id ^ (worker as u64) << 48),
            count: Cell::new(0),
        }
    }

    fn dice(&self) -> u64 {
        let count = self.count.get() + 1;
        self.count.set(count);
        mix(self.seed.wrapping_add(count))
    }

    fn next(&self) -> u128 {
        u128::from(self.seed) << 64 | u128::from(self.dice())
    }
}

/// One step of `SplitMix64` (Steele, Lea, Flood 2014): a permutation of 64-bit numbers.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
