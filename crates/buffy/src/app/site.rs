//! What the workers serve, made from a configuration: listeners, endpoints, limits.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use buffy_core::config::Config;

use super::bound::StartError;
use crate::client::Client;
use crate::notify::{ConnectionHook, Pace};
use crate::observe::log::AccessLog;
use crate::observe::metrics::Counters;
use crate::permits::Permits;
use crate::proxy::listener::Listener;
use crate::proxy::process::Process;
use crate::proxy::reply::Reply;
use crate::proxy::site::{Endpoint, Site};
use crate::upstream::Upstream;
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::StateDir;

/// Descriptors that the data path leaves for admin, probes, hooks and files.
const RESERVE: usize = 64;
/// Descriptors that clients' connections leave: `connections_max` without being written.
const NOT_FOR_CLIENTS: usize = 256;
pub(super) fn listeners(
    config: &Config,
    sockets: &[Vec<TcpListener>],
    client: &Client,
) -> Result<(Vec<Arc<Listener>>, Vec<ConnectionHook>), StartError> {
    let mut hooks = Vec::new();
    let mut made = Vec::new();
    for (settings, sockets) in config.listeners.iter().zip(sockets) {
        let address = sockets.first().and_then(|socket| socket.local_addr().ok());
        let address = address.unwrap_or(SocketAddr::new(settings.bind, settings.port));
        let start = |url| ConnectionHook::start(&settings.id, url, client, &Pace::default());
        let hook = settings.webhook.as_ref().map(start).transpose();
        let hook = hook.map_err(|source| StartError::Hook { source })?;
        made.push(Arc::new(Listener::new(
            config,
            settings,
            address,
            hook.as_ref().map(ConnectionHook::sender),
        )));
        hooks.extend(hook);
    }
    Ok((made, hooks))
}

pub(super) fn site(
    config: &Arc<Config>,
    folder: PathBuf,
    process: Arc<Process>,
    listeners: Vec<Arc<Listener>>,
    upstreams: Vec<Arc<Upstream>>,
    counters: Vec<Arc<Counters>>,
) -> Site {
    let endpoints = (0..config.endpoints.len()).filter_map(|at| Endpoint::new(config, at));
    Site {
        endpoints: endpoints.collect(),
        listeners,
        upstreams,
        counters,
        no_endpoint: Reply::no_endpoint(&config.no_endpoint),
        not_found: Reply::not_found(),
        folder,
        process,
        access: config
            .log
            .access
            .then(|| AccessLog::start(config.log.format)),
        limits: buffy_http::Limits {
            head_bytes: config.limits.header_bytes,
            target_bytes: config.limits.target_bytes,
            fields: config.limits.fields,
        },
        config: Arc::clone(config),
    }
}

/// What every configuration of this process shares.
pub(super) fn process(
    config: &Config,
    limits: Arc<ProcessLimits>,
    descriptors: usize,
    kept: Arc<StateDir>,
) -> Result<Process, StartError> {
    let id = getrandom::u64().map_err(|source| StartError::Random { source })?;
    let of_the_data_path = descriptors.saturating_sub(RESERVE).max(2);
    let clients = for_clients(config, descriptors).min(of_the_data_path);
    Ok(Process::new(
        id,
        limits,
        Permits::new(of_the_data_path),
        Permits::new(clients),
        kept,
    ))
}

/// Connections of clients at most, of all listeners: what leaves enough for targets, or more where
/// more is written.
fn for_clients(config: &Config, descriptors: usize) -> usize {
    let default = descriptors.saturating_sub(NOT_FOR_CLIENTS).max(1);
    let written = config
        .listeners
        .iter()
        .map(|listener| listener.connections_max);
    let sum = |all: usize, one: std::num::NonZeroUsize| all.saturating_add(one.get());
    match written
        .clone()
        .try_fold(0, |all, one| one.map(|one| sum(all, one)))
    {
        Some(all) => all,
        None => default.max(written.flatten().fold(0, sum)),
    }
}
