//! What others may see of a running Buffy: its figures.

pub mod log;
pub mod metrics;
