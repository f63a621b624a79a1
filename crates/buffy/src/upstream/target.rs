//! One address of an upstream, and what is known of whoever answers there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use buffy_core::config;
use buffy_http::Version;
use tokio::sync::Notify;

use super::address::Addresses;

/// One address of an upstream; all workers and its prober share it.
#[derive(Debug)]
pub struct Target {
    pub settings: config::Target,
    pub addresses: Addresses,
    /// `http://authority`, which `Location` is cleared of.
    pub origin: String,
    epoch: AtomicU32,
    speaks_http10: AtomicBool,
    /// Told when it is to be probed at once.
    pub(super) probe_now: Arc<Notify>,
}

impl Target {
    pub fn new(settings: config::Target, addresses: Addresses) -> Self {
        Self {
            origin: format!("http://{}", settings.authority),
            settings,
            addresses,
            epoch: AtomicU32::new(0),
            speaks_http10: AtomicBool::new(false),
            probe_now: Arc::default(),
        }
    }

    /// Raised when idle connections to it must be thrown away.
    pub fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// No connection that was made before is used again.
    pub(super) fn flush(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Its last answer was of HTTP/1.0: it takes no chunks.
    pub fn speaks_http10(&self) -> bool {
        self.speaks_http10.load(Ordering::Relaxed)
    }

    /// An answer of this version begins.
    pub fn note_version(&self, version: Version) {
        let http10 = version == Version::Http10;
        if self.speaks_http10() != http10 {
            self.speaks_http10.store(http10, Ordering::Relaxed);
        }
    }
}
