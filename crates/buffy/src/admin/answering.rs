//! What the admin API is shown of the answers that Buffy makes itself.

use std::sync::Arc;

use crate::journal::Journal;
use crate::plugin::stream::Hubs;
use crate::session::{Clock, Sessions};

/// What endpoints that answer share for as long as the process lives.
pub struct Answering {
    pub journal: Arc<Journal>,
    /// Of open streams.
    pub hubs: Arc<Hubs>,
    pub sessions: Arc<Sessions>,
    /// The time that answers go by.
    pub clock: Clock,
}
