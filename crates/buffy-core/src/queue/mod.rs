//! The queue of one upstream: who waits, in which order, and who may go.

use std::time::Duration;

use crate::gate::Asks;
use crate::moment::Moment;

/// A request's right to wait; given back exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(pub usize);
