//! The control thread: starts everything, lives with it, and returns when all has ended.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use buffy_core::config::{Config, Limits};
use tokio::sync::{mpsc, watch};

use super::admin::{Serving, figures, start_admin, state};
use super::bound::{Bound, StartError};
use super::running::{Ended, Started};
use super::site::{listeners, process, site};
use super::supervise::{self, Ask, Supervised};
use super::threads::start_workers;
use super::upstreams::{Common, upstreams};
use crate::admin::{Access, Control, Present};
use crate::client::Client;
use crate::notify::{ConnectionHook, Notifier, Pace};
use crate::observe::log::AccessSender;
use crate::observe::metrics::Counters;
use crate::proxy::serve::Phase;
use crate::proxy::site::Site;
use crate::reload::Reloads;
use crate::tasks;
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::StateDir;

/// Deliveries to hooks get so long at the end, unless it is asked for at once.
const HOOKS_FINISH: Duration = Duration::from_secs(2);
/// The rest of the access log gets so long.
const LOG_FINISH: Duration = Duration::from_secs(1);
/// Vital things that end are told through so many places.
const GONE_MAX: usize = 64;

/// The control thread: starts everything, tells so, and returns when all has ended.
pub(super) fn control(
    bound: Bound,
    asked: watch::Receiver<Ask>,
    told: &SyncSender<Result<Started, StartError>>,
) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(source) => {
            tell(told, Err(StartError::Runtime { source }));
            return Ended::Broken;
        }
    };
    let ended = runtime.block_on(async {
        match start(bound, asked) {
            Ok((started, life)) => {
                tell(told, Ok(started));
                life.run().await
            }
            Err(error) => {
                tell(told, Err(error));
                Ended::Broken
            }
        }
    });
    // A look-up or a sync that hangs in the system does not keep the process.
    runtime.shutdown_background();
    ended
}

fn tell(told: &SyncSender<Result<Started, StartError>>, what: Result<Started, StartError>) {
    if told.send(what).is_err() {
        tracing::error!("nobody waited for the start");
    }
}

/// What is awaited until the end.
struct Life {
    supervised: Supervised,
    asked: watch::Receiver<Ask>,
    last: Last,
}

/// What ends after the workers.
struct Last {
    admin_end: watch::Sender<bool>,
    admin: Serving,
    notifier: Notifier,
    connection_hooks: Vec<ConnectionHook>,
}

impl Life {
    async fn run(self) -> Ended {
        let access = self.supervised.site.access.clone();
        let ended = self.supervised.run().await;
        tokio::select! {
            () = self.last.end() => {}
            () = supervise::asked(self.asked, Ask::AtOnce) => {
                tracing::info!("hooks are not waited for");
            }
        }
        if let Some(access) = access
            && !flushed(access).await
        {
            tracing::warn!("not every line of the access log was written before the end");
        }
        tracing::info!("stopped");
        ended
    }
}

impl Last {
    async fn end(self) {
        self.admin_end.send_replace(true);
        for serving in self.admin.tasks {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the admin API ended badly");
            }
        }
        for hook in self.connection_hooks {
            if !hook.finish(HOOKS_FINISH).await {
                tracing::warn!("not every connection was told before the end");
            }
        }
        if !self.notifier.finish(HOOKS_FINISH).await {
            tracing::warn!("not every event was delivered before the end");
        }
    }
}

async fn flushed(access: AccessSender) -> bool {
    // It blocks, and nothing else may stand still for a reader of the log that does.
    let flush = tasks::spawn_blocking(move || access.flush(LOG_FINISH));
    flush.await.unwrap_or(false)
}

fn start(bound: Bound, asked: watch::Receiver<Ask>) -> Result<(Started, Life), StartError> {
    let Bound {
        config,
        folder,
        workers,
        listeners: sockets,
        admin,
        kept,
    } = bound;
    let descriptors = super::descriptors::raise();
    let client = Client::new(Vec::new());
    let (gone_told, gone) = mpsc::channel(GONE_MAX);
    let notifier = notifier(&config, &client)?;
    let limits = Arc::new(limits(&config.limits));
    let process = Arc::new(process(
        &config,
        Arc::clone(&limits),
        descriptors,
        Arc::clone(&kept),
    )?);
    let common = Common {
        workers,
        process: &limits,
        kept: &kept,
        events: notifier.sender(),
        client: &client,
        gone: &gone_told,
    };
    let upstreams = upstreams(&config, &common);
    let (listeners, connection_hooks) = listeners(&config, &sockets, &client)?;
    let counters: Vec<_> = (0..workers)
        .map(|_| Arc::new(Counters::new(config.endpoints.len())))
        .collect();
    let site = Arc::new(site(
        &config, folder, process, listeners, upstreams, counters,
    ));
    let (phase, _) = watch::channel(Phase::Serving);
    let (workers, worker_ends) = start_workers(&site, sockets, &phase, &gone_told)?;
    let control = Arc::new(control_of(&site, &notifier, &kept));
    let (admin_end, admin_ended) = watch::channel(false);
    let admin = start_admin(&config, admin, &control, &admin_ended)?;
    let started = Started {
        control: Arc::clone(&control),
        admin: admin.address,
        workers,
    };
    let life_asked = asked.clone();
    let supervised = Supervised {
        site,
        shutdown: config.shutdown.clone(),
        ready: Arc::clone(&control.ready),
        asked,
        phase,
        gone,
        workers: worker_ends,
    };
    Ok((
        started,
        Life {
            supervised,
            asked: life_asked,
            last: Last {
                admin_end,
                admin,
                notifier,
                connection_hooks,
            },
        },
    ))
}

fn limits(limits: &Limits) -> ProcessLimits {
    ProcessLimits::new(
        limits.held,
        limits.held_heads,
        limits.held_memory,
        limits.held_spill,
    )
}

fn notifier(config: &Config, client: &Client) -> Result<Notifier, StartError> {
    let notify = config
        .admin
        .as_ref()
        .map(|admin| admin.notify.clone())
        .unwrap_or_default();
    Notifier::start(&notify, client, &Pace::default()).map_err(|source| StartError::Hook { source })
}

/// What the admin API is shown, and may move.
fn control_of(site: &Site, notifier: &Notifier, kept: &Arc<StateDir>) -> Control {
    let present = Present {
        shown: buffy_core::config::redacted(&site.config),
        config: Arc::clone(&site.config),
        upstreams: site.upstreams.clone(),
        listeners: site
            .listeners
            .iter()
            .map(|listener| state(listener, site))
            .collect(),
        access: site.config.admin.as_ref().map(|admin| {
            let access = Access::new(admin, Some(kept));
            Arc::new(access)
        }),
        hooks: figures(notifier.sender(), &site.listeners),
        counters: site.counters.clone(),
    };
    // Nobody takes asks for a reload yet: they are answered as at the end.
    let (reloads, _) = Reloads::new();
    Control::new(present, reloads, Some(Arc::clone(kept)))
}
