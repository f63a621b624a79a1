//! Accepting: connections of one listener, on one worker.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::unconstrained;

use super::client::Client;
use super::connection;
use super::serving::Door;
use super::worker::Worker;
use crate::outbox::ConnectionSender;
use crate::permits::{Permit, Permits, Turn};
use crate::tasks;

/// After an error of the system's that no connection of ours ends.
const ACCEPT_ANEW: Duration = Duration::from_millis(50);

/// Accepts until `stop` says so; then what the system has accepted already is taken too.
pub(super) async fn accept(
    worker: Rc<Worker>,
    door: Rc<RefCell<Door>>,
    socket: Rc<TcpListener>,
    stop: impl Future<Output = ()>,
) {
    let mut stop = pin!(stop);
    let mut room = Room::default();
    loop {
        let accepted = {
            let mut next = pin!(next(&worker, &door, &socket, &mut room));
            poll_fn(|cx| match next.as_mut().poll(cx) {
                Poll::Ready(accepted) => Poll::Ready(Some(accepted)),
                Poll::Pending => stop.as_mut().poll(cx).map(|()| None),
            })
            .await
        };
        match accepted {
            Some((stream, peer)) => {
                let permits = std::mem::take(&mut room.permits);
                start(&worker, &door.borrow(), stream, peer, permits);
            }
            None => break,
        }
    }
    let door = door.borrow().clone();
    drain(&worker, &door, &socket, room).await;
}

/// A connection that was accepted, and the permits that it has so far.
#[derive(Default)]
struct Room {
    waiting: Option<(TcpStream, SocketAddr)>,
    permits: Vec<Permit>,
}

/// The next connection, once there is room for it.
///
/// It is accepted first: a socket that nobody connects to takes no permit away from the others.
async fn next(
    worker: &Worker,
    door: &RefCell<Door>,
    socket: &TcpListener,
    room: &mut Room,
) -> (TcpStream, SocketAddr) {
    while room.waiting.is_none() {
        match socket.accept().await {
            Ok(accepted) => room.waiting = Some(accepted),
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                let listener = door.borrow().listener.settings.id.clone();
                tracing::warn!(listener, %error, "accepting failed");
                tokio::time::sleep(ACCEPT_ANEW).await;
            }
        }
    }
    let listener = Arc::clone(&door.borrow().listener.connections);
    let kinds = [
        &listener,
        &worker.process.connections,
        &worker.process.descriptors,
    ];
    for permits in kinds.into_iter().skip(room.permits.len()) {
        let permit = permit(permits).await;
        room.permits.push(permit);
    }
    match room.waiting.take() {
        Some(accepted) => accepted,
        None => std::future::pending().await,
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

/// Takes what the system has accepted, so that closing the socket resets nobody. These few are the
/// last ones: they may pass the limits.
async fn drain(worker: &Rc<Worker>, door: &Door, socket: &TcpListener, room: Room) {
    if let Some((stream, peer)) = room.waiting {
        start(worker, door, stream, peer, room.permits);
    }
    // All in one go: at its budget's end a task would be told that nobody waits.
    let all = unconstrained(poll_fn(|cx| {
        while let Poll::Ready(accepted) = socket.poll_accept(cx) {
            match accepted {
                Ok((stream, peer)) => {
                    let descriptor = worker.process.descriptors.take().into_iter().collect();
                    start(worker, door, stream, peer, descriptor);
                }
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(listener = door.listener.settings.id, %error, "accepting failed");
                    break;
                }
            }
        }
        Poll::Ready(())
    }));
    all.await;
}

fn start(
    worker: &Rc<Worker>,
    door: &Door,
    stream: TcpStream,
    peer: SocketAddr,
    permits: Vec<Permit>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was not set");
    }
    let worker = Rc::clone(worker);
    let mut door = door.clone();
    drop(tasks::spawn_local(async move {
        let _permits = permits;
        let hook = door.listener.hook.clone();
        let _told = hook.map(|hook| Told::opened(hook, peer, worker.dice()));
        let due = worker.now() + door.serving.site.config.limits.keep_alive;
        let mut client = Client::new(stream, peer, due);
        connection::serve(&worker, &mut door, &mut client).await;
    }));
}

/// A connection that a hook was told of; it is told of its end, however that comes.
struct Told {
    hook: ConnectionSender,
    peer: SocketAddr,
    id: u64,
}

impl Told {
    fn opened(hook: ConnectionSender, peer: SocketAddr, id: u64) -> Self {
        hook.opened(peer, id);
        Self { hook, peer, id }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.hook.closed(self.peer, self.id);
    }
}
