//! HTTP/1.1 heads and framing, strict: bytes in, decisions out. No socket, no clock, no async.
//!
//! A head is kept as its bytes plus an index, so that what came is passed on as it came: order,
//! case and duplicates of fields included. What two readers could frame differently is refused;
//! the sections cited are of RFC 9112 unless another RFC is named. `docs/http.md` tells users
//! what is refused and why.
//!
//! This crate decides what the bytes mean. It does not decide what is done about it: routing,
//! rewriting, retrying and timing out belong to its callers.

mod chunked;
mod connection;
mod fault;
mod field;
mod framing;
mod host;
mod lines;
mod meaning;
mod request;
mod response;
mod trailer;
pub mod write;

pub use chunked::ChunkedDecoder;
pub use fault::{BodyError, HeadError};
pub use field::{Field, Known};
pub use framing::{Framing, ResponseFraming};
pub use request::RequestHead;
pub use response::ResponseHead;
pub use trailer::Trailer;

/// How much of a head is taken before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The whole head, from its first line to its empty line, in bytes. Past it: 431.
    pub head_bytes: usize,
    /// The request target, in bytes. Past it: 414.
    pub target_bytes: usize,
    /// How many fields a head may have. Past it: 431.
    pub fields: usize,
}

impl Limits {
    /// What holds where the configuration says nothing.
    pub const DEFAULT: Self = Self {
        head_bytes: 64 * 1024,
        target_bytes: 8 * 1024,
        fields: 128,
    };
}

/// The version that a message names; no other is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    Http10,
    #[default]
    Http11,
}
