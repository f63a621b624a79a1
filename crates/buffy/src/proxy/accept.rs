//! Accepting: connections of one listener, on one worker.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::client::Client;
use super::connection;
use super::listener::Listener;
use super::worker::Worker;
use crate::permits::{Permit, Permits, Turn};
use crate::tasks;

/// After an error of the system's that no connection of ours ends.
const ACCEPT_ANEW: Duration = Duration::from_millis(50);

/// Accepts until `stop` says so; then what the system has accepted already is taken too.
pub(super) async fn accept(
    worker: Rc<Worker>,
    listener: Arc<Listener>,
    socket: TcpListener,
    stop: impl Future<Output = ()>,
) {
    let mut stop = pin!(stop);
    loop {
        let admitted = {
            let mut next = pin!(next(&worker, &listener, &socket));
            poll_fn(|cx| match next.as_mut().poll(cx) {
                Poll::Ready(admitted) => Poll::Ready(Some(admitted)),
                Poll::Pending => stop.as_mut().poll(cx).map(|()| None),
            })
            .await
        };
        match admitted {
            Some(admitted) => start(&worker, &listener, admitted),
            None => break,
        }
    }
    drain(&worker, &listener, &socket);
}

/// A connection, and what it takes part in.
struct Admitted {
    stream: TcpStream,
    peer: std::net::SocketAddr,
    permits: [Permit; 3],
}

/// The next connection, once there is room for it.
async fn next(worker: &Worker, listener: &Listener, socket: &TcpListener) -> Admitted {
    let permits = [
        permit(&listener.connections).await,
        permit(&worker.site.connections).await,
        permit(&worker.site.descriptors).await,
    ];
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => return Admitted { stream, peer, permits },
            Err(error) => {
                if !is_of_the_peer(&error) {
                    tracing::warn!(listener = listener.settings.id, %error, "accepting failed");
                    tokio::time::sleep(ACCEPT_ANEW).await;
                }
            }
        }
    }
}

async fn permit(permits: &Arc<Permits>) -> Permit {
    if let Some(permit) = permits.take() {
        return permit;
    }
    let mut turn = Turn::new(permits);
    poll_fn(|cx| turn.poll(cx)).await
}

/// The connection ended before it was accepted: nothing is wrong here.
fn is_of_the_peer(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

/// Takes what the system has accepted, so that closing the socket resets nobody.
fn drain(worker: &Rc<Worker>, listener: &Arc<Listener>, socket: &TcpListener) {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let take = || {
        let permits = [
            listener.connections.take()?,
            worker.site.connections.take()?,
            worker.site.descriptors.take()?,
        ];
        Some(permits)
    };
    while let Some(permits) = take() {
        let Poll::Ready(Ok((stream, peer))) = socket.poll_accept(&mut cx) else { return };
        start(worker, listener, Admitted { stream, peer, permits });
    }
}

fn start(worker: &Rc<Worker>, listener: &Arc<Listener>, admitted: Admitted) {
    let Admitted { stream, peer, permits } = admitted;
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was not set");
    }
    let worker = Rc::clone(worker);
    let listener = Arc::clone(listener);
    tasks::spawn_local(async move {
        let _permits = permits;
        let id = worker.dice();
        if let Some(hook) = &listener.hook {
            hook.opened(peer, id);
        }
        let due = worker.now() + worker.site.config.limits.keep_alive;
        let mut client = Client::new(stream, peer, due);
        connection::serve(&worker, &listener, &mut client).await;
        drop(client);
        if let Some(hook) = &listener.hook {
            hook.closed(peer, id);
        }
    });
}
