//! Connections of the admin API: so many, for so long, and no longer than they are of use.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::access::{Access, Peer};
use super::listener::Listener;
use super::{Control, routes};
use crate::tasks;

/// Connections at most, per socket; others wait to be accepted.
const CONNECTIONS_MAX: usize = 256;
/// For a request's head, and between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection's whole life: a client that reads nothing keeps its place so long.
const LIFE: Duration = Duration::from_mins(1);
/// For a request under way, when its connection is to end.
const GRACE: Duration = Duration::from_secs(2);
/// Between two tries to accept, while there is no descriptor for it.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const BUFFER_BYTES: usize = 64 * 1024;
const FIELDS_MAX: usize = 64;

/// Answers on a socket until `shutdown`, and then until requests under way are answered, for two
/// seconds at most.
pub async fn serve(
    listener: Listener,
    control: Arc<Control>,
    access: Arc<Access>,
    shutdown: impl Future<Output = ()>,
) {
    let router = routes::router(control, access);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (end, ended) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        match (place, accepted) {
            (Ok(place), Ok(accepted)) => accepted.start(router.clone(), ended.clone(), place),
            (_, Err(error)) => {
                tracing::warn!(%error, "the admin API could not accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    end.send_replace(true);
    drop(ended);
    let all_gone = end.closed();
    if timeout(GRACE, all_gone).await.is_err() {
        tracing::debug!("connections to the admin API were cut");
    }
}

/// A connection, and who is at its other end.
struct Accepted {
    peer: Peer,
    stream: Stream,
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

impl Listener {
    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, address)| Accepted {
                peer: Peer::Tcp(address.ip()),
                stream: Stream::Tcp(stream),
            }),
            Self::Unix(socket) => socket.listener.accept().await.map(|(stream, _)| Accepted {
                peer: Peer::Unix,
                stream: Stream::Unix(stream),
            }),
        }
    }
}

impl Accepted {
    fn start(self, router: Router, ended: watch::Receiver<bool>, place: OwnedSemaphorePermit) {
        let peer = self.peer;
        let connection = async move {
            match self.stream {
                Stream::Tcp(stream) => talk(stream, peer, router, ended).await,
                Stream::Unix(stream) => talk(stream, peer, router, ended).await,
            }
            drop(place);
        };
        drop(tasks::spawn("admin connection", connection));
    }
}

async fn talk<S>(stream: S, peer: Peer, router: Router, mut ended: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router.layer(Extension(peer)));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(BUFFER_BYTES)
            .max_headers(FIELDS_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let result = tokio::select! {
        result = &mut connection => result,
        () = until_end(&mut ended) => {
            connection.as_mut().graceful_shutdown();
            match timeout(GRACE, connection).await {
                Ok(result) => result,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection to the admin API ended");
    }
}

/// Until this connection has lived long enough, or all of them must end.
async fn until_end(ended: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end too.
    let told = async { ended.wait_for(|ended| *ended).await.is_ok() };
    tokio::select! {
        _ = told => {}
        () = sleep(LIFE) => {}
    }
}
