//! Panics: logged where they happen, counted, and fatal where something vital has gone.

use std::future::Future;
use std::sync::Once;

use tokio::sync::mpsc;

use crate::tasks;

static HOOK: Once = Once::new();

/// From now on a panic is a line of the log, with its place and thread.
pub(super) fn log_them() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            tasks::panicked();
            let thread = std::thread::current();
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let message = info.payload_as_str().unwrap_or("no message");
            tracing::error!(thread = thread.name(), place, message, "panic");
            if !tracing::enabled!(tracing::Level::ERROR) {
                before(info);
            }
        }));
    });
}

/// Held by what Buffy cannot do without: its end is told, a panic's too.
#[derive(Debug)]
pub(super) struct Vital {
    name: &'static str,
    told: mpsc::Sender<&'static str>,
}

impl Vital {
    pub(super) fn new(name: &'static str, told: &mpsc::Sender<&'static str>) -> Self {
        Self {
            name,
            told: told.clone(),
        }
    }
}

impl Vital {
    /// The work of a task that must not end by a panic unheard.
    pub(super) async fn watch(self, work: impl Future<Output = ()>) {
        work.await;
        drop(self);
    }
}

impl Vital {
    /// Tells that it cannot go on.
    pub(super) fn gone(&self) {
        if self.told.try_send(self.name).is_err() {
            tracing::error!(
                name = self.name,
                "the end of something vital is told too late"
            );
        }
    }
}

impl Drop for Vital {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.gone();
        }
    }
}
