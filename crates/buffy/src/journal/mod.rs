//! The journal: what was asked of the endpoints that Buffy answers itself, and how often.
//!
//! Two things, kept apart. **Counts** per session, endpoint and response are exact, and stand until
//! they are reset: `expect` is judged by them. The **ring** shows the newest requests, as many as
//! are configured, with their heads as they came and the bodies that were taken in; what is older
//! is forgotten. Requests that are forwarded are in neither: the access log and the metrics tell of
//! those.
//!
//! Each worker writes to a shard of its own, so that its lock is met by nobody but a reader.

mod ring;
mod secret;
mod seen;
mod subject;
mod tally;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use buffy_http::RequestHead;
use serde_json::Value;
use tokio::sync::Notify;

use ring::Ring;
pub use seen::Seen;
use subject::Subjects;
pub use subject::{Named, Subject};
use tally::Tally;
pub use tally::{Count, SESSIONS_MAX};

/// Of all shards' rings together.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Those who wait for requests, at most: each keeps a connection to the admin API, of which health
/// checks and operators need some, too.
pub const WAITING_MAX: usize = 64;

/// [`WAITING_MAX`] wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyWait;

/// A request that Buffy answered itself.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// When its head was whole.
    pub arrived: Instant,
    pub peer: IpAddr,
    pub head: &'a RequestHead,
    /// Where it was taken in; the ring keeps the first 16 KiB.
    pub body: Option<&'a [u8]>,
    /// What answered it.
    pub subject: Subject,
    /// The session's id; empty: the shared one.
    pub session: &'a str,
    /// Of the answer; 0 where none is sent.
    pub status: u16,
    /// The client goes on with a stream that it had before (`Last-Event-ID`).
    pub resumes: bool,
    /// Where nothing matched: what came nearest.
    pub closest: Option<&'a Closest>,
}

/// The response that came nearest to a request that none matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Closest {
    pub endpoint: String,
    pub response: String,
    /// The first term that did not hold, as written.
    pub failed: String,
    /// What the request has there.
    pub got: Value,
}

/// Which of the kept requests are meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    pub endpoint: Option<&'a str>,
    /// An empty id is the shared session's.
    pub session: Option<&'a str>,
    /// Only those that nothing matched.
    pub unmatched: bool,
}

/// What was asked of the endpoints that Buffy answers itself.
#[derive(Debug)]
pub struct Journal {
    shards: Box<[Mutex<Shard>]>,
    subjects: Subjects,
    /// Entries of the ring at most; 0: none are kept.
    entries_max: AtomicUsize,
    /// Those who wait for a request.
    waiting: AtomicUsize,
    told: Notify,
}

/// One worker's part.
#[derive(Debug)]
struct Shard {
    ring: Ring,
    tally: Tally,
}

impl Journal {
    /// For so many workers, keeping `entries_max` requests.
    pub fn new(workers: usize, entries_max: usize) -> Self {
        let bytes_max = BYTES_MAX / workers.max(1);
        let shard = || {
            Mutex::new(Shard {
                ring: Ring::new(bytes_max),
                tally: Tally::default(),
            })
        };
        Self {
            shards: (0..workers).map(|_| shard()).collect(),
            subjects: Subjects::default(),
            entries_max: AtomicUsize::new(entries_max),
            waiting: AtomicUsize::new(0),
            told: Notify::new(),
        }
    }

    /// Takes a request down. It is called before a byte of the answer is written: whoever has an
    /// answer finds the request here.
    pub fn record(&self, worker: usize, entry: &Entry<'_>) {
        let Some(shard) = self.shards.get(worker) else {
            debug_assert!(false, "there is a shard for each worker");
            return;
        };
        let entries_max = self.entries_max.load(Ordering::Relaxed);
        let mut shard = lock(shard);
        shard
            .tally
            .count(entry.subject, entry.session, entry.resumes);
        shard.ring.push(entry, entries_max);
        drop(shard);
        // Who waits has said so before he looked at the shard, and has looked before or will after.
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.told.notify_waiters();
        }
    }

    /// The number under which a response of an endpoint is counted, the same for as long as the
    /// process lives. An empty `response` stands for requests that none of the endpoint's responses
    /// was for.
    pub fn subject(&self, endpoint: &str, response: &str) -> Subject {
        self.subjects.of(endpoint, response)
    }

    /// So many are kept from now on.
    pub fn set_entries_max(&self, entries_max: usize) {
        self.entries_max.store(entries_max, Ordering::Relaxed);
        for shard in &self.shards {
            lock(shard).ring.keep(entries_max);
        }
    }

    /// The newest `limit` of the kept requests that are meant, newest first. Secrets are hidden.
    pub fn newest(&self, filter: &Filter<'_>, limit: usize) -> Vec<Seen> {
        let names = self.subjects.all();
        let limit = limit.min(self.entries_max.load(Ordering::Relaxed));
        let mut found = Vec::new();
        for shard in &self.shards {
            lock(shard).ring.newest(limit, filter, &names, &mut found);
        }
        found.sort_by_key(|kept| std::cmp::Reverse(kept.arrived()));
        found.truncate(limit);
        found.into_iter().map(|kept| kept.show(&names)).collect()
    }

    /// How often each response was the answer, to one session (an empty id is the shared one) or
    /// to all. Those that never were are left out.
    pub fn counts(&self, session: Option<&str>) -> Vec<(Named, Count)> {
        let mut sum = vec![Count::default(); self.subjects.len()];
        for shard in &self.shards {
            lock(shard).tally.add_to(&mut sum, session);
        }
        let names = self.subjects.all();
        let counted = names.into_iter().zip(sum);
        counted.filter(|(_, count)| count.requests > 0).collect()
    }

    /// Returns when `met` holds, which is looked at now and after each request that is recorded;
    /// at once where too many wait already.
    pub async fn until(&self, met: impl Fn() -> bool) -> Result<(), TooManyWait> {
        let _waiting = Waiting::at(&self.waiting).ok_or(TooManyWait)?;
        loop {
            let told = self.told.notified();
            if met() {
                return Ok(());
            }
            told.await;
        }
    }

    /// Forgets what was asked in a session (an empty id is the shared one), or in all.
    pub fn reset(&self, session: Option<&str>) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.tally.reset(session);
            shard.ring.forget(session);
        }
    }

    /// Sessions of which the counts were forgotten, because too many others came.
    pub fn sessions_forgotten(&self) -> u64 {
        let forgotten = self
            .shards
            .iter()
            .map(|shard| lock(shard).tally.forgotten());
        forgotten.sum()
    }
}

/// Somebody waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn at(count: &'a AtomicUsize) -> Option<Self> {
        // Given back when it is dropped, also where it was one too many.
        let waiting = Self(count);
        (count.fetch_add(1, Ordering::SeqCst) < WAITING_MAX).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A panic while it was held leaves counts that still count.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
