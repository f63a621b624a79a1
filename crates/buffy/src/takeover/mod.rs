//! One Buffy takes over from another: what they say to each other over the control socket.
//!
//! The one that comes (the heir) asks, the one that runs (the elder) answers, one after the other.
//! First come the listening sockets, then the operators' state with the lock on its folder, and
//! with *ready* the elder accepts no more. Until he leaves he answers for what he still holds: the
//! heir passes on what operators say, lets go or turn away, and hears what is left.

mod elder;
#[cfg(test)]
mod tests;
mod wire;

pub use elder::{Elder, Given, TakeOverError};
pub use wire::{Ask, Left, NamedSocket, Told, is_there, receive, send};

/// In the folder of the operators' state.
pub const CONTROL_SOCKET: &str = "control.sock";
/// Both speak the same, or nothing is taken over.
pub const VERSION: u32 = 1;
