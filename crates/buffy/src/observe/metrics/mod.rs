//! The figures of a running Buffy, and their text for Prometheus.
//!
//! Workers count into [`Counters`] of their own, upstreams into [`GateCounts`]; whoever asks
//! gathers [`Figures`], where the workers' are summed, and has them written as [`text()`].

mod counters;
mod figures;
mod gate_counts;
#[cfg(test)]
mod reference;
mod streams;
#[cfg(test)]
mod tests;
mod text;

pub use crate::outbox::HookFigures;
pub use counters::{Counters, NO_ENDPOINT, Outcome, Retry};
pub use figures::{Figures, ListenerFigures, ProcessFigures, UpstreamFigures};
pub use gate_counts::GateCounts;
pub use streams::StreamFigures;
pub use text::{CONTENT_TYPE, text};
