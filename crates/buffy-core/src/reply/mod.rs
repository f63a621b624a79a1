//! Which of an endpoint's responses answers a request, and why.
//!
//! A [`Sheet`] is compiled from the responses; a [`Tally`] is what a session remembers of them.

mod explain;
mod index;
mod near;
mod sheet;
mod tally;
#[cfg(test)]
mod tests;

pub use explain::{Failed, Nearest, Trace, Tried};
pub use near::near;
pub use sheet::Sheet;
pub use tally::{Pin, Tally};

/// Which of the responses whose conditions hold is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The first in the file's order.
    First,
    /// One after the other.
    Cycle,
    Random,
}

/// What answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The index of the response; none: `not_found`, or whatever else answers there.
    pub response: Option<usize>,
    pub why: Why,
}

/// Why it is that response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its conditions hold.
    Conditions,
    /// An operator pinned it.
    Pinned,
    /// The request asked for it.
    Asked,
    /// The conditions of none hold.
    Nothing,
}

impl Why {
    /// As people are told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Conditions => "conditions",
            Self::Pinned => "pinned",
            Self::Asked => "asked",
            Self::Nothing => "nothing",
        }
    }
}
