//! Streaming: a response that carries a stream.
//!
//! A [`Hub`] knows the open streams of an endpoint, for what is pushed to them.

pub use hub::{Hub, HubCounts, Hubs, Seat};

mod hub;
