//! What answers remember from one request to the next, each session for itself: how often an
//! endpoint was asked and a response was served, the state that responses set, sequences, answers
//! that an operator pinned, and the documents of data endpoints that it changed.
//!
//! Only requests of endpoints that need it come here: an answer that looks at nothing but the
//! configuration touches no session. A session has one lock, under which a request is counted, its
//! response chosen and the response's state set, so that two requests never take the same turn.

mod clock;
mod copies;
mod name;
mod one;
mod sessions;
mod state;

#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use name::name;
pub use one::{Look, Session, Turn};
pub use sessions::Sessions;
pub use state::StateError;
