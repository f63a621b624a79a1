//! The admin API of a running Buffy: what it is shown, and its sockets.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use buffy_core::config::Config;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::bound::StartError;
use crate::admin::{self, Control, ListenerState};
use crate::proxy::listener::Listener;
use crate::proxy::site::Site;
use crate::tasks;

/// The admin API under way.
pub(super) struct Serving {
    /// Where it listens; nowhere without `admin` in the configuration.
    pub(super) address: Option<SocketAddr>,
    pub(super) tasks: Vec<JoinHandle<()>>,
}

/// A listener, as the admin API shows it.
pub(super) fn present_listener(listener: &Listener, site: &Site) -> ListenerState {
    let of_all = site.process.connections.max();
    ListenerState {
        id: listener.settings.id.clone(),
        address: listener.address,
        connections: Arc::clone(&listener.connections),
        connections_max: listener.connections_max().min(of_all),
    }
}

pub(super) fn start_admin(
    config: &Config,
    socket: Option<TcpListener>,
    control: &Arc<Control>,
    ended: &watch::Receiver<bool>,
) -> Result<Serving, StartError> {
    let (Some(settings), Some(socket)) = (&config.admin, socket) else {
        return Ok(Serving {
            address: None,
            tasks: Vec::new(),
        });
    };
    let address = socket.local_addr().ok();
    let fail = |source| StartError::Runtime { source };
    let socket = tokio::net::TcpListener::from_std(socket).map_err(fail)?;
    let mut listeners = vec![admin::Listener::Tcp(socket)];
    if let Some(path) = &settings.unix {
        let bound = admin::bind_unix(path).map_err(|source| StartError::AdminUnix { source })?;
        listeners.push(bound);
    }
    let serving = listeners.into_iter().map(|listener| {
        let mut ended = ended.clone();
        let shutdown = async move {
            if ended.wait_for(|ended| *ended).await.is_err() {
                tracing::debug!("the control thread has gone before the admin API");
            }
        };
        let serve = admin::serve(listener, Arc::clone(control), shutdown);
        tasks::spawn("admin", serve)
    });
    Ok(Serving {
        address,
        tasks: serving.collect(),
    })
}
