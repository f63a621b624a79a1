//! A configuration, ready beside the one that is served; and then in its place.

use std::path::PathBuf;
use std::sync::Arc;

use buffy_core::config::{Changes, Config, Notify};

use super::admin::present_listener;
use super::bound::StartError;
use super::ground::Ground;
use super::site::{ListenerHook, listeners, site};
use super::sockets::Sockets;
use super::upstreams::{Tended, upstreams};
use crate::admin::{Access, Present};
use crate::client::Client;
use crate::notify::{Notifier, Pace};
use crate::outbox::{ConnectionSender, HookFigures};
use crate::proxy::listener::Listener;
use crate::proxy::site::Site;

/// A configuration that is served, and what was made of it.
pub(super) struct Applied {
    pub(super) site: Arc<Site>,
    pub(super) access: Option<Arc<Access>>,
    pub(super) upstreams: Vec<Tended>,
    pub(super) notifier: Notifier,
    pub(super) listener_hooks: Vec<ListenerHook>,
}

/// All that is made of a configuration before anything is changed; dropped, it leaves no trace.
pub(super) struct Ready {
    pub(super) site: Arc<Site>,
    access: Option<Arc<Access>>,
    /// None: as before.
    notifier: Option<Notifier>,
    /// Those that had to be started.
    listener_hooks: Vec<ListenerHook>,
}

/// What was of a configuration that is served no more, and is still to end.
pub(super) struct Left {
    /// Replaced or removed.
    pub(super) upstreams: Vec<Tended>,
    pub(super) notifier: Option<Notifier>,
    pub(super) listener_hooks: Vec<ListenerHook>,
}

/// The hooks for events of a configuration, on their way.
pub(super) fn notifier(config: &Config, client: &Client) -> Result<Notifier, StartError> {
    Notifier::start(&notify(config), client, &Pace::default())
        .map_err(|source| StartError::Hook { source })
}

fn notify(config: &Config) -> Notify {
    let admin = config.admin.as_ref();
    admin.map(|admin| admin.notify.clone()).unwrap_or_default()
}

impl Ready {
    /// Makes all that a configuration is served with, out of what is served before it where that
    /// is the same. Called on the control runtime.
    pub(super) fn make(
        config: &Arc<Config>,
        folder: PathBuf,
        sockets: &Sockets,
        ground: &Ground,
        before: Option<(&Applied, &Changes)>,
    ) -> Result<Self, StartError> {
        let applied = before.map(|(applied, _)| applied);
        let old = applied.map(|applied| &*applied.site);
        let notifier = match old {
            Some(old) if notify(&old.config) != notify(config) => {
                Some(notifier(config, &ground.client)?)
            }
            Some(_) | None => None,
        };
        let (listeners, listener_hooks) = listeners(config, &sockets.addresses, ground, old)?;
        let keeps = |id: &str| before.is_some_and(|(_, changes)| changes.upstreams.keeps(id));
        let known = old.map_or(&[][..], |old| &old.upstreams);
        let upstreams = upstreams(config, ground, known, keeps);
        let site = site(config, folder, listeners, upstreams, ground, old);
        let same = old.is_some_and(|old| old.config.admin == config.admin);
        let access = match (applied, &config.admin) {
            (Some(applied), _) if same => applied.access.clone(),
            (_, Some(admin)) => Some(Arc::new(Access::new(admin, Some(&ground.kept)))),
            (_, None) => None,
        };
        Ok(Self {
            site: Arc::new(site),
            access,
            notifier,
            listener_hooks,
        })
    }
}

impl Applied {
    /// The first configuration of a process.
    pub(super) fn first(ready: Ready, notifier: Notifier, ground: &Ground) -> Self {
        let upstreams = ready.site.upstreams.iter();
        let upstreams = upstreams.map(|one| Tended::start(Arc::clone(one), ground));
        Self {
            upstreams: upstreams.collect(),
            site: ready.site,
            access: ready.access,
            notifier,
            listener_hooks: ready.listener_hooks,
        }
    }

    /// Takes another configuration up in its own place. Gates are handed over, so nothing may be
    /// sent through the new upstreams before; what is left of the old is returned.
    pub(super) fn take_up(&mut self, ready: Ready, ground: &Ground) -> Left {
        let old = std::mem::take(&mut self.upstreams);
        let mut left = Left {
            upstreams: Vec::new(),
            notifier: None,
            listener_hooks: Vec::new(),
        };
        for tended in old {
            let mut new = ready.site.upstreams.iter();
            match new.find(|new| new.id() == tended.upstream.id()) {
                Some(same) if Arc::ptr_eq(same, &tended.upstream) => self.upstreams.push(tended),
                Some(successor) => {
                    tended.upstream.hand_over(successor);
                    left.upstreams.push(tended);
                }
                None => {
                    tended.upstream.remove();
                    left.upstreams.push(tended);
                }
            }
        }
        for upstream in &ready.site.upstreams {
            let mut tended = self.upstreams.iter();
            if !tended.any(|tended| Arc::ptr_eq(&tended.upstream, upstream)) {
                let started = Tended::start(Arc::clone(upstream), ground);
                self.upstreams.push(started);
            }
        }
        if let Some(next) = ready.notifier {
            ground.events.redirect(&next.sender());
            left.notifier = Some(std::mem::replace(&mut self.notifier, next));
        }
        let (kept, gone) = std::mem::take(&mut self.listener_hooks)
            .into_iter()
            .partition(|one| still_used(one, &ready.site));
        self.listener_hooks = kept;
        left.listener_hooks = gone;
        self.listener_hooks.extend(ready.listener_hooks);
        self.site = ready.site;
        self.access = ready.access;
        left
    }

    /// What the admin API is shown, and may move.
    pub(super) fn present(&self, ground: &Ground) -> Present {
        let site = &self.site;
        let listeners = site.listeners.iter();
        Present {
            shown: buffy_core::config::redacted(&site.config),
            config: Arc::clone(&site.config),
            upstreams: site.upstreams.clone(),
            listeners: listeners.map(|one| present_listener(one, site)).collect(),
            access: self.access.clone(),
            hooks: figures(ground, &site.listeners),
            counters: site.counters.clone(),
        }
    }
}

fn still_used(one: &ListenerHook, site: &Site) -> bool {
    let listener = site.listener(&one.listener);
    let hook = listener.and_then(|listener| listener.hook.as_ref());
    hook.is_some_and(|hook| hook.is_of(&one.hook.sender()))
}

/// What became of deliveries, of all hooks.
fn figures(
    ground: &Ground,
    listeners: &[Arc<Listener>],
) -> Box<dyn Fn() -> Vec<HookFigures> + Send + Sync> {
    let (events, listeners) = (ground.events.clone(), listeners.to_vec());
    let calls = ground.process.answering.calls.clone();
    Box::new(move || {
        let connections = listeners.iter().filter_map(|one| one.hook.as_ref());
        let connections = connections.map(ConnectionSender::figures);
        let hooks = events.figures().into_iter().chain(connections);
        hooks.chain(calls.figures()).collect()
    })
}
