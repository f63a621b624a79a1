//! Sockets: all of them are bound before anything is promised.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::holder;

/// Connections that the system accepts for us while we are busy.
const BACKLOG: i32 = 4096;

/// A listener could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("listener `{id}` (line {line}) cannot be bound to {address}{}", why(holder.as_deref(), source))]
pub struct BindError {
    pub id: String,
    /// Of the configuration.
    pub line: usize,
    pub address: SocketAddr,
    /// The process that has the port, where it can be known.
    pub holder: Option<String>,
    pub source: io::Error,
}

/// What the system's own word for it leaves open: who, or what to do.
fn why(holder: Option<&str>, source: &io::Error) -> String {
    match (holder, source.kind()) {
        (Some(holder), _) => format!(": the port is in use by {holder}"),
        (None, io::ErrorKind::AddrInUse) => ": the port is in use by another process".to_owned(),
        (None, io::ErrorKind::AddrNotAvailable) => {
            ": this machine has no such address, write one that it has, or 0.0.0.0".to_owned()
        }
        (None, io::ErrorKind::PermissionDenied) => {
            ": this user may not have this port, write one of 1024 and more".to_owned()
        }
        (None, _) => String::new(),
    }
}

/// Binds one socket for each worker, all to the same port.
///
/// The first is bound as if it were alone, so that a port in use, by another Buffy too, is always
/// an error; only then may its siblings share the port. `beside_ours`: sockets of this process have
/// the port, and will be closed.
pub(super) fn bind(
    id: &str,
    line: usize,
    ip: IpAddr,
    port: u16,
    workers: usize,
    beside_ours: bool,
) -> Result<Vec<TcpListener>, BindError> {
    let asked = SocketAddr::new(ip, port);
    let fail = |address: SocketAddr, source: io::Error| {
        let in_use = source.kind() == io::ErrorKind::AddrInUse;
        let holder = if in_use { holder::of(address) } else { None };
        BindError {
            id: id.to_owned(),
            line,
            address,
            holder,
            source,
        }
    };
    let first = socket(asked).map_err(|source| fail(asked, source))?;
    first
        .set_reuse_port(beside_ours)
        .and_then(|()| first.bind(&asked.into()))
        .map_err(|source| fail(asked, source))?;
    let bound = local(&first).map_err(|source| fail(asked, source))?;
    let mut sockets = vec![first];
    let share = |sockets: &mut Vec<Socket>| -> io::Result<()> {
        for first in sockets.iter() {
            first.set_reuse_port(true)?;
        }
        for _ in 1..workers {
            let sibling = socket(bound)?;
            sibling.set_reuse_port(true)?;
            sibling.bind(&bound.into())?;
            sockets.push(sibling);
        }
        for socket in sockets.iter() {
            socket.listen(BACKLOG)?;
        }
        Ok(())
    };
    share(&mut sockets).map_err(|source| fail(bound, source))?;
    Ok(sockets.into_iter().map(TcpListener::from).collect())
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // Connections of an earlier process that linger do not keep the port from us.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn local(socket: &Socket) -> io::Result<SocketAddr> {
    let address = socket.local_addr()?;
    address
        .as_socket()
        .ok_or_else(|| io::Error::other("the socket has no address"))
}
