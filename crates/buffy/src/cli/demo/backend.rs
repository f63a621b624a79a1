//! The backend that is killed and replaced: a small HTTP/1.1 server on a thread of its own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::BufReader;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::message::{self, Receipt};
use super::record::Record;
use super::tally::Version;
use crate::tasks;

/// Where Buffy asks whether the backend is ready.
pub(super) const HEALTH_PATH: &str = "/health";

/// How long it works on a request: so long a kill can catch it.
const WORK: Duration = Duration::from_millis(10);
/// Bytes of a head.
const HEAD_MAX: u64 = 64 * 1024;
const BACKLOG: i32 = 1024;

/// The port of all versions.
///
/// It is kept bound, but not listening, from the first version to the last: connections are refused
/// while the backend is away, and nobody else gets the port meanwhile.
pub(super) struct Port {
    address: SocketAddr,
    _kept: Socket,
}

impl Port {
    pub(super) fn reserve() -> io::Result<Self> {
        let kept = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = kept.local_addr()?.as_socket();
        let address = address.ok_or_else(|| io::Error::other("the socket has no address"))?;
        Ok(Self {
            address,
            _kept: kept,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// One version, running.
pub(super) struct Backend {
    version: Version,
    record: Record,
    /// Dropped, it ends the thread's runtime with all that is in it.
    life: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Backend {
    /// Listens before it returns.
    pub(super) fn start(port: &Port, version: Version, record: &Record) -> io::Result<Self> {
        let socket = bound(port.address)?;
        socket.listen(BACKLOG)?;
        let listener = StdListener::from(socket);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (life, killed) = oneshot::channel::<()>();
        record.up(version);
        let seen = record.clone();
        let thread = tasks::spawn_thread(format!("demo-{version}"), move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = killed => {}
                    error = accept(listener, version, seen) => {
                        tracing::error!(%version, %error, "the demo's backend ended by itself");
                    }
                }
            });
            // With the runtime go the listener and every connection, wherever they are.
            drop(runtime);
        })?;
        Ok(Self {
            version,
            record: record.clone(),
            life,
            thread,
        })
    }

    /// Kills it: connections are reset, not closed, and the port refuses.
    pub(super) fn cut(self) {
        self.record.cut_began(self.version);
        drop(self.life);
        if self.thread.join().is_err() {
            tracing::error!(version = %self.version, "the demo's backend panicked");
        }
        self.record.cut_done();
    }
}

/// Sockets of one port that may be bound beside each other.
fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Returns only when connections can no longer be accepted.
async fn accept(listener: StdListener, version: Version, record: Record) -> io::Error {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return error,
    };
    loop {
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => return error,
        };
        let record = record.clone();
        drop(tasks::spawn("demo-connection", async move {
            if let Err(error) = converse(stream, version, &record).await {
                tracing::debug!(%version, %error, "a connection of the demo's backend ended");
            }
        }));
    }
}

/// One request after the other, until the other side closes.
async fn converse(stream: TcpStream, version: Version, record: &Record) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_zero_linger()?;
    let mut stream = BufReader::new(stream);
    while let Some(head) = Head::read(&mut stream).await? {
        let wanted = match head.path.strip_prefix('/').map(str::parse::<usize>) {
            Some(Ok(id)) if record.begun(id, version) => Some(id),
            _ => None,
        };
        let mut body = vec![0; head.body_bytes];
        stream.read_exact(&mut body).await?;
        let answer = match wanted {
            Some(id) if body.is_empty() || body == message::body(id) => {
                tokio::time::sleep(WORK).await;
                answer("200 OK", &serde_json::to_string(&Receipt { id, version })?)
            }
            Some(_) => answer("400 Bad Request", "\"not the body that was sent\""),
            None if head.path == HEALTH_PATH => answer("200 OK", "\"ready\""),
            None => answer("404 Not Found", "\"nobody sent that\""),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

fn answer(status: &str, json: &str) -> String {
    let length = json.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}"
    )
}

/// What a backend must know of a request before its body.
struct Head {
    path: String,
    body_bytes: usize,
}

impl Head {
    /// None where the connection ends instead.
    async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let mut stream = stream.take(HEAD_MAX);
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let path = line.split(' ').nth(1).ok_or_else(broken)?.to_owned();
        let mut body_bytes = 0;
        loop {
            line.clear();
            stream.read_line(&mut line).await?;
            if line == "\r\n" {
                return Ok(Some(Self { path, body_bytes }));
            }
            let (name, value) = line.split_once(':').ok_or_else(broken)?;
            if name.eq_ignore_ascii_case("content-length") {
                body_bytes = value.trim().parse().map_err(|_| broken())?;
            }
            if name.eq_ignore_ascii_case("transfer-encoding") {
                // A body sent with its length has it here too.
                return Err(broken());
            }
        }
    }
}
