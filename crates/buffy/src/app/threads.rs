//! The workers' threads.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::bound::StartError;
use super::panics::Vital;
use crate::proxy::serve::{self, Phase, Socket, Word, Workers};
use crate::proxy::site::Site;
use crate::tasks;

/// Changes of which a worker has not heard yet.
const CHANGES: usize = 4;

/// Starts the workers' threads, each with its sockets: the way to them, and what is closed when all have ended.
pub(super) fn start_workers(
    site: &Arc<Site>,
    sockets: Vec<Vec<Socket>>,
    phase: &watch::Sender<Phase>,
    gone: &mpsc::Sender<&'static str>,
) -> Result<(Workers, mpsc::Receiver<std::convert::Infallible>), StartError> {
    let (running, ended) = mpsc::channel(1);
    let mut ways = Vec::new();
    for (index, own) in sockets.into_iter().enumerate() {
        let (way, changes) = mpsc::channel::<Word>(CHANGES);
        ways.push(way);
        let parts = serve::Parts {
            index,
            site: Arc::clone(site),
            sockets: own,
            phase: phase.subscribe(),
            changes,
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
    Ok((Workers::new(ways), ended))
}
