//! The admin API of a running Buffy: what it is shown, and its sockets.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use buffy_core::config::Config;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::bound::StartError;
use super::heirs::admin_socket;
use crate::admin::{self, Answering, Control, ListenerState};
use crate::proxy::listener::Listener;
use crate::proxy::process::Process;
use crate::proxy::site::Site;
use crate::takeover::NamedSocket;
use crate::tasks;

/// The admin API under way.
pub(super) struct Serving {
    /// As it is written, and its socket once more, for who takes over.
    pub(super) socket: Option<(NamedSocket, TcpListener)>,
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

/// What the admin API is shown of answers.
pub(super) fn answering(process: &Process) -> Answering {
    let shared = &process.answering;
    Answering {
        journal: Arc::clone(&process.journal),
        sessions: Arc::clone(&shared.sessions),
        clock: shared.clock.clone(),
        hubs: Arc::clone(&shared.hubs),
    }
}

pub(super) fn start_admin(
    config: &Config,
    socket: Option<TcpListener>,
    control: &Arc<Control>,
    ended: &watch::Receiver<bool>,
    takes_over: bool,
) -> Result<Serving, StartError> {
    let (Some(settings), Some(socket)) = (&config.admin, socket) else {
        return Ok(Serving {
            socket: None,
            address: None,
            tasks: Vec::new(),
        });
    };
    let address = socket.local_addr().ok();
    let fail = |source| StartError::Runtime { source };
    let named = admin_socket(settings.bind, settings.port);
    let again = (named, socket.try_clone().map_err(fail)?);
    let socket = tokio::net::TcpListener::from_std(socket).map_err(fail)?;
    let mut listeners = vec![admin::Listener::Tcp(socket)];
    if let Some(path) = &settings.unix {
        let bound = if takes_over {
            admin::UnixSocket::replace(path).map(admin::Listener::Unix)
        } else {
            admin::bind_unix(path)
        };
        let bound = bound.map_err(|source| StartError::AdminUnix { source })?;
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
        socket: Some(again),
        address,
        tasks: serving.collect(),
    })
}
