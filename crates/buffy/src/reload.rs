//! Asking for a reload: the way from those who may ask (the admin API, a signal, a watched file)
//! to the one task that does it, one after the other.

use std::error::Error;

use buffy_core::config::Changes;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

/// Asks that wait for the one before them at most; who asks waits for room.
const ASKS: usize = 8;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no file to read anew, or it cannot be read.
    #[error("the configuration cannot be read: {message}")]
    Unread { message: String },
    /// What is wrong with it, as `buffy check` tells it.
    #[error("the configuration is wrong:\n{problems}")]
    Wrong { problems: String },
    /// An operator's word stands at what would be removed.
    #[error(
        "{} would be removed, and an operator's close, stop or force stands there: lift it first, \
         or reload with `force`",
        upstreams.join(", ")
    )]
    Operated { upstreams: Vec<String> },
    /// What the configuration asks of the machine cannot be had.
    #[error("what the configuration asks for cannot be had")]
    Unavailable {
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("Buffy is stopping")]
    Stopping,
}

/// Asks for reloads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reloads(Sender<Asked>);

/// Somebody wants the configuration read anew, and applied.
#[derive(Debug)]
pub struct Asked {
    /// Removes what an operator's word stands at, too.
    pub force: bool,
    pub answer: oneshot::Sender<Result<Changes, Refused>>,
}

impl Reloads {
    /// The two ends of the way.
    pub fn new() -> (Self, Receiver<Asked>) {
        let (asks, asked) = mpsc::channel(ASKS);
        (Self(asks), asked)
    }

    /// Has the configuration's file read anew, checked and applied; returns when it serves, or
    /// says why everything is as it was.
    pub async fn ask(&self, force: bool) -> Result<Changes, Refused> {
        let (answer, answered) = oneshot::channel();
        let asked = self.0.send(Asked { force, answer }).await;
        match asked {
            Ok(()) => answered.await.unwrap_or(Err(Refused::Stopping)),
            Err(_) => Err(Refused::Stopping),
        }
    }
}
