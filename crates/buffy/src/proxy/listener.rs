//! A listener, made ready: which endpoints it has, whom it trusts, how many it lets in.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
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
    /// Makes a listener of a checked configuration ready; `before` is the one that it was, whose
    /// open connections count on.
    pub fn new(
        config: &Config,
        settings: &buffy_core::config::Listener,
        address: SocketAddr,
        hook: Option<ConnectionSender>,
        before: Option<&Self>,
    ) -> Self {
        let connections = before.map_or_else(
            || Permits::new(max(settings)),
            |before| Arc::clone(&before.connections),
        );
        Self {
            router: Router::new(&config.endpoints, settings.endpoints.as_deref()),
            address,
            connections,
            hook,
            settings: settings.clone(),
        }
    }

    /// Open connections at most, of this listener alone.
    pub fn connections_max(&self) -> usize {
        max(&self.settings)
    }
}

fn max(settings: &buffy_core::config::Listener) -> usize {
    settings
        .connections_max
        .map_or(usize::MAX, NonZeroUsize::get)
}
