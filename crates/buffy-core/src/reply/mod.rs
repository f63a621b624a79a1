//! Which of an endpoint's responses answers a request.
//!
//! A [`Sheet`] is compiled from the responses; a [`Tally`] is what a session remembers of them.

mod sheet;
mod tally;

use std::num::NonZeroU32;

use crate::delay::Chance;
use crate::rule::Rule;

pub use sheet::Sheet;
pub use tally::{Pin, Tally};

/// A response and its conditions.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    pub name: &'a str,
    /// Conditions decide about it: it is not one for what nothing else answers.
    pub is_chosen: bool,
    pub rule: Option<&'a Rule>,
    /// So many times in a session.
    pub times: Option<NonZeroU32>,
    pub chance: Option<Chance>,
}

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
    /// None's conditions hold.
    Nothing,
}
