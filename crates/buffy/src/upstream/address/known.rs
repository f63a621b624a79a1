//! What is known of a name: the last good answer, and whether one is being waited for.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::error::{self, ConnectError};

/// What a caller who wants addresses is to do.
pub(super) enum Asked {
    Fresh(Arc<[SocketAddr]>),
    /// Somebody's look-up is under way.
    Wait(watch::Receiver<Option<Instant>>),
    /// The caller must start the look-up; it is counted as under way from now on.
    LookUp(watch::Receiver<Option<Instant>>),
}

/// Locked for a clone or a swap, never over a wait.
pub(super) struct Known {
    answers: Mutex<Answers>,
    /// When the look-up that is under way began.
    asked: watch::Sender<Option<Instant>>,
}

#[derive(Default)]
struct Answers {
    /// The last good answer, in the order to try.
    addresses: Option<Arc<[SocketAddr]>>,
    /// When the last look-up ended, well or not.
    at: Option<Instant>,
    failure: Option<Failure>,
}

/// Kept apart from its `io::Error`, which cannot be cloned for all who wait.
#[derive(Clone)]
struct Failure {
    /// The resolver's failure, not the name's.
    away: bool,
    kind: io::ErrorKind,
    text: String,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            answers: Mutex::default(),
            asked: watch::Sender::new(None),
        }
    }
}

impl Known {
    pub(super) fn ask(&self, now: Instant, fresh: Duration) -> Asked {
        let answers = self.lock();
        if let (Some(addresses), Some(at)) = (&answers.addresses, answers.at)
            && now.saturating_duration_since(at) < fresh
        {
            return Asked::Fresh(Arc::clone(addresses));
        }
        let mut mine = false;
        self.asked.send_if_modified(|asked| {
            mine = asked.is_none();
            asked.get_or_insert(now);
            mine
        });
        let receiver = self.asked.subscribe();
        if mine {
            Asked::LookUp(receiver)
        } else {
            Asked::Wait(receiver)
        }
    }

    /// The last good answer, however old.
    pub(super) fn addresses(&self) -> Option<Arc<[SocketAddr]>> {
        self.lock().addresses.clone()
    }

    /// Tried first from now on.
    pub(super) fn prefer(&self, good: SocketAddr) {
        let mut answers = self.lock();
        if let Some(addresses) = &answers.addresses {
            answers.addresses = Some(good_first(addresses, Some(good)));
        }
    }

    /// A look-up ended.
    pub(super) fn answer(&self, result: io::Result<Vec<SocketAddr>>) {
        let mut answers = self.lock();
        answers.at = Some(Instant::now());
        match result {
            Ok(found) if found.is_empty() => {
                answers.failure = Some(Failure::of(&io::Error::other("the name has no address")));
            }
            Ok(found) => {
                let good = answers
                    .addresses
                    .as_ref()
                    .and_then(|old| old.first().copied());
                answers.addresses = Some(good_first(&found, good));
                answers.failure = None;
            }
            Err(source) => {
                tracing::debug!(error = %source, "a name could not be looked up");
                answers.failure = Some(Failure::of(&source));
            }
        }
        drop(answers);
        self.asked.send_replace(None);
    }

    /// Why there is no address.
    pub(super) fn failure(&self, host: &str) -> ConnectError {
        let Some(failure) = self.lock().failure.clone() else {
            return error::resolver_timed_out();
        };
        let source = io::Error::new(failure.kind, failure.text);
        if failure.away {
            ConnectError::Local { source }
        } else {
            ConnectError::NoSuchHost {
                host: host.to_owned(),
                source,
            }
        }
    }

    /// As if so much time had passed.
    #[cfg(test)]
    pub(super) fn grow_older(&self, by: Duration) {
        let mut answers = self.lock();
        answers.at = answers.at.and_then(|at| at.checked_sub(by));
    }

    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failure {
    fn of(error: &io::Error) -> Self {
        Self {
            away: error::is_resolver_away(error),
            kind: error.kind(),
            text: error.to_string(),
        }
    }
}

fn good_first(found: &[SocketAddr], good: Option<SocketAddr>) -> Arc<[SocketAddr]> {
    let good = good.filter(|good| found.contains(good));
    good.into_iter()
        .chain(found.iter().copied().filter(|&one| Some(one) != good))
        .collect()
}
