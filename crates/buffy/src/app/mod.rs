//! Wiring: from a checked configuration to threads that serve, and back to nothing.

mod admin;
mod bind;
mod bound;
mod descriptors;
mod holder;
mod life;
mod panics;
mod running;
mod site;
mod supervise;
mod threads;
mod upstreams;

pub use bind::BindError;
pub use bound::{StartError, admin_token_file};
pub use running::{Ended, Running, Stopper};
