//! What outlives every configuration of a process.

use std::sync::{Arc, OnceLock};

use buffy_core::config::Config;
use tokio::sync::mpsc;

use super::bound::StartError;
use crate::calls::Calls;
use crate::client::Client;
use crate::journal::Journal;
use crate::observe::log::{AccessLog, AccessSender};
use crate::outbox::EventSender;
use crate::permits::Permits;
use crate::proxy::process::{Answering, Process};
use crate::session::{Clock, Sessions};
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::StateDir;

/// Descriptors that the data path leaves for admin, probes, hooks and files.
const RESERVE: usize = 64;
/// Descriptors that clients' connections leave: `connections_max` without being written.
const NOT_FOR_CLIENTS: usize = 256;

/// What outlives every configuration of a process, and what each is built upon.
pub(super) struct Ground {
    /// How many there are.
    pub(super) workers: usize,
    pub(super) process: Arc<Process>,
    pub(super) kept: Arc<StateDir>,
    pub(super) events: EventSender,
    pub(super) client: Client,
    /// Told the name of something vital that has gone.
    pub(super) gone: mpsc::Sender<&'static str>,
    descriptors: usize,
    access: OnceLock<AccessSender>,
}

impl Ground {
    /// As the first configuration asks for it; the limit of descriptors is raised.
    pub(super) fn new(
        config: &Config,
        workers: usize,
        kept: Arc<StateDir>,
        events: EventSender,
        client: Client,
        gone: mpsc::Sender<&'static str>,
    ) -> Result<Self, StartError> {
        let descriptors = super::descriptors::raise();
        let id = crate::random::bytes().map_err(|source| StartError::Random { source })?;
        let id = u64::from_ne_bytes(id);
        let limits = &config.limits;
        let limits = ProcessLimits::new(
            limits.held,
            limits.held_heads,
            limits.held_memory,
            limits.held_spill,
        );
        let process = Process::new(
            id,
            Arc::new(limits),
            Permits::new(of_the_data_path(descriptors)),
            Permits::new(for_clients(config, descriptors)),
            Arc::clone(&kept),
            Arc::new(Journal::new(workers, config.answers.journal)),
            answering(config, &client)?,
        );
        Ok(Self {
            workers,
            process: Arc::new(process),
            kept,
            events,
            client,
            gone,
            descriptors,
            access: OnceLock::new(),
        })
    }

    /// Whoever comes from now on is bound by this configuration; whoever is in stays in.
    pub(super) fn set_limits(&self, config: &Config) {
        let limits = &config.limits;
        self.process.limits.set_limits(
            limits.held,
            limits.held_heads,
            limits.held_memory,
            limits.held_spill,
        );
        let connections = for_clients(config, self.descriptors);
        self.process.connections.set_max(connections);
        let sessions = &self.process.answering.sessions;
        sessions.set_seed(config.answers.seed);
        let journal = &self.process.journal;
        journal.set_entries_max(config.answers.journal);
    }

    /// The access log where there is one; its thread is started with the first configuration that
    /// wants it.
    pub(super) fn access_log(&self, config: &Config) -> Option<AccessSender> {
        let start = || AccessLog::start(config.log.format);
        let wanted = config.log.access;
        wanted.then(|| self.access.get_or_init(start).clone())
    }

    /// The access log that was started, whether it is wanted now or not.
    pub(super) fn started_access_log(&self) -> Option<AccessSender> {
        self.access.get().cloned()
    }
}

/// Sessions that know nothing yet, at the real time.
fn answering(config: &Config, client: &Client) -> Result<Answering, StartError> {
    // Short enough to be copied by hand.
    let seed = crate::random::bytes().map_err(|source| StartError::Random { source })?;
    let seed = u32::from_ne_bytes(seed);
    let sessions = Sessions::new(seed.max(1).into());
    sessions.set_seed(config.answers.seed);
    let clock = Clock::default();
    Ok(Answering {
        sessions: Arc::new(sessions),
        calls: Calls::start(client.clone(), clock.clone()),
        clock,
        hubs: Arc::default(),
    })
}

fn of_the_data_path(descriptors: usize) -> usize {
    descriptors.saturating_sub(RESERVE).max(2)
}

/// Connections of clients at most, of all listeners: what leaves enough for targets, or more where
/// more is written.
fn for_clients(config: &Config, descriptors: usize) -> usize {
    let default = descriptors.saturating_sub(NOT_FOR_CLIENTS).max(1);
    let written = config
        .listeners
        .iter()
        .map(|listener| listener.connections_max);
    let sum = |all: usize, one: std::num::NonZeroUsize| all.saturating_add(one.get());
    let clients = match written
        .clone()
        .try_fold(0, |all, one| one.map(|one| sum(all, one)))
    {
        Some(all) => all,
        None => default.max(written.flatten().fold(0, sum)),
    };
    clients.min(of_the_data_path(descriptors))
}
