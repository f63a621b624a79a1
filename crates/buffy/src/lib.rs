//! Buffy: a backend proxy for CI/CD as a buffer. What happens: sockets, tasks, time, files.
//!
//! What is true (configuration, rules, gates, queues) is `buffy-core`'s.

pub mod admin;
pub mod app;
pub mod bypass;
pub mod calls;
pub mod cli;
pub mod client;
pub mod clock;
pub mod journal;
pub mod notify;
pub mod observe;
pub mod outbox;
pub mod permits;
pub mod plugin;
pub mod proxy;
mod random;
pub mod reload;
pub mod session;
pub mod spill;
pub mod takeover;
pub mod tasks;
pub mod upstream;
