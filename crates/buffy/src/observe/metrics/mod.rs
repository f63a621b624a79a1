//! The figures of a running Buffy, and their text for Prometheus.
//!
//! Workers count into [`Counters`] of their own; whoever asks sums them.

mod counters;

pub use counters::{Counters, NO_ENDPOINT, Outcome, Retry};
