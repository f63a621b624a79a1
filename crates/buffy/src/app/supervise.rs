//! The life of a running Buffy, from ready to gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use buffy_core::config::Shutdown;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::running::Ended;
use crate::proxy::process::Process;
use crate::proxy::serve::Phase;

/// Between two looks at what is left.
const LOOK: Duration = Duration::from_millis(10);

/// What is asked of a running Buffy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
    Nothing,
    /// End, when what is under way has been answered.
    Stop,
    /// End now.
    AtOnce,
}

/// What the end is brought about with.
pub(super) struct Supervised {
    pub(super) process: Arc<Process>,
    pub(super) ready: Arc<AtomicBool>,
    pub(super) asked: watch::Receiver<Ask>,
    pub(super) phase: watch::Sender<Phase>,
    /// The name of something vital that has gone.
    pub(super) gone: mpsc::Receiver<&'static str>,
    /// Closed when the last worker's thread has ended.
    pub(super) workers: mpsc::Receiver<std::convert::Infallible>,
}

impl Supervised {
    /// Returns when it is to end: true where something vital has gone. May be dropped at any time.
    pub(super) async fn until_end(&mut self) -> bool {
        tokio::select! {
            name = self.gone.recv() => {
                tracing::error!(name, "something vital has gone: stopping");
                true
            }
            _ = self.workers.recv() => {
                tracing::error!("the workers have gone: stopping");
                true
            }
            () = asked(self.asked.clone(), Ask::Stop) => false,
        }
    }

    /// Readiness fails, listeners close, what is held waits on, what is under way ends. Returns
    /// when the workers have ended.
    pub(super) async fn stop(mut self, shutdown: &Shutdown) -> Ended {
        self.ready.store(false, Ordering::Release);
        tracing::info!("stopping");
        let at_once = asked(self.asked.clone(), Ask::AtOnce);
        let graceful = tokio::select! {
            graceful = self.end_gracefully(shutdown) => graceful,
            () = at_once => {
                tracing::warn!("asked again: stopping at once");
                false
            }
        };
        self.process.stopping.end_holding();
        self.phase.send_replace(Phase::Ended);
        // The workers see it within one poll of each.
        if self.workers.recv().await.is_some() {
            tracing::debug!("a worker said something");
        }
        if graceful {
            Ended::Gracefully
        } else {
            Ended::Cut
        }
    }

    /// True where nothing was cut.
    async fn end_gracefully(&mut self, shutdown: &Shutdown) -> bool {
        sleep(shutdown.delay).await;
        self.process.stopping.last_answers();
        self.phase.send_replace(Phase::Draining);
        let hold_until = Instant::now() + shutdown.hold;
        let mut grace_until = Instant::now() + shutdown.grace;
        // What is under way may still have to be held, to be repeated: holding ends with its time.
        loop {
            let now = Instant::now();
            let held = self.held();
            if held > 0 {
                grace_until = now + shutdown.grace;
            }
            if now >= hold_until && !self.process.stopping.has_ended_holding() {
                if held > 0 {
                    tracing::warn!(
                        held,
                        "held requests are refused: the time to hold them is over"
                    );
                }
                self.process.stopping.end_holding();
            }
            if now >= grace_until {
                tracing::warn!("requests under way are cut: the time to end them is over");
                return false;
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                _ = self.workers.recv() => return true,
            }
        }
    }

    fn held(&self) -> usize {
        self.process.limits.held().taken()
    }
}

/// Returns when at least this is asked, or nobody can ask any more.
pub(super) async fn asked(mut asks: watch::Receiver<Ask>, at_least: Ask) {
    if asks.wait_for(|ask| *ask >= at_least).await.is_err() {
        tracing::debug!("nobody is left to ask for the end");
        std::future::pending::<()>().await;
    }
}
