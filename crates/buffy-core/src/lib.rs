//! What is true: configuration, routes, rules, gates and queues.
//!
//! Nothing here reads a clock, a file, a socket or the environment: the caller brings them.
//! What happens (tasks, connections, timers) is the `buffy` crate's.

pub mod config;
pub mod data;
pub mod delay;
pub mod dice;
pub mod event;
pub mod facts;
pub mod gate;
pub mod moment;
pub mod queue;
pub mod record;
pub mod release;
pub mod reply;
pub mod route;
pub mod rule;
pub mod stream;
pub mod template;
