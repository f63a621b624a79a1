//! Wiring: from a checked configuration to threads that serve, and back to nothing.

mod admin;
mod applied;
mod bind;
mod bound;
mod descriptors;
mod elder;
mod ground;
mod heirs;
mod holder;
mod inherited;
mod last;
mod life;
mod notices;
mod panics;
mod reload;
mod running;
mod site;
mod sockets;
mod source;
mod supervise;
mod threads;
mod upstreams;
mod watch;

pub use bind::BindError;
pub use bound::{StartError, admin_token_file};
pub use running::{Ended, Origin, Running, Stopper};
pub use source::{Found, Source};
