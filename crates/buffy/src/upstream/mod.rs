//! Upstreams: the gate before each, its queue, its probes, its idle connections.

pub mod address;
pub mod conn;
pub mod gate;
pub mod limits;
mod outage;
pub mod place;
pub mod pool;
pub mod probe;
mod shut;
pub mod state;
mod status;
mod word;

pub use gate::{Admission, Answer, Flight, Joining, Order, Upstream};
pub use status::UpstreamStatus;
