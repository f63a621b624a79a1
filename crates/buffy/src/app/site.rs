//! What the workers serve, made from a configuration: listeners, endpoints, limits.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use buffy_core::config::Config;

use super::bound::StartError;
use super::ground::Ground;
use crate::notify::{ConnectionHook, Pace};
use crate::observe::metrics::Counters;
use crate::plugin::Held;
use crate::proxy::listener::Listener;
use crate::proxy::reply::Reply;
use crate::proxy::site::{Endpoint, Site};
use crate::upstream::Upstream;

/// The hook of one listener.
pub(super) struct ListenerHook {
    pub(super) listener: String,
    pub(super) hook: ConnectionHook,
}

/// The listeners of a configuration, and the hooks that had to be started for them.
pub(super) fn listeners(
    config: &Config,
    addresses: &[SocketAddr],
    ground: &Ground,
    before: Option<&Site>,
) -> Result<(Vec<Arc<Listener>>, Vec<ListenerHook>), StartError> {
    let mut hooks = Vec::new();
    let mut made = Vec::new();
    for (settings, address) in config.listeners.iter().zip(addresses) {
        let before = before.and_then(|before| before.listener(&settings.id));
        let same = before.filter(|before| before.settings.webhook == settings.webhook);
        let sender = match (same, &settings.webhook) {
            (Some(before), _) => before.hook.clone(),
            (None, None) => None,
            (None, Some(url)) => {
                let pace = Pace::default();
                let hook = ConnectionHook::start(&settings.id, url, &ground.client, &pace)
                    .map_err(|source| StartError::Hook { source })?;
                let sender = hook.sender();
                let listener = settings.id.clone();
                hooks.push(ListenerHook { listener, hook });
                Some(sender)
            }
        };
        let before = before.map(AsRef::as_ref);
        let listener = Listener::new(config, settings, *address, sender, before);
        made.push(Arc::new(listener));
    }
    Ok((made, hooks))
}

pub(super) fn site(
    config: &Arc<Config>,
    folder: PathBuf,
    listeners: Vec<Arc<Listener>>,
    upstreams: Vec<Arc<Upstream>>,
    ground: &Ground,
    before: Option<&Site>,
) -> Site {
    let known = before.map_or(&[] as &[Endpoint], |before| &before.endpoints);
    let known: HashMap<&str, &Endpoint> = known
        .iter()
        .map(|endpoint| (endpoint.settings.id.as_str(), endpoint))
        .collect();
    let known = |index: usize| {
        let settings = config.endpoints.get(index)?;
        known.get(settings.id.as_str()).copied()
    };
    let all = 0..config.endpoints.len();
    let endpoints = all
        .clone()
        .filter_map(|at| Endpoint::new(config, at, (&folder, &ground.process), known(at)));
    let endpoints: Vec<Endpoint> = endpoints.collect();
    let sources = endpoints.iter().filter_map(|endpoint| {
        let source = Arc::clone(endpoint.source()?);
        Some((endpoint.settings.id.clone(), source))
    });
    Site {
        held: Held::new(sources),
        endpoints,
        listeners,
        upstreams,
        counters: match before {
            None => (0..ground.workers)
                .map(|_| Arc::new(Counters::new(all.len())))
                .collect(),
            Some(before) => {
                let was: Vec<_> = all.map(|at| known(at).map(|old| old.index)).collect();
                let counters = before.counters.iter();
                counters.map(|one| Arc::new(one.next(&was))).collect()
            }
        },
        no_endpoint: Reply::no_endpoint(&config.no_endpoint, &folder),
        not_found: Reply::not_found(),
        folder,
        process: Arc::clone(&ground.process),
        access: ground.access_log(config),
        limits: buffy_http::Limits {
            head_bytes: config.limits.header_bytes,
            target_bytes: config.limits.target_bytes,
            fields: config.limits.fields,
        },
        config: Arc::clone(config),
    }
}
