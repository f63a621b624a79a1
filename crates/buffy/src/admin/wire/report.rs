//! What became of those who had to wait while a close stood.

use serde::Serialize;

use crate::upstream;

/// What became of those who had to wait while a close stood.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Report {
    /// Requests that had to wait, all of them.
    held: u64,
    /// Of the waits, those of requests that still wait included; right to a sixteenth.
    median_seconds: f64,
    longest_seconds: f64,
    /// Let go while the close stood: by hand, or because it did not hold them.
    sent: u64,
    timed_out: u64,
    /// Their clients left.
    left: u64,
    /// Turned away with a 503.
    refused: u64,
    /// Still held when the close was lifted.
    waiting: u64,
}

impl From<upstream::Report> for Report {
    fn from(report: upstream::Report) -> Self {
        let upstream::Report {
            held,
            median,
            longest,
            sent,
            timed_out,
            left,
            refused,
            waiting,
        } = report;
        Self {
            held,
            median_seconds: median.as_secs_f64(),
            longest_seconds: longest.as_secs_f64(),
            sent,
            timed_out,
            left,
            refused,
            waiting,
        }
    }
}
