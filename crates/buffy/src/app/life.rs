//! The control thread: starts everything, lives with it, and returns when all has ended.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::admin::{Serving, answering, start_admin};
use super::applied::{Applied, Ready, notifier};
use super::bound::{Bound, StartError};
use super::elder;
use super::ground::Ground;
use super::heirs::Heirs;
use super::last::{self, Last};
use super::notices::Notices;
use super::reload::Reloader;
use super::running::{Ended, Origin, Started};
use super::supervise::{self, Ask, Supervised};
use super::threads::start_workers;
use super::watch::Watch;
use crate::admin::Control;
use crate::client::Client;
use crate::proxy::serve::Phase;
use crate::reload::Reloads;

/// Vital things that end are told through so many places.
const GONE_MAX: usize = 64;

/// The control thread: starts everything, tells so, and returns when all has ended.
pub(super) fn control(
    bound: Bound,
    origin: Origin,
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
        match start(bound, origin, asked) {
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
    reloader: Reloader,
    heirs: Heirs,
    admin_end: watch::Sender<bool>,
    admin: Serving,
    notices: Notices,
}

/// Why a Buffy leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    Asked,
    /// Something vital has gone.
    Broken,
    /// Another one accepts.
    Replaced,
}

impl Life {
    /// Reloads, and gives to heirs, until it is time to leave.
    async fn serve(&mut self) -> Leaving {
        loop {
            tokio::select! {
                broken = self.supervised.until_end() => {
                    return if broken { Leaving::Broken } else { Leaving::Asked };
                }
                wanted = self.reloader.wanted() => {
                    self.notices.reloading();
                    self.reloader.reload(wanted).await;
                    self.notices.ready();
                }
                wish = self.heirs.wish() => {
                    if self.reloader.grant(wish, self.admin.socket.as_ref()).await {
                        return Leaving::Replaced;
                    }
                }
            }
        }
    }

    async fn run(mut self) -> Ended {
        self.notices.ready();
        let telling = self.notices.keep_telling(
            self.reloader.workers.clone(),
            Arc::clone(&self.supervised.process),
            Arc::clone(&self.reloader.control),
        );
        let leaving = self.serve().await;
        let Self {
            supervised,
            asked,
            reloader,
            heirs,
            admin_end,
            mut admin,
            notices,
        } = self;
        drop(heirs);
        admin.socket = None;
        let Reloader {
            ground,
            applied,
            control,
            ..
        } = reloader;
        let mut shutdown = applied.site.config.shutdown.clone();
        if leaving == Leaving::Replaced {
            // The other one answers for us: at once, and nobody is told twice.
            shutdown.delay = Duration::ZERO;
            admin_end.send_replace(true);
            ground.events.to_nobody();
        }
        notices.stopping(&shutdown);
        let ended = supervised.stop(&shutdown).await;
        if leaving == Leaving::Replaced {
            // The one before this one is told by us only, what operators say.
            elder::gone(&control, shutdown.hold).await;
        }
        let last = Last {
            admin_end,
            admin,
            notifier: applied.notifier,
            listener_hooks: applied.listener_hooks,
            calls: ground.process.answering.calls.clone(),
        };
        tokio::select! {
            () = last.end() => {}
            () = supervise::asked(asked, Ask::AtOnce) => {
                tracing::info!("hooks are not waited for");
            }
        }
        if let Some(access) = ground.started_access_log()
            && !last::flushed(access).await
        {
            tracing::warn!("not every line of the access log was written before the end");
        }
        if let Some(telling) = telling {
            telling.abort();
        }
        tracing::info!("stopped");
        match leaving {
            Leaving::Broken => Ended::Broken,
            Leaving::Asked | Leaving::Replaced => ended,
        }
    }
}

fn start(
    bound: Bound,
    origin: Origin,
    asked: watch::Receiver<Ask>,
) -> Result<(Started, Life), StartError> {
    let Bound {
        config,
        folder,
        workers,
        sockets,
        admin,
        kept,
        elder,
    } = bound;
    let client = Client::new(Vec::new());
    let (gone_told, gone) = mpsc::channel(GONE_MAX);
    let notifier = notifier(&config, &client)?;
    let events = notifier.sender();
    let ground = Ground::new(&config, workers, kept, events, client, gone_told)?;
    let ready = Ready::make(&config, folder, &sockets, &ground, None)?;
    if elder.is_some() {
        // Whoever waits at the other one came earlier.
        ready.site.upstreams.iter().for_each(|one| one.go_behind());
    }
    let applied = Applied::first(ready, notifier, &ground);
    let (phase, _) = watch::channel(Phase::Serving);
    let site = &applied.site;
    let (workers, worker_ends) = start_workers(site, sockets.opened, &phase, &ground.gone)?;
    let (reloads, reloads_asked) = Reloads::new();
    let kept = Some(Arc::clone(&ground.kept));
    let present = applied.present(&ground);
    let control = Arc::new(Control::new(
        present,
        answering(&ground.process),
        reloads,
        kept,
    ));
    let (admin_end, admin_ended) = watch::channel(false);
    let admin = start_admin(&config, admin, &control, &admin_ended, elder.is_some())?;
    if let Some(elder) = elder {
        elder::succeed(&elder)?;
        elder::follow(elder, Arc::clone(&control), Arc::clone(&ground.kept));
    }
    let heirs = Heirs::listen(&ground.kept, &control);
    let started = Started {
        control: Arc::clone(&control),
        admin: admin.address,
    };
    let supervised = Supervised {
        process: Arc::clone(&ground.process),
        ready: Arc::clone(&control.ready),
        asked: asked.clone(),
        phase,
        gone,
        workers: worker_ends,
    };
    let reloader = Reloader {
        ground,
        workers,
        applied,
        control,
        source: origin.source,
        watch: origin.watched.map(Watch::new),
        asked: reloads_asked,
        stop: asked.clone(),
    };
    let life = Life {
        supervised,
        asked,
        reloader,
        heirs,
        admin_end,
        admin,
        notices: Notices::new(origin.is_process),
    };
    Ok((started, life))
}
