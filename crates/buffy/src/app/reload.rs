//! A reload: read, check, build, then swap. A configuration that fails on the way changes nothing.

use std::error::Error;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use buffy_core::config::Changes;
use buffy_core::event::{Event, What};
use tokio::sync::mpsc::Receiver;

use super::applied::{Applied, Left, Ready};
use super::ground::Ground;
use super::heirs::{Lent, Wish};
use super::inherited::Inherited;
use super::sockets;
use super::source::{Found, Source};
use super::supervise::{self, Ask};
use super::watch::{self, Watch};
use crate::admin::Control;
use crate::proxy::serve::{Kept, Socket, Workers};
use crate::reload::{Asked, Refused};
use crate::takeover::NamedSocket;
use crate::{clock, tasks};

/// What hooks that are not configured any more have for what they were told.
const HOOKS_FINISH: Duration = Duration::from_secs(10);

/// The one who reloads, on the control runtime: one reload after the other.
pub(super) struct Reloader {
    pub(super) ground: Ground,
    pub(super) workers: Workers,
    pub(super) applied: Applied,
    pub(super) control: Arc<Control>,
    /// Where a configuration is read anew, if anywhere.
    pub(super) source: Option<Source>,
    pub(super) watch: Option<Watch>,
    pub(super) asked: Receiver<Asked>,
    /// The end is asked for.
    pub(super) stop: tokio::sync::watch::Receiver<Ask>,
}

impl Reloader {
    /// Returns when a reload is wanted: with who asked for it, or without where a file is another.
    /// May be dropped at any time.
    pub(super) async fn wanted(&mut self) -> Option<Asked> {
        let watched = async {
            match &mut self.watch {
                Some(watch) => watch.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(asked) = self.asked.recv() => Some(asked),
            () = watched => None,
        }
    }

    /// Reads anew, and serves what was read or says why not.
    pub(super) async fn reload(&mut self, asked: Option<Asked>) {
        let force = asked.as_ref().is_some_and(|asked| asked.force);
        let outcome = self.read_and_apply(force).await;
        self.tell(&outcome);
        if let Some(asked) = asked
            && asked.answer.send(outcome).is_err()
        {
            tracing::debug!("whoever asked for the reload has gone");
        }
    }

    async fn read_and_apply(&mut self, force: bool) -> Result<Changes, Refused> {
        if self.ground.kept.is_given() {
            // Another Buffy takes over: it has read the configuration for itself.
            return Err(Refused::Stopping);
        }
        let Some(source) = self.source.clone() else {
            let message = "it did not come from a file".to_owned();
            return Err(Refused::Unread { message });
        };
        let found = self.read(source).await?;
        let Found {
            config,
            folder,
            warnings,
            files,
        } = found;
        if let Some(watch) = &mut self.watch {
            watch.follow(files);
        }
        super::source::say(&warnings);
        let old = Arc::clone(&self.applied.site.config);
        let changes = Changes::between(&old, &config);
        if !force {
            self.refuse_removal_of_operated(&changes)?;
        }
        let config = Arc::new(config.with_fixed_of(&old));
        let before = &self.applied.site.listeners;
        let sockets = sockets::open(
            &config,
            self.ground.workers,
            before,
            &mut Inherited::default(),
        )
        .map_err(unavailable)?;
        let before = Some((&self.applied, &changes));
        let ready =
            Ready::make(&config, folder, &sockets, &self.ground, before).map_err(unavailable)?;
        let left = self.applied.take_up(ready, &self.ground);
        let site = &self.applied.site;
        self.workers
            .serve(site, sockets.opened, &sockets.kept)
            .await;
        self.ground.set_limits(&config);
        site.set_limits();
        self.control.replace(self.applied.present(&self.ground));
        end(left);
        Ok(changes)
    }

    async fn read(&mut self, source: Source) -> Result<Found, Refused> {
        let watched = self.watch.as_ref().map(Watch::files);
        let read = tasks::spawn_blocking(move || {
            // What is written from here on is another configuration.
            let look = watched.map(|files| watch::look(&files));
            (look, source())
        });
        let read = tokio::select! {
            read = read => read,
            // A file that never ends to be read does not keep Buffy from ending.
            () = supervise::asked(self.stop.clone(), Ask::Stop) => return Err(Refused::Stopping),
        };
        let Ok((look, found)) = read else {
            let message = "reading it was broken off".to_owned();
            return Err(Refused::Unread { message });
        };
        if let Some((watch, look)) = self.watch.as_mut().zip(look) {
            watch.knows(look);
        }
        found
    }

    /// An operator's word does not go unseen.
    fn refuse_removal_of_operated(&self, changes: &Changes) -> Result<(), Refused> {
        let removed = &changes.upstreams.removed;
        let operated = self.applied.site.upstreams.iter().filter(|upstream| {
            let removed = removed.iter().any(|id| id == upstream.id());
            removed && !upstream.status().gate.operator.is_empty()
        });
        let upstreams: Vec<_> = operated.map(|one| one.id().to_owned()).collect();
        if upstreams.is_empty() {
            Ok(())
        } else {
            Err(Refused::Operated { upstreams })
        }
    }

    fn tell(&self, outcome: &Result<Changes, Refused>) {
        let failed = &self.control.reload_failed;
        failed.store(outcome.is_err(), Ordering::Relaxed);
        let what = match outcome {
            Ok(changes) => {
                let changes = changes.to_string();
                tracing::info!(changes, "the configuration was reloaded");
                What::Reloaded { changes }
            }
            Err(refused) => {
                let cause = refused.source().map(ToString::to_string);
                let colon = if cause.is_some() { ": " } else { "" };
                let error = format!("{refused}{colon}{}", cause.unwrap_or_default());
                tracing::error!(error, "the configuration was not reloaded: nothing changed");
                What::ReloadRefused { error }
            }
        };
        self.ground.events.send(Event {
            at_ms: clock::unix_ms(),
            upstream: None,
            what,
        });
    }
}

impl Reloader {
    /// What an heir wishes; true where he is ready, and we leave.
    pub(super) async fn grant(
        &mut self,
        wish: Wish,
        admin: Option<&(NamedSocket, TcpListener)>,
    ) -> bool {
        let heard = match wish {
            Wish::Sockets(fulfil) => fulfil.send(self.lend(admin).await).is_ok(),
            Wish::State(fulfil) => fulfil.send(self.give_state()).is_ok(),
            Wish::GoOn => {
                tracing::warn!("the Buffy that was to take over has gone: this one goes on");
                self.ground.kept.take_back();
                true
            }
            Wish::Ready(fulfil) => {
                // Everything accepted from here on is the heir's.
                let site = &self.applied.site;
                self.workers.serve(site, Vec::new(), &Kept::default()).await;
                self.ground.kept.let_go();
                tracing::info!("another Buffy has taken over");
                if fulfil.send(Ok(())).is_err() {
                    tracing::debug!("the heir has gone");
                }
                return true;
            }
        };
        if !heard {
            tracing::debug!("the heir has gone");
        }
        false
    }

