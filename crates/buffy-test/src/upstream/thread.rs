//! The thread of an upstream: accepts, and does as it is told.

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::bind;
use super::book::Shared;
use super::connection::Connection;

/// Connections that wait to be accepted at most.
const BACKLOG: i32 = 4096;

/// What the thread is told; each is answered when it is done.
#[derive(Debug)]
pub(super) enum Command {
    Listen(mpsc::SyncSender<()>),
    Refuse(mpsc::SyncSender<()>),
    Kill(mpsc::SyncSender<()>),
    #[cfg(target_os = "linux")]
    Swallow(mpsc::SyncSender<()>),
    End(mpsc::SyncSender<()>),
}

pub(super) fn start(
    port: u16,
    shared: Arc<Shared>,
    inbox: tokio::sync::mpsc::Receiver<Command>,
) -> JoinHandle<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the upstream");
    std::thread::Builder::new()
        .name(format!("upstream-{port}"))
        .spawn(move || runtime.block_on(run(port, shared, inbox)))
        .expect("a thread for the upstream")
}

async fn run(port: u16, shared: Arc<Shared>, mut inbox: tokio::sync::mpsc::Receiver<Command>) {
    let mut listener = None;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            command = inbox.recv() => {
                let Some(command) = command else { return };
                let end = matches!(command, Command::End(_));
                obey(command, port, &shared, &mut listener, &mut connections).await;
                if end {
                    return;
                }
            }
            stream = accept(listener.as_ref()) => {
                if let Some(number) = shared.book().connected() {
                    let connection = Connection::new(stream, number, Arc::clone(&shared));
                    connections.spawn(connection.serve());
                }
            }
            Some(ended) = connections.join_next() => ended.expect("a connection does not panic"),
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            return stream;
        }
    }
}

async fn obey(
    command: Command,
    port: u16,
    shared: &Shared,
    listener: &mut Option<TcpListener>,
    connections: &mut JoinSet<()>,
) {
    let done = match command {
        Command::Listen(done) => {
            if listener.is_none() {
                *listener = Some(listen(port));
            }
            done
        }
        Command::Refuse(done) => {
            *listener = None;
            done
        }
        #[cfg(target_os = "linux")]
        Command::Swallow(done) => {
            if let Some(listener) = listener {
                swallow(listener);
            }
            done
        }
        Command::Kill(done) | Command::End(done) => {
            *listener = None;
            shared.kill.send_modify(|round| *round += 1);
            while let Some(ended) = connections.join_next().await {
                ended.expect("a connection does not panic");
            }
            done
        }
    };
    if done.try_send(()).is_err() {
        // Whoever asked gave up at its deadline, and said so.
    }
}

fn listen(port: u16) -> TcpListener {
    let socket = bind(port);
    socket
        .listen(BACKLOG)
        .unwrap_or_else(|error| panic!("listen on port {port}: {error}"));
    TcpListener::from_std(socket.into()).expect("a listening socket joins the runtime")
}

/// Drops every packet that comes for the listening socket, so that no handshake ends.
#[cfg(target_os = "linux")]
fn swallow(listener: &TcpListener) {
    const RETURN: u16 = 0x06;
    socket2::SockRef::from(listener)
        .attach_filter(&[socket2::SockFilter::new(RETURN, 0, 0, 0)])
        .expect("a socket takes a filter");
}
