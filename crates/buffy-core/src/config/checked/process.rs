//! What holds for the whole process.

use std::time::Duration;

use super::Content;

/// Limits of the whole process.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Held requests: 10,000, or the largest `max_queue` written (a default never undercuts it).
    pub held: usize,
    /// Bytes of the heads of held requests; 256 MiB.
    pub held_heads: u64,
    /// Bytes of the bodies of held requests in memory; 64 MiB. Past them bodies go to a file.
    pub held_memory: u64,
    /// Bytes of the bodies of held requests in files; 1 GiB. Past them no more is read.
    pub held_spill: u64,
    /// Bytes of a request's head; 64 KiB (431).
    pub header_bytes: usize,
    /// Bytes of a request's target; 8 KiB (414).
    pub target_bytes: usize,
    /// Fields of a request's head; 128 (431).
    pub fields: usize,
    /// From a head's first byte to its last; 10 s (408).
    pub header_timeout: Duration,
    /// A client's connection without a request; 75 s.
    pub keep_alive: Duration,
}

/// The answer where no endpoint matches; the seed's is 501.
#[derive(Clone, Debug, PartialEq)]
pub struct NoEndpoint {
    pub return_code: u16,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    pub format: LogFormat,
    /// One line per request; off by default.
    pub access: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, else JSON.
    Auto,
    Json,
    Human,
}

/// How Buffy stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Shutdown {
    /// Between readiness failing and listeners closing; 0 s.
    pub delay: Duration,
    /// How long held requests may go on waiting; 60 s.
    pub hold: Duration,
    /// How long requests in flight may go on; 30 s.
    pub grace: Duration,
}
