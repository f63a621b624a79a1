//! What ends after the workers: calls, documents, the admin API, hooks, the access log.

use std::time::Duration;

use tokio::sync::watch;

use super::admin::Serving;
use super::site::ListenerHook;
use crate::calls::Calls;
use crate::notify::Notifier;
use crate::observe::log::AccessSender;
use crate::{plugin, tasks};

/// Deliveries to hooks get so long at the end, unless it is asked for at once.
const HOOKS_FINISH: Duration = Duration::from_secs(2);
/// What follows answers gets so long at the end, likewise.
const CALLS_FINISH: Duration = Duration::from_secs(5);
/// Documents that were changed are saved within so long.
const DATA_FINISH: Duration = Duration::from_secs(10);
/// The rest of the access log gets so long.
const LOG_FINISH: Duration = Duration::from_secs(1);
/// All of these together, hooks of events and of connections: what follows the workers' end.
pub(super) const LONGEST: Duration = Duration::from_secs(2 * 2 + 5 + 10 + 1);

/// What ends after the workers.
pub(super) struct Last {
    pub(super) admin_end: watch::Sender<bool>,
    pub(super) admin: Serving,
    pub(super) notifier: Notifier,
    pub(super) listener_hooks: Vec<ListenerHook>,
    pub(super) calls: Calls,
}

impl Last {
    pub(super) async fn end(self) {
        // Before the admin leaves: what follows an answer may move a gate, and is told.
        if !self.calls.finish(CALLS_FINISH).await {
            tracing::warn!("not everything that follows answers was done before the end");
        }
        let saved = tasks::spawn_blocking(|| plugin::finish(DATA_FINISH)).await;
        if !saved.unwrap_or(false) {
            tracing::error!("not all data was saved before the end");
        }
        self.admin_end.send_replace(true);
        for serving in self.admin.tasks {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the admin API ended badly");
            }
        }
        for one in self.listener_hooks {
            if !one.hook.finish(HOOKS_FINISH).await {
                tracing::warn!(one.listener, "not every connection was told before the end");
            }
        }
        if !self.notifier.finish(HOOKS_FINISH).await {
            tracing::warn!("not every event was delivered before the end");
        }
    }
}

/// Whether the rest of the access log was written.
pub(super) async fn flushed(access: AccessSender) -> bool {
    // It blocks, and nothing else may stand still for a reader of the log that does.
    let flush = tasks::spawn_blocking(move || access.flush(LOG_FINISH));
    flush.await.unwrap_or(false)
}
