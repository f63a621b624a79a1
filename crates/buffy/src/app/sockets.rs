//! Which sockets a configuration's listeners accept on: those that are there, and new ones.

use std::net::SocketAddr;
use std::sync::Arc;

use buffy_core::config::Config;

use super::bind::{self, BindError};
use super::inherited::Inherited;
use crate::proxy::listener::Listener;
use crate::proxy::serve::{Kept, Socket};

/// Sockets for the listeners of a configuration.
pub(super) struct Sockets {
    /// Where each listener is bound, in the order of the configuration.
    pub(super) addresses: Vec<SocketAddr>,
    /// New ones, by worker.
    pub(super) opened: Vec<Vec<Socket>>,
    /// Those of listeners that were there before.
    pub(super) kept: Kept,
}

/// Finds a socket that is there for each listener, or binds new ones, one for each worker. What
/// was bound is closed again where one of them cannot be.
///
/// A listener keeps its sockets as long as its address is the same, whatever else changes; and one
/// by another id takes over those of one that goes.
pub(super) fn open(
    config: &Config,
    workers: usize,
    before: &[Arc<Listener>],
    inherited: &mut Inherited,
) -> Result<Sockets, BindError> {
    let mut kept: Vec<Option<usize>> = config
        .listeners
        .iter()
        .map(|one| {
            before
                .iter()
                .position(|old| is_same_place(old, one) && old.settings.id == one.id)
        })
        .collect();
    for (index, one) in config.listeners.iter().enumerate() {
        let free = |at: &usize| !kept.contains(&Some(*at));
        let takes = |(_, old): &(usize, &Arc<Listener>)| one.port != 0 && is_same_place(old, one);
        let mut old = before.iter().enumerate().filter(takes).map(|(at, _)| at);
        let old = old.find(free);
        if let Some(slot) = kept.get_mut(index)
            && slot.is_none()
        {
            *slot = old;
        }
    }
    let mut sockets = Sockets {
        addresses: Vec::new(),
        opened: (0..workers).map(|_| Vec::new()).collect(),
        kept: Arc::default(),
    };
    let mut named = Vec::new();
    for (one, at) in config.listeners.iter().zip(kept) {
        if let Some(old) = at.and_then(|at| before.get(at)) {
            named.push((old.settings.id.clone(), one.id.clone()));
            sockets.addresses.push(old.address);
        } else {
            sockets.find(one, before, inherited)?;
        }
    }
    sockets.kept = named.into();
    Ok(sockets)
}

impl Sockets {
    /// Those that were inherited, else new ones.
    fn find(
        &mut self,
        one: &buffy_core::config::Listener,
        before: &[Arc<Listener>],
        inherited: &mut Inherited,
    ) -> Result<(), BindError> {
        let workers = self.opened.len();
        let asked = SocketAddr::new(one.bind, one.port);
        let mut spread = inherited.take(one, workers).map_err(|source| BindError {
            id: one.id.clone(),
            line: one.line,
            address: asked,
            holder: None,
            source,
        })?;
        if spread.iter().all(Vec::is_empty) {
            // Sockets of our own on this port are there until the workers know of the new ones.
            let ours = before.iter().any(|old| old.address.port() == one.port);
            let beside_ours = ours || inherited.have_port(one.port);
            let bound = bind::bind(&one.id, one.line, one.bind, one.port, workers, beside_ours)?;
            spread = bound.into_iter().map(|socket| vec![socket]).collect();
        }
        let first = spread.iter().flatten().next();
        let address = first.and_then(|socket| socket.local_addr().ok());
        self.addresses.push(address.unwrap_or(asked));
        for (own, sockets) in self.opened.iter_mut().zip(spread) {
            own.extend(sockets.into_iter().map(|socket| Socket {
                listener: one.id.clone(),
                socket,
            }));
        }
        Ok(())
    }
}

/// The port that is written: 0 is the same place as long as the listener is.
fn is_same_place(old: &Listener, new: &buffy_core::config::Listener) -> bool {
    (old.settings.bind, old.settings.port) == (new.bind, new.port)
}
