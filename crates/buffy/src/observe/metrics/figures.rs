//! What is shown of a running Buffy, gathered for one scrape.

use std::sync::Arc;
use std::time::Duration;

use super::{Counters, GateCounts, StreamFigures};
use crate::outbox::HookFigures;

/// The figures of one moment.
#[derive(Debug)]
pub struct Figures {
    pub version: &'static str,
    /// Seconds since the Unix epoch at which the process started.
    pub started_seconds: f64,
    /// The endpoints' ids, by the index that [`Counters::request`] takes.
    pub endpoints: Vec<String>,
    /// One per worker.
    pub counters: Vec<Arc<Counters>>,
    pub listeners: Vec<ListenerFigures>,
    pub upstreams: Vec<UpstreamFigures>,
    pub hooks: Vec<HookFigures>,
    /// Of the endpoints that have streams.
    pub streams: Vec<StreamFigures>,
    /// Bytes of the bodies of held requests in memory, and in files.
    pub held_memory: u64,
    pub held_spill: u64,
    /// The newest reload was refused.
    pub reload_failed: bool,
    /// Panics of tasks and threads, since the start.
    pub panics: u64,
    pub process: ProcessFigures,
}

/// One listener.
#[derive(Debug)]
pub struct ListenerFigures {
    pub id: String,
    /// Open now.
    pub connections: u64,
    pub connections_max: u64,
}

/// One upstream, its gate and its queue.
#[derive(Debug)]
pub struct UpstreamFigures {
    pub id: String,
    /// Requests that wait.
    pub held: u64,
    /// How many may.
    pub held_limit: u64,
    /// Bytes of the heads and bodies of those that wait.
    pub held_bytes: u64,
    /// How long the oldest has waited; zero where none waits.
    pub oldest: Duration,
    pub inflight: u64,
    /// Requests pass.
    pub open: bool,
    /// How long they have not, since the start, all together.
    pub closed: Duration,
    /// Targets that are up.
    pub targets_up: u64,
    /// An operator has overridden the autogate.
    pub forced: bool,
    /// Every target that is up has as many requests on their way as it may.
    pub saturated: bool,
    /// While those who waited are let go step by step: how many may be unfinished.
    pub release_step: Option<u64>,
    pub counts: Arc<GateCounts>,
}

/// The process as the system sees it; what the system does not say is left out.
#[derive(Debug, Default)]
pub struct ProcessFigures {
    pub cpu_seconds: Option<f64>,
    pub resident_bytes: Option<u64>,
    pub open_fds: Option<u64>,
    pub max_fds: Option<u64>,
}

impl ProcessFigures {
    /// Asks the system. Lists the open descriptors, which takes milliseconds where there are
    /// many.
    pub fn read() -> Self {
        use rustix::process::{Resource, getrlimit};
        use rustix::time::{ClockId, clock_gettime};

        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        Self {
            cpu_seconds: Duration::try_from(cpu).ok().map(|cpu| cpu.as_secs_f64()),
            resident_bytes: resident_bytes(),
            open_fds: open_fds(),
            max_fds: getrlimit(Resource::Nofile).current,
        }
    }
}

fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn open_fds() -> Option<u64> {
    let all = std::fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is the listing's own.
    u64::try_from(all).ok()?.checked_sub(1)
}
