//! A listener, made ready: which endpoints it has, whom it trusts, how many it lets in.

use std::net::SocketAddr;
use std::sync::Arc;

use buffy_core::config::Config;
use buffy_core::route::Router;

use crate::outbox::ConnectionSender;
use crate::permits::Permits;

/// What the connections of one listener share.
pub struct Listener {
    pub settings: buffy_core::config::Listener,
    pub router: Router,
    /// Where it is bound: the port is the system's choice where 0 was written.
    pub address: SocketAddr,
    /// Open connections, of this listener alone.
    pub connections: Arc<Permits>,
    pub hook: Option<ConnectionSender>,
}

impl Listener {
    /// Makes a listener of a checked configuration ready.
    pub fn new(
        config: &Config,
        settings: &buffy_core::config::Listener,
        address: SocketAddr,
        hook: Option<ConnectionSender>,
    ) -> Self {
        let max = settings
            .connections_max
            .map_or(usize::MAX, std::num::NonZeroUsize::get);
        Self {
            router: Router::new(&config.endpoints, settings.endpoints.as_deref()),
            address,
            connections: Permits::new(max),
            hook,
            settings: settings.clone(),
        }
    }
}
