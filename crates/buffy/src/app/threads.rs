//! The workers' threads.

use std::net::TcpListener;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::bound::StartError;
use super::panics::Vital;
use crate::observe::metrics::Counters;
use crate::proxy::listener::Listener;
use crate::proxy::serve::{self, Phase};
use crate::proxy::site::Site;
use crate::tasks;

/// Starts the workers' threads; what is returned is closed when all have ended.
pub(super) fn start_workers(
    site: &Arc<Site>,
    counters: &[Arc<Counters>],
    listeners: &[Arc<Listener>],
    sockets: Vec<Vec<TcpListener>>,
    phase: &watch::Sender<Phase>,
    gone: &mpsc::Sender<&'static str>,
) -> Result<mpsc::Receiver<std::convert::Infallible>, StartError> {
    let (running, ended) = mpsc::channel(1);
    let mut sockets: Vec<_> = sockets.into_iter().map(Vec::into_iter).collect();
    for (index, counters) in counters.iter().enumerate() {
        let own = sockets.iter_mut().zip(listeners);
        let own = own.filter_map(|(sockets, one)| Some((Arc::clone(one), sockets.next()?)));
        let parts = serve::Parts {
            index,
            site: Arc::clone(site),
            counters: Arc::clone(counters),
            sockets: own.collect(),
            phase: phase.subscribe(),
        };
        let running = running.clone();
        let vital = Vital::new("worker", gone);
        tasks::spawn_thread(format!("buffy-{index}"), move || {
            let _running = running;
            if let Err(error) = serve::run(parts) {
                tracing::error!(worker = index, %error, "a worker ended");
                vital.gone();
            }
        })
        .map_err(|source| StartError::Thread {
            name: "worker",
            source,
        })?;
    }
    Ok(ended)
}
