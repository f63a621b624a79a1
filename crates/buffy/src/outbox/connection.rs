//! Connections opened and closed, handed over to a listener's hook.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use super::tally::{HookFigures, Tally};

/// What the hook is called in logs and figures.
pub const HOOK: &str = "connections";

/// Tells of connections; used by workers, so it never waits. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConnectionSender {
    entries: Sender<Entry>,
    tally: Arc<Tally>,
}

/// A connection was opened or closed.
#[derive(Debug)]
pub struct Entry {
    /// Else closed.
    pub opened: bool,
    /// Unique within the process.
    pub id: u64,
    pub peer: SocketAddr,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
}

impl ConnectionSender {
    /// The way to a listener's hook, and its tally.
    pub fn new(entries: Sender<Entry>, tally: Arc<Tally>) -> Self {
        Self { entries, tally }
    }

    /// A connection was accepted; `id` is unique within the process.
    pub fn opened(&self, peer: SocketAddr, id: u64) {
        self.tell(true, peer, id);
    }

    /// It is closed.
    pub fn closed(&self, peer: SocketAddr, id: u64) {
        self.tell(false, peer, id);
    }

    /// Both lead to the same hook.
    pub fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.tally, &other.tally)
    }

    /// What became of the batches.
    pub fn figures(&self) -> HookFigures {
        self.tally.figures(HOOK)
    }

    fn tell(&self, opened: bool, peer: SocketAddr, id: u64) {
        let entry = Entry {
            opened,
            id,
            peer,
            at_ms: crate::clock::unix_ms(),
        };
        if self.entries.try_send(entry).is_err() && self.tally.dropped(1) {
            tracing::warn!(
                hook = HOOK,
                "the receiver is too slow: entries are dropped and counted"
            );
        }
    }
}
