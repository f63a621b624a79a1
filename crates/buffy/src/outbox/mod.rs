//! What happens, handed over to those who tell of it, without waiting and without knowing them.
//!
//! The queues are bounded; what finds no room is counted in a hook's tally. `notify` empties them.

mod connection;
mod event;
mod tally;

pub use connection::{ConnectionSender, Entry, HOOK};
pub use event::{EventSender, Tallies};
pub use tally::{HookFigures, Tally};
