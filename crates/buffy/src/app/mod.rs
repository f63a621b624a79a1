//! Wiring: from a checked configuration to threads that serve, and back to nothing.

mod bind;
mod build;
mod descriptors;
mod holder;
mod panics;
mod running;
mod supervise;

pub use bind::BindError;
pub use build::StartError;
pub use running::{Ended, Running, Stopper};
