//! A worker's thread: its runtime, its sockets, and how it ends.

use std::io;
use std::net::TcpListener as StdListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;

use super::accept;
use super::listener::Listener;
use super::site::Site;
use super::worker::Worker;
use crate::observe::metrics::Counters;
use crate::tasks;

/// Between two sweeps of the idle connections.
const SWEEP: Duration = Duration::from_millis(500);

/// Without a request for so long, a worker that stops has none.
const QUIET: Duration = Duration::from_millis(100);

/// How far a worker's end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Connections are accepted.
    Serving,
    /// None are accepted any more; the worker ends when no request is under way.
    Draining,
    /// The worker ends, whatever is under way.
    Ended,
}

/// What a worker's thread is given.
pub struct Parts {
    pub index: usize,
    pub site: Arc<Site>,
    pub counters: Arc<Counters>,
    pub sockets: Vec<(Arc<Listener>, StdListener)>,
    pub phase: watch::Receiver<Phase>,
}

/// Runs a worker on the calling thread until it has ended.
pub fn run(parts: Parts) -> io::Result<()> {
    let Parts {
        index,
        site,
        counters,
        sockets,
        mut phase,
    } = parts;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())?;
    runtime.block_on(async move {
        let worker = Rc::new(Worker::new(index, site, counters));
        let mut accepting = Vec::new();
        for (listener, socket) in sockets {
            let socket = TcpListener::from_std(socket)?;
            let stop = reached(phase.clone(), Phase::Draining);
            let task = accept::accept(Rc::clone(&worker), listener, socket, stop);
            accepting.push(tasks::spawn_local(task));
        }
        let sweeper = tasks::spawn_local(sweep(Rc::clone(&worker)));
        reached(phase.clone(), Phase::Draining).await;
        for task in accepting {
            task.await.map_err(io::Error::other)?;
        }
        tokio::select! {
            () = quiet(&worker) => {}
            _ = phase.wait_for(|phase| *phase == Phase::Ended) => {}
        }
        sweeper.abort();
        Ok(())
    })
}

/// Returns when the phase is reached, or nobody can tell any more.
async fn reached(mut phase: watch::Receiver<Phase>, at_least: Phase) {
    if phase.wait_for(|phase| *phase >= at_least).await.is_err() {
        tracing::debug!("the control thread has gone before its workers");
    }
}

/// Returns when no request has been under way for a moment: one that was just accepted, or is just
/// arriving on a connection that was idle, is still answered.
async fn quiet(worker: &Worker) {
    loop {
        worker.idle().await;
        tokio::time::sleep(QUIET).await;
        if worker.is_idle() {
            return;
        }
    }
}

async fn sweep(worker: Rc<Worker>) {
    let mut every = tokio::time::interval(SWEEP);
    loop {
        every.tick().await;
        worker.sweep();
    }
}
