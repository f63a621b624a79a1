//! What the admin API is shown of the running Buffy, and what it may move.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use buffy_core::config::Config;

use crate::observe::metrics::{Counters, HookFigures};
use crate::permits::Permits;
use crate::upstream::Upstream;
use crate::upstream::state::StateDir;

/// What the admin API is shown of the running Buffy, and what it may move.
pub struct Control {
    pub config: Arc<Config>,
    /// The configuration in the shape of the file, without secrets.
    pub shown: serde_json::Value,
    /// In the order of the configuration.
    pub upstreams: Vec<Arc<Upstream>>,
    pub listeners: Vec<ListenerState>,
    /// One per worker.
    pub counters: Vec<Arc<Counters>>,
    /// What became of the deliveries to hooks; asked when it is shown.
    pub hooks: Box<dyn Fn() -> Vec<HookFigures> + Send + Sync>,
    /// False while Buffy is stopping.
    pub ready: Arc<AtomicBool>,
    /// Where operator state is kept; none where it is not.
    pub kept: Option<Arc<StateDir>>,
    /// Milliseconds since the Unix epoch.
    pub started_ms: u64,
    pub version: &'static str,
}

/// One listener of the data path.
#[derive(Debug)]
pub struct ListenerState {
    pub id: String,
    pub address: SocketAddr,
    /// Open now.
    pub connections: Arc<Permits>,
    pub connections_max: usize,
}
