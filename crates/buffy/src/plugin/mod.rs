//! What an answer is made by: kinds of content of a response, and kinds of data endpoints.
//!
//! A plugin is a file below this folder and a name in [`BODIES`] or [`ENDPOINTS`]. It makes
//! [`Source`]s at load, and a source makes an [`Answer`] of a request. The data path drives what
//! came of it (it writes heads, frames, sends files, notices who leaves); a plugin knows neither
//! sockets nor workers.

mod answer;
mod collections;
pub mod content;
mod files;
mod held;
mod json;
mod making;
mod media;
pub mod stream;
mod tree;

pub use answer::{Answer, Content, End, Flow, Missing, Piece, Upgrade, Upgraded};
pub use collections::finish;
pub use held::Held;
pub use making::{Asked, Make, Making, Source};

/// What a response can carry.
pub const BODIES: &[Make] = &[content::make, json::make, stream::make];

/// What answers a `data` endpoint where none of its responses does.
pub const ENDPOINTS: &[Make] = &[collections::make, files::Files::make];
