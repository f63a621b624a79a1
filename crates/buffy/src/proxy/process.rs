//! What lives as long as the process, whatever configuration is served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::calls::Calls;
use crate::journal::Journal;
use crate::permits::Permits;
use crate::plugin::stream::Hubs;
use crate::session::{Clock, Sessions};
use crate::spill::Spills;
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::StateDir;

/// What every configuration of a process shares.
pub struct Process {
    /// Requests that may be held, and bytes of their heads.
    pub limits: Arc<ProcessLimits>,
    /// Of the data path: clients' and targets' connections.
    pub descriptors: Arc<Permits>,
    /// Clients' connections, of all listeners.
    pub connections: Arc<Permits>,
    /// Where bodies go that do not fit into memory.
    pub spills: Arc<Spills>,
    /// Of requests that are answered from the configuration.
    pub journal: Arc<Journal>,
    /// What answers remember, wait by, and leave to be done.
    pub answering: Answering,
    /// Random, for request ids.
    pub id: u64,
    /// The same in hexadecimal digits, for `X-Buffy-Hops`.
    pub hop: Vec<u8>,
    pub stopping: Stopping,
}

impl Process {
    pub fn new(
        id: u64,
        limits: Arc<ProcessLimits>,
        descriptors: Arc<Permits>,
        connections: Arc<Permits>,
        folder: Arc<StateDir>,
        journal: Arc<Journal>,
        answering: Answering,
    ) -> Self {
        Self {
            spills: Spills::new(folder, Arc::clone(limits.spill()), Arc::clone(&descriptors)),
            limits,
            descriptors,
            connections,
            journal,
            answering,
            id,
            hop: format!("{id:016x}").into_bytes(),
            stopping: Stopping::default(),
        }
    }
}

/// What answers from the configuration go by. Cheap to clone: all clones are the same.
#[derive(Clone, Debug)]
pub struct Answering {
    pub sessions: Arc<Sessions>,
    pub clock: Clock,
    pub calls: Calls,
    /// The open streams of all endpoints.
    pub hubs: Arc<Hubs>,
}

/// How far Buffy's own end has come.
#[derive(Debug, Default)]
pub struct Stopping {
    /// No more requests on a connection than the one that is under way.
    last_answers: AtomicBool,
    /// The same, for those who wait for it.
    ending: watch::Sender<bool>,
    /// Nothing is held any more.
    no_holding: AtomicBool,
    /// Whoever waits is told when `no_holding` is set.
    told: tokio::sync::Notify,
}

impl Stopping {
    /// Answers say `Connection: close` from now on.
    pub fn last_answers(&self) {
        self.last_answers.store(true, Ordering::Release);
        self.ending.send_replace(true);
    }

    /// Turns true when answers without an end are to end.
    pub fn ending(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    pub fn is_last_answer(&self) -> bool {
        self.last_answers.load(Ordering::Acquire)
    }

    /// Whoever is held is refused now, and whoever would be.
    pub fn end_holding(&self) {
        self.no_holding.store(true, Ordering::Release);
        self.told.notify_waiters();
    }

    pub fn has_ended_holding(&self) -> bool {
        self.no_holding.load(Ordering::Acquire)
    }

    /// Returns when holding has ended.
    pub async fn holding_ended(&self) {
        loop {
            let told = self.told.notified();
            if self.no_holding.load(Ordering::Acquire) {
                return;
            }
            told.await;
        }
    }
}
