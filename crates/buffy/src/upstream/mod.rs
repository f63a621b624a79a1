//! Upstreams: the gate before each, its queue, its probes, its idle connections.

pub mod address;
mod admit;
pub mod byte_limit;
pub mod conn;
pub mod endless;
mod explain;
mod flight;
pub mod gate;
mod inflight;
pub mod limits;
mod meets;
mod order;
mod outage;
pub mod place;
pub mod pool;
pub mod probe;
mod settle;
mod shut;
mod slots;
pub mod state;
mod status;
mod target;
mod token;
mod told;
mod wait;
pub mod weight;
mod word;

pub use admit::{Admission, Joining};
pub use explain::Explanation;
pub use flight::Flight;
pub use gate::{Parts, Upstream};
pub use meets::{CloseTried, Meets};
pub use order::{Answer, Order, OrderError, Terms};
pub use status::UpstreamStatus;
pub use target::Target;