    async fn lend(&self, admin: Option<&(NamedSocket, TcpListener)>) -> Result<Vec<Lent>, String> {
        let fail = |error: io::Error| format!("a socket cannot be given: {error}");
        let sockets = self.workers.lend().await.map_err(fail)?;
        let mut lent = Vec::new();
        for Socket { listener, socket } in sockets {
            let Some(settings) = self.applied.site.listener(&listener) else {
                continue;
            };
            let name = NamedSocket {
                listener: Some(listener),
                bind: settings.settings.bind,
                port: settings.settings.port,
            };
            lent.push((name, socket.into()));
        }
        if let Some((name, socket)) = admin {
            lent.push((name.clone(), socket.try_clone().map_err(fail)?.into()));
        }
        Ok(lent)
    }

    /// What operators said is on disk, and is not changed here any more.
    fn give_state(&self) -> Result<Option<OwnedFd>, String> {
        let given = self.ground.kept.give();
        for upstream in &self.applied.site.upstreams {
            upstream.wait_for_orders();
        }
        let lock = given.map_err(|error| format!("the lock cannot be given: {error}"))?;
        Ok(lock.map(OwnedFd::from))
    }
}

fn unavailable(error: impl Error + Send + Sync + 'static) -> Refused {
    let source = Box::new(error);
    Refused::Unavailable { source }
}

/// What is served no more ends by itself: requests at their time, hooks when they were told.
fn end(left: Left) {
    let Left {
        upstreams,
        notifier,
        listener_hooks,
    } = left;
    for tended in upstreams {
        tended.leave();
    }
    drop(tasks::spawn("hooks that go", async move {
        if let Some(notifier) = notifier
            && !notifier.finish(HOOKS_FINISH).await
        {
            tracing::warn!("not every event was delivered to hooks that are no more");
        }
        for one in listener_hooks {
            if !one.hook.finish(HOOKS_FINISH).await {
                tracing::warn!(
                    one.listener,
                    "not every connection was told to a hook that is no more"
                );
            }
        }
    }));
}
