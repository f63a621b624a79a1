//! Connections of the admin API: so many, for so long, and no longer than they are of use.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::http::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::access::Peer;
use super::listener::Listener;
use super::{Control, routes};
use crate::tasks;

/// Between two tries to accept, while there is no descriptor for it.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Of a connection; a head does not fit in more.
const BUFFER_BYTES: usize = 32 * 1024;
const FIELDS_MAX: usize = 64;

/// What one socket grants to all who come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Connections at most; others wait to be accepted.
    pub(super) connections_max: usize,
    /// For a request's head, and between two requests.
    pub(super) head: Duration,
    /// The same for who comes when more than half of the places are taken: those that idle must
    /// not keep a health check waiting.
    pub(super) head_crowded: Duration,
    /// A connection's whole life: a client that reads nothing keeps its place so long.
    pub(super) life: Duration,
    /// For a request under way, when its connection is to end.
    pub(super) grace: Duration,
}

impl Bounds {
    pub(super) const USUAL: Self = Self {
        connections_max: 256,
        head: Duration::from_secs(10),
        head_crowded: Duration::from_millis(500),
        life: Duration::from_mins(1),
        grace: Duration::from_secs(2),
    };
}

/// Answers on a socket until `shutdown`, and then until requests under way are answered, for two
/// seconds at most.
pub async fn serve(listener: Listener, control: Arc<Control>, shutdown: impl Future<Output = ()>) {
    serve_within(Bounds::USUAL, listener, control, shutdown).await;
}

pub(super) async fn serve_within(
    bounds: Bounds,
    listener: Listener,
    control: Arc<Control>,
    shutdown: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(bounds.connections_max));
    let (end, ended) = watch::channel(false);
    let service = Service {
        control,
        bounds,
        ended,
    };
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
            (Ok(place), Ok(accepted)) => {
                let crowded = places.available_permits() < bounds.connections_max / 2;
                let head = if crowded {
                    bounds.head_crowded
                } else {
                    bounds.head
                };
                accepted.start(service.clone(), head, place);
            }
            (_, Err(error)) => {
                tracing::warn!(%error, "the admin API could not accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    end.send_replace(true);
    // Each connection holds a receiver to its end, and ends itself within the grace.
    drop(service);
    end.closed().await;
}

/// Answers one request that came from whoever may do everything: the status, and the content.
/// `target` begins below `admin.path`.
pub async fn answer(
    control: &Arc<Control>,
    method: &str,
    target: &str,
    body: &str,
) -> io::Result<(u16, String)> {
    let present = control.present();
    let path = present
        .config
        .admin
        .as_ref()
        .map_or("", |admin| &admin.path);
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{target}", path.trim_end_matches('/')))
        .header("Host", "localhost")
        .header("Content-Type", "application/json")
        .body(Body::from(body.to_owned()))
        .map_err(io::Error::other)?;
    let life = Life::of(Bounds::USUAL.life, watch::channel(false).1);
    let router = routes::router(Arc::clone(control));
    let known = router.layer(Extension(Peer::Unix)).layer(Extension(life));
    let service = TowerToHyperService::new(known);
    let answered = hyper::service::Service::call(&service, request).await;
    let response = answered.map_err(io::Error::other)?;
    let status = response.status().as_u16();
    let content = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let content = content.map_err(io::Error::other)?;
    Ok((status, String::from_utf8_lossy(&content).into_owned()))
}

/// How long a connection may live. A request that is answered late on purpose, since it waits for
/// something, asks for more.
#[derive(Clone, Debug)]
pub(super) struct Life {
    end: watch::Sender<Instant>,
    /// All connections are to end.
    ended: watch::Receiver<bool>,
}

impl Life {
    fn of(length: Duration, ended: watch::Receiver<bool>) -> Self {
        let end = watch::Sender::new(Instant::now() + length);
        Self { end, ended }
    }

    /// Returns when all connections are to end: whoever waits for something else need not, then.
    pub(super) async fn stopping(&self) {
        if self.ended.clone().wait_for(|ended| *ended).await.is_err() {
            // Nobody is left who would say so.
            std::future::pending::<()>().await;
        }
    }

    /// The connection may live at least so long from now on.
    pub(super) fn lasts(&self, length: Duration) {
        let until = Instant::now() + length;
        self.end.send_if_modified(|end| {
            let later = until > *end;
            *end = until.max(*end);
            later
        });
    }

    async fn over(&self) {
        loop {
            let end = *self.end.borrow();
            sleep_until(end).await;
            if *self.end.borrow() == end {
                return;
            }
        }
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

/// What every connection is served with.
#[derive(Clone)]
struct Service {
    control: Arc<Control>,
    bounds: Bounds,
    ended: watch::Receiver<bool>,
}

impl Accepted {
    fn start(self, service: Service, head: Duration, place: OwnedSemaphorePermit) {
        let connection = async move {
            match self.stream {
                Stream::Tcp(stream) => service.talk(stream, self.peer, head).await,
                Stream::Unix(stream) => service.talk(stream, self.peer, head).await,
            }
            drop(place);
        };
        drop(tasks::spawn("admin connection", connection));
    }
}

impl Service {
    async fn talk<S>(self, stream: S, peer: Peer, head: Duration)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self {
            control,
            bounds,
            mut ended,
        } = self;
        // The paths of this moment: a reload may have others for the next connection.
        let router = routes::router(control);
        let life = Life::of(bounds.life, ended.clone());
        let known = router.layer(Extension(peer)).layer(Extension(life.clone()));
        let service = TowerToHyperService::new(known);
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(head)
                .max_buf_size(BUFFER_BYTES)
                .max_headers(FIELDS_MAX)
                .serve_connection(TokioIo::new(stream), service)
        );
        let result = tokio::select! {
            result = &mut connection => result,
            () = until_end(&mut ended, &life) => {
                connection.as_mut().graceful_shutdown();
                match timeout(bounds.grace, connection).await {
                    Ok(result) => result,
                    Err(_) => return,
                }
            }
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a connection to the admin API ended");
        }
    }
}

/// Until this connection has lived long enough, or all of them must end.
async fn until_end(ended: &mut watch::Receiver<bool>, life: &Life) {
    // An error means that the sender is gone, which is an end too.
    let told = async { ended.wait_for(|ended| *ended).await.is_ok() };
    tokio::select! {
        _ = told => {}
        () = life.over() => {}
    }
}
