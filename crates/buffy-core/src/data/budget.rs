//! How much the documents that were written may take, in all sessions of an endpoint together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that may still be taken; every copy of it draws on the same ones.
#[derive(Clone, Debug)]
pub struct Budget {
    taken: Arc<AtomicUsize>,
    bytes_max: usize,
}

impl Budget {
    /// One of so many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            taken: Arc::default(),
            bytes_max,
        }
    }

    /// Bytes that are taken now.
    pub fn bytes(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Takes bytes, which come back when the share is dropped; None where too few are left.
    pub(super) fn take(&self, bytes: usize) -> Option<Share> {
        let fits = |taken: usize| {
            let sum = taken.checked_add(bytes)?;
            (sum <= self.bytes_max).then_some(sum)
        };
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .ok()?;
        Some(Share {
            taken: Arc::clone(&self.taken),
            bytes,
        })
    }
}

/// Bytes of a budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    taken: Arc<AtomicUsize>,
    bytes: usize,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
