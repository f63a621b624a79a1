//! A runtime that stands still until a test waits: then everything on it goes on.

use std::future::Future;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{interval, timeout};

use crate::eventually::{DEADLINE, POLL};

/// The control runtime of a test that is not asynchronous itself.
#[derive(Debug)]
pub struct OneThread(Runtime);

impl OneThread {
    /// A runtime with sockets and timers.
    #[expect(clippy::new_without_default, reason = "it starts something")]
    pub fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        Self(runtime.expect("a runtime can be made"))
    }

    pub fn handle(&self) -> &Handle {
        self.0.handle()
    }

    /// Runs to the end of `work`.
    pub fn run<F: Future>(&self, work: F) -> F::Output {
        self.0.block_on(work)
    }

    /// Runs until the condition holds.
    ///
    /// # Panics
    /// When it does not within [`DEADLINE`], with what was waited for.
    #[track_caller]
    pub fn eventually(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let looks = async {
            let mut look = interval(POLL);
            while !condition() {
                look.tick().await;
            }
        };
        let held = self
            .0
            .block_on(async { timeout(DEADLINE, looks).await.is_ok() });
        assert!(held, "not within {DEADLINE:?}: {what}");
    }
}
