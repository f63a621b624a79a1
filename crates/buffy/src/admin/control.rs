//! What the admin API is shown of the running Buffy, and what it may move.

use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use buffy_core::config::Config;

use super::{Access, Answering};
use crate::observe::metrics::{Counters, HookFigures};
use crate::permits::Permits;
use crate::reload::Reloads;
use crate::takeover::Elder;
use crate::upstream::Upstream;
use crate::upstream::state::StateDir;

/// What the admin API is shown of the running Buffy, and what it may move.
pub struct Control {
    present: RwLock<Arc<Present>>,
    /// The Buffy that was taken over from, as long as it holds anything.
    elder: RwLock<Option<Arc<Elder>>>,
    pub answering: Answering,
    /// To have the configuration read anew.
    pub reloads: Reloads,
    /// The newest reload was refused, and the one before it stands.
    pub reload_failed: Arc<AtomicBool>,
    /// False while Buffy is stopping.
    pub ready: Arc<AtomicBool>,
    /// Where operator state is kept; none where it is not.
    pub kept: Option<Arc<StateDir>>,
    /// Milliseconds since the Unix epoch.
    pub started_ms: u64,
    pub version: &'static str,
}

/// The configuration that is served, and what was made of it. A reload makes another.
pub struct Present {
    pub config: Arc<Config>,
    /// The configuration in the shape of the file, without secrets.
    pub shown: serde_json::Value,
    /// In the order of the configuration.
    pub upstreams: Vec<Arc<Upstream>>,
    pub listeners: Vec<ListenerState>,
    /// One per worker.
    pub counters: Vec<Arc<Counters>>,
    /// Who may use the admin API; nobody is asked without one.
    pub access: Option<Arc<Access>>,
    /// What became of the deliveries to hooks; asked when it is shown.
    pub hooks: Box<dyn Fn() -> Vec<HookFigures> + Send + Sync>,
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

impl Control {
    /// Started now.
    pub fn new(
        present: Present,
        answering: Answering,
        reloads: Reloads,
        kept: Option<Arc<StateDir>>,
    ) -> Self {
        Self {
            present: RwLock::new(Arc::new(present)),
            elder: RwLock::default(),
            answering,
            reloads,
            reload_failed: Arc::default(),
            ready: Arc::new(AtomicBool::new(true)),
            kept,
            started_ms: crate::clock::unix_ms(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// What is served now. Whoever looks at several parts of it asks once, so that they belong
    /// together.
    pub fn present(&self) -> Arc<Present> {
        let present = self.present.read();
        Arc::clone(&present.unwrap_or_else(PoisonError::into_inner))
    }

    /// The Buffy that was taken over from, as long as it is there.
    pub fn elder(&self) -> Option<Arc<Elder>> {
        let elder = self.elder.read();
        elder.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// It is there from now on, or there no more.
    pub fn set_elder(&self, elder: Option<Arc<Elder>>) {
        *self.elder.write().unwrap_or_else(PoisonError::into_inner) = elder;
    }

    /// Another configuration is served from now on.
    pub fn replace(&self, present: Present) {
        let mut old = self.present.write().unwrap_or_else(PoisonError::into_inner);
        *old = Arc::new(present);
    }
}
