//! What one worker counts: plain stores on lines of its own, summed by whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The endpoint of a request that none matched.
pub const NO_ENDPOINT: usize = usize::MAX;

/// How a request ended, as the client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Passed at once, and answered by the upstream.
    Forwarded,
    /// Waited, was released, and was answered by the upstream.
    HeldReleased,
    /// Answered from the configuration.
    Replied,
    /// Waited until its deadline.
    HitTimeout,
    /// Found no place.
    HitMaxQueue,
    /// `bypass`, and the gate was not open.
    Closed,
    /// An operator's stop stood.
    Stopped,
    /// Sent, and the connection was lost.
    UpstreamError,
    /// Sent, and not answered in time.
    UpstreamTimeout,
    /// The client left first.
    ClientGone,
    /// Turned away by Buffy itself: a 4xx or 501 of its own.
    Refused,
}

impl Outcome {
    /// Every outcome, in the order of the figures.
    pub const ALL: [Self; 11] = [
        Self::Forwarded,
        Self::HeldReleased,
        Self::Replied,
        Self::HitTimeout,
        Self::HitMaxQueue,
        Self::Closed,
        Self::Stopped,
        Self::UpstreamError,
        Self::UpstreamTimeout,
        Self::ClientGone,
        Self::Refused,
    ];

    /// The outcome's name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::HeldReleased => "held_released",
            Self::Replied => "replied",
            Self::HitTimeout => "hit_timeout",
            Self::HitMaxQueue => "hit_max_queue",
            Self::Closed => "closed",
            Self::Stopped => "stopped",
            Self::UpstreamError => "upstream_error",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::ClientGone => "client_gone",
            Self::Refused => "refused",
        }
    }
}

/// Why a request was tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Provably not sent: back to its place.
    NotSent,
    /// Sent, the connection lost, and repeatable.
    Repeated,
    /// Answered by a status at which the endpoint holds again.
    HeldOn,
}

impl Retry {
    /// Every class, in the order of the figures.
    pub const ALL: [Self; 3] = [Self::NotSent, Self::Repeated, Self::HeldOn];

    /// The class's name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Repeated => "repeated",
            Self::HeldOn => "held_on",
        }
    }
}

/// The names of the code classes: the hundreds of a status code, 0 where none was sent.
pub(super) const CODE_CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Upper bounds of the hold durations' buckets, in milliseconds; what is longer is in one more.
pub(super) const HOLD_BOUNDS_MS: [u64; 14] = [
    1, 5, 25, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 30_000, 60_000, 300_000,
];

const OUTCOMES: usize = Outcome::ALL.len();
const CLASSES: usize = CODE_CLASSES.len();
const BUCKETS: usize = HOLD_BOUNDS_MS.len() + 1;

/// The counters of one worker.
///
/// Only that worker writes, so that counting is a load and a store without a bus lock; anybody
/// reads. A second writer would lose counts, nothing else.
#[derive(Debug)]
pub struct Counters {
    endpoints: Box<[Arc<Requests>]>,
    unmatched: Arc<Requests>,
    holds: Arc<Holds>,
}

impl Counters {
    /// Counters at zero, for so many endpoints.
    pub fn new(endpoints: usize) -> Self {
        Self {
            endpoints: (0..endpoints).map(|_| Arc::default()).collect(),
            unmatched: Arc::default(),
            holds: Arc::default(),
        }
    }

    /// Counters for another configuration's endpoints, which count on: each begins with the counts
    /// of the index it had in this one, or at zero where it is new.
    #[must_use]
    pub fn next(&self, was: &[Option<usize>]) -> Self {
        let counted = was.iter().map(|index| {
            let known = index.and_then(|index| self.endpoints.get(index));
            known.map_or_else(Arc::default, Arc::clone)
        });
        Self {
            endpoints: counted.collect(),
            unmatched: Arc::clone(&self.unmatched),
            holds: Arc::clone(&self.holds),
        }
    }

    /// Counts a request that has ended: by the index of its endpoint ([`NO_ENDPOINT`] where none
    /// matched), by how it ended, and by the status code that was sent (0: none).
    pub fn request(&self, endpoint: usize, outcome: Outcome, code: u16) {
        let requests = self.endpoints.get(endpoint).unwrap_or(&self.unmatched);
        if let Some(cell) = requests.cell(outcome, usize::from(code / 100)) {
            cell.add(1);
        }
    }

    /// Counts a hold that is over: how long it was, and how its request ended.
    pub fn held(&self, outcome: Outcome, waited: Duration) {
        let Some(hold) = self.holds.outcomes.get(outcome as usize) else {
            return;
        };
        let bucket = HOLD_BOUNDS_MS
            .iter()
            .position(|&bound| waited <= Duration::from_millis(bound))
            .unwrap_or(HOLD_BOUNDS_MS.len());
        if let Some(cell) = hold.buckets.get(bucket) {
            cell.add(1);
        }
        hold.nanos
            .add(u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Counts a request that is tried again.
    pub fn retried(&self, class: Retry) {
        if let Some(cell) = self.holds.retries.get(class as usize) {
            cell.add(1);
        }
    }

    /// Requests of an endpoint that ended so.
    pub(super) fn requests(&self, endpoint: usize, outcome: Outcome, class: usize) -> u64 {
        let requests = self.endpoints.get(endpoint).unwrap_or(&self.unmatched);
        requests.cell(outcome, class).map_or(0, Cell::get)
    }

    /// Adds the holds that ended so to a sum.
    pub(super) fn add_holds(&self, outcome: Outcome, sum: &mut HoldSum) {
        let Some(hold) = self.holds.outcomes.get(outcome as usize) else {
            return;
        };
        for (total, cell) in sum.buckets.iter_mut().zip(&hold.buckets) {
            *total += cell.get();
        }
        sum.nanos = sum.nanos.saturating_add(hold.nanos.get());
    }

    /// Requests tried again for this cause.
    pub(super) fn retries(&self, class: Retry) -> u64 {
        self.holds.retries.get(class as usize).map_or(0, Cell::get)
    }
}

/// Hold durations of several workers, summed; not cumulative.
#[derive(Debug, Default)]
pub(super) struct HoldSum {
    pub(super) buckets: [u64; BUCKETS],
    pub(super) nanos: u64,
}

/// One endpoint's requests; on cache lines of its own (two are fetched at a time).
#[derive(Debug)]
#[repr(align(128))]
struct Requests([Cell; OUTCOMES * CLASSES]);

impl Requests {
    fn cell(&self, outcome: Outcome, class: usize) -> Option<&Cell> {
        let class = if class < CLASSES { class } else { 0 };
        self.0.get(outcome as usize * CLASSES + class)
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Cell::default()))
    }
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Holds {
    outcomes: [Hold; OUTCOMES],
    retries: [Cell; Retry::ALL.len()],
}

#[derive(Debug, Default)]
struct Hold {
    buckets: [Cell; BUCKETS],
    nanos: Cell,
}

#[derive(Debug, Default)]
struct Cell(AtomicU64);

impl Cell {
    fn add(&self, more: u64) {
        self.0.store(
            self.0.load(Ordering::Relaxed).wrapping_add(more),
            Ordering::Relaxed,
        );
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
