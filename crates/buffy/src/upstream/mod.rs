//! Upstreams: the gate before each, its queue, its probes, its idle connections.

pub mod address;
mod admit;
pub mod byte_limit;
pub mod conn;
pub mod endless;
mod explain;
pub mod gate;
pub mod limits;
mod meets;
mod order;
mod outage;
pub mod place;
pub mod pool;
pub mod probe;
mod shut;
pub mod state;
mod status;
mod target;
mod token;
mod told;
pub mod weight;
mod word;

pub use admit::{Admission, Flight, Joining};
pub use explain::Explanation;
pub use gate::{Parts, Upstream};
pub use meets::{CloseTried, Meets};
pub use order::{Answer, Order, OrderError, Terms};
pub use status::UpstreamStatus;
pub use target::Target;
