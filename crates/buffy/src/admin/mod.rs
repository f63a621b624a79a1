//! The admin API: what Buffy is doing, for people and pipelines, and the gates' handles.
//!
//! Served on the control runtime, away from the data path, and the only user of axum. What a
//! request must bring is judged in this order: the name it comes under, its method, its token.
//! No answer ever allows another origin to read it, and nothing that is sent here is fetched.

mod access;
mod answering;
mod api;
mod control;
mod figures;
mod listener;
mod problem;
mod routes;
mod serve;
#[cfg(test)]
mod tests;
mod wire;

pub use access::Access;
pub use answering::Answering;
pub use control::{Control, ListenerState, Present};
pub use listener::{BindError, Listener, UnixSocket, bind_unix};
pub use serve::{answer, serve};
