//! Idle connections of one worker to one target: the most recent first.

use std::time::{Duration, Instant};

use super::conn::Conn;

/// A request that may not be repeated uses a connection only if it was idle for less.
const FRESH_FOR_UNREPEATABLE: Duration = Duration::from_secs(1);

/// What waits to be used again; the last one in is the first one out.
#[derive(Debug, Default)]
pub struct Pool {
    idle: Vec<Idle>,
    /// Of the upstream, when these were kept.
    epoch: u32,
    closed: bool,
}

#[derive(Debug)]
struct Idle {
    conn: Conn,
    since: Instant,
    /// From here on the target may have closed it.
    until: Instant,
}

impl Pool {
    /// A connection that is still good, as far as can be seen.
    ///
    /// `repeatable` requests take one on its word; others only a young one that was looked at.
    pub fn take(&mut self, epoch: u32, now: Instant, repeatable: bool) -> Option<Conn> {
        self.keep_epoch(epoch);
        while let Some(mut idle) = self.idle.pop() {
            if now >= idle.until {
                // Those below are older still, but may have been promised longer: the sweep looks.
                continue;
            }
            let age = now.saturating_duration_since(idle.since);
            if !repeatable && age >= FRESH_FOR_UNREPEATABLE {
                self.idle.push(idle);
                return None;
            }
            let good = if repeatable {
                idle.conn.seems_idle()
            } else {
                idle.conn.is_idle()
            };
            if good {
                return Some(idle.conn);
            }
        }
        None
    }

    /// Keeps a connection, unless the target went away since it was made.
    pub fn put(&mut self, conn: Conn, epoch: u32, now: Instant, keep: Duration, max: usize) {
        self.keep_epoch(epoch);
        if !self.closed && conn.epoch() == epoch && self.idle.len() < max && !keep.is_zero() {
            self.idle.push(Idle {
                conn,
                since: now,
                until: now + keep,
            });
        }
    }

    /// Drops what is too old, closed by the target, or of an older epoch.
    pub fn sweep(&mut self, epoch: u32, now: Instant) {
        self.keep_epoch(epoch);
        self.idle
            .retain_mut(|idle| now < idle.until && idle.conn.seems_idle());
        if self.idle.is_empty() {
            self.idle = Vec::new();
        }
    }

    /// Keeps nothing from now on.
    pub fn close(&mut self) {
        self.closed = true;
        self.idle = Vec::new();
    }

    pub fn len(&self) -> usize {
        self.idle.len()
    }

    pub fn is_empty(&self) -> bool {
        self.idle.is_empty()
    }

    fn keep_epoch(&mut self, epoch: u32) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.idle.clear();
        }
    }
}
