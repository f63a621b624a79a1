//! An upstream that behaves, and misbehaves, as told.
//!
//! It speaks HTTP/1.1 by hand on a thread of its own. Its port is its own from first to last: a
//! bound socket that never listens keeps it while nothing listens, so that a connection is then
//! refused by the system (a real RST) and nobody else can take the port. "Refused" always means
//! that: the listening socket is gone. A connection that was accepted and then reset is a *kill*.

mod book;
mod connection;
mod read;
mod thread;

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use socket2::{Domain, Socket, Type};

use crate::eventually::DEADLINE;
use crate::reply::Reply;
use book::Shared;
use thread::Command;

pub use book::{Fate, Received};

/// The upstream; it ends with the value, and complains if it was ever sent what can be read in
/// two ways.
#[derive(Debug)]
pub struct FakeUpstream {
    port: u16,
    shared: Arc<Shared>,
    commands: tokio::sync::mpsc::Sender<Command>,
    thread: Option<JoinHandle<()>>,
    /// Keeps the port while nothing listens.
    _reserved: Socket,
}

impl FakeUpstream {
    /// Listens on a free port, and tells every request back.
    pub fn start() -> Self {
        let upstream = Self::absent();
        upstream.listen();
        upstream
    }

    /// Has a port on which nothing listens until [`FakeUpstream::listen`].
    pub fn absent() -> Self {
        let reserved = bind(0);
        let port = port_of(&reserved);
        let shared = Arc::new(Shared::default());
        let (commands, inbox) = tokio::sync::mpsc::channel(8);
        let thread = thread::start(port, Arc::clone(&shared), inbox);
        Self {
            port,
            shared,
            commands,
            thread: Some(thread),
            _reserved: reserved,
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers every request to this path (without its query) so, from now on.
    pub fn reply(&self, path: &str, reply: Reply) {
        self.shared.book().replies.insert(path.into(), reply);
    }

    /// Answers every request that nothing else is said about so, from now on.
    pub fn reply_otherwise(&self, reply: Reply) {
        self.shared.book().otherwise = reply;
    }

    /// Answers the next request that is no status page so, once; several of them in order.
    pub fn reply_next(&self, reply: Reply) {
        self.shared.book().next.push_back(reply);
    }

    /// Serves a status document, whose requests are counted apart: [`FakeUpstream::polls`].
    pub fn status_page(&self, path: &str, status: u16, document: &serde_json::Value) {
        let mut book = self.shared.book();
        book.quiet.insert(path.into());
        book.replies
            .insert(path.into(), Reply::json(status, document));
    }

    /// The same, answered by a script.
    pub fn status_page_by(&self, path: &str, reply: Reply) {
        let mut book = self.shared.book();
        book.quiet.insert(path.into());
        book.replies.insert(path.into(), reply);
    }

    /// The requests so far, in the order in which their heads were read; no status pages.
    pub fn requests(&self) -> Vec<Received> {
        self.shared
            .book()
            .received
            .iter()
            .filter(|received| !received.quiet)
            .cloned()
            .collect()
    }

    /// How many requests there were; no status pages.
    pub fn count(&self) -> usize {
        self.shared
            .book()
            .received
            .iter()
            .filter(|received| !received.quiet)
            .count()
    }

    /// How many requests for status pages there were.
    pub fn polls(&self) -> usize {
        self.shared
            .book()
            .received
            .iter()
            .filter(|received| received.quiet)
            .count()
    }

    /// The most requests that were under way at once; no status pages.
    pub fn peak(&self) -> usize {
        self.shared.book().peak
    }

    /// Requests under way now; no status pages.
    pub fn under_way(&self) -> usize {
        self.shared.book().under_way.len()
    }

    /// Connections accepted so far, probes included.
    pub fn connections(&self) -> usize {
        self.shared.book().connections
    }

    /// Connections open now.
    pub fn open(&self) -> usize {
        self.shared.book().open
    }

    /// Lets answers wait, until [`FakeUpstream::resume`].
    pub fn pause(&self) {
        self.shared.paused.send_replace(true);
    }

    /// Lets go what waits.
    pub fn resume(&self) {
        self.shared.paused.send_replace(false);
    }

    /// Lets one script go past one [`Step::WaitToBeTold`](crate::Step::WaitToBeTold).
    pub fn tell(&self) {
        self.shared.told.add_permits(1);
    }

    /// Closes, in order, every connection on which no request is under way.
    pub fn close_idle(&self) {
        self.shared.close_idle.send_modify(|round| *round += 1);
    }

    /// Accepts connections and closes them at once, as a port whose process is not ready may do.
    pub fn hang_up(&self, hangs_up: bool) {
        self.shared.book().hangs_up = hangs_up;
    }

    /// Listens (again). Connections are accepted when this returns.
    pub fn listen(&self) {
        self.order(Command::Listen);
    }

    /// Stops listening: whoever connects is refused. Connections that stand go on.
    pub fn refuse(&self) {
        self.order(Command::Refuse);
    }

    /// Dies as by `kill -9`: stops listening and resets every connection.
    pub fn kill(&self) {
        self.order(Command::Kill);
    }

    /// Lets whoever connects get no answer at all, as from a host that is gone; for ever.
    #[cfg(target_os = "linux")]
    pub fn swallow(&self) {
        self.order(Command::Swallow);
    }

    fn order(&self, command: fn(mpsc::SyncSender<()>) -> Command) {
        let (done, wait) = mpsc::sync_channel(1);
        self.commands
            .blocking_send(command(done))
            .expect("the upstream's thread runs");
        wait.recv_timeout(DEADLINE)
            .expect("the upstream does as it is told");
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        self.order(Command::End);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the upstream's thread does not panic");
                let malformed = self.shared.book().malformed.clone();
                assert_eq!(
                    malformed,
                    Vec::<String>::new(),
                    "the upstream was sent nonsense"
                );
            }
        }
    }
}

/// A socket bound to a port of 127.0.0.1 (0: a free one), which shares it with our others.
fn bind(port: u16) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_reuse_address(true).expect("SO_REUSEADDR");
    socket.set_nonblocking(true).expect("non-blocking");
    socket
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())
        .unwrap_or_else(|error| panic!("bind port {port}: {error}"));
    socket
}

fn port_of(socket: &Socket) -> u16 {
    let address = socket.local_addr().expect("a bound socket has an address");
    address
        .as_socket_ipv4()
        .expect("it was bound to one")
        .port()
}
