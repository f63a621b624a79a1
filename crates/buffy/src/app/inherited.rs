//! Listening sockets that were there before this process: given by the Buffy before it, or by
//! systemd.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::os::fd::AsFd as _;

use crate::takeover::Given;

/// What systemd calls the admin's socket.
const ADMIN: &str = "admin";

/// Sockets that wait for their listeners; those that nobody takes are closed.
#[derive(Default)]
pub(super) struct Inherited(Vec<One>);

struct One {
    /// A listener's id, or what systemd was told to call it; none: the admin's.
    name: Option<String>,
    /// As the Buffy before this one was configured.
    asked: Option<(IpAddr, u16)>,
    socket: TcpListener,
}

impl One {
    fn is_at(&self, place: (IpAddr, u16)) -> bool {
        let local = self.socket.local_addr();
        local.is_ok_and(|local| (local.ip(), local.port()) == place)
    }
}

impl Inherited {
    /// Those of the Buffy before this one.
    pub(super) fn given(given: Vec<Given>) -> Self {
        let ones = given.into_iter().map(|Given { name, socket }| One {
            asked: Some((name.bind, name.port)),
            name: name.listener,
            socket,
        });
        Self(ones.collect())
    }

    /// Those of systemd (`sd_listen_fds(3)`), by the names of `FileDescriptorName=`. A socket that
    /// does not listen for TCP is an error.
    pub(super) fn of_systemd() -> io::Result<Self> {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':');
        let mut passed = listenfd::ListenFd::from_env();
        let mut ones = Vec::new();
        for index in 0..passed.len() {
            let name = names.next().unwrap_or_default().to_owned();
            let Some(socket) = passed.take_tcp_listener(index)? else {
                continue;
            };
            ones.push(One {
                name: Some(name).filter(|name| name != ADMIN),
                asked: None,
                socket,
            });
        }
        Ok(Self(ones))
    }

    /// The sockets of a listener: one for each worker. Where there are fewer, several workers
    /// accept on the same one; where there are more, some have several. Empty where none is its.
    pub(super) fn take(
        &mut self,
        listener: &buffy_core::config::Listener,
        workers: usize,
    ) -> io::Result<Vec<Vec<TcpListener>>> {
        let place = (listener.bind, listener.port);
        let named = |one: &One| one.name.as_deref() == Some(listener.id.as_str());
        let own = self.0.extract_if(.., |one| match one.asked {
            Some(asked) => asked == place && (place.1 != 0 || named(one)),
            None => one.name.is_some() && (named(one) || one.is_at(place)),
        });
        let own: Vec<TcpListener> = own.map(|one| one.socket).collect();
        spread(own, workers)
    }

    /// The admin's socket; called when the listeners have theirs.
    pub(super) fn take_admin(
        &mut self,
        admin: &buffy_core::config::Admin,
    ) -> io::Result<Option<TcpListener>> {
        let place = (admin.bind, admin.port);
        let own = self.0.extract_if(.., |one| match one.asked {
            Some(asked) => one.name.is_none() && asked == place,
            None => one.name.is_none() || one.is_at(place),
        });
        let socket = own.map(|one| one.socket).next();
        if let Some(socket) = &socket {
            socket.set_nonblocking(true)?;
        }
        Ok(socket)
    }

    /// Those that nobody took: who passed them is told.
    pub(super) fn say_unused(&self) {
        for one in &self.0 {
            let address = one.socket.local_addr().ok();
            let name = one.name.as_deref().unwrap_or(ADMIN);
            tracing::warn!(
                name,
                ?address,
                "a socket that was passed is not used: no listener has this id or address"
            );
        }
    }

    /// Some of them have this port, until nobody takes them.
    pub(super) fn have_port(&self, port: u16) -> bool {
        self.0.iter().any(|one| {
            let local = one.socket.local_addr();
            local.is_ok_and(|local| local.port() == port)
        })
    }
}

fn spread(sockets: Vec<TcpListener>, workers: usize) -> io::Result<Vec<Vec<TcpListener>>> {
    let mut spread: Vec<Vec<TcpListener>> = (0..workers).map(|_| Vec::new()).collect();
    if sockets.is_empty() {
        return Ok(spread);
    }
    for socket in &sockets {
        socket.set_nonblocking(true)?;
    }
    for (own, socket) in spread
        .iter_mut()
        .skip(sockets.len())
        .zip(sockets.iter().cycle())
    {
        own.push(socket.as_fd().try_clone_to_owned()?.into());
    }
    for (index, socket) in sockets.into_iter().enumerate() {
        if let Some(own) = spread.get_mut(index % workers.max(1)) {
            own.push(socket);
        }
    }
    Ok(spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(sockets: usize, workers: usize) -> Vec<usize> {
        let bind = |_| TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let spread = spread((0..sockets).map(bind).collect(), workers).unwrap();
        spread.iter().map(Vec::len).collect()
    }

    #[test]
    fn every_worker_accepts_and_no_socket_is_left_out() {
        assert_eq!(counts(2, 2), [1, 1]);
        assert_eq!(counts(4, 2), [2, 2]);
        assert_eq!(counts(3, 2), [2, 1]);
        assert_eq!(counts(1, 3), [1, 1, 1]);
        assert_eq!(counts(0, 2), [0, 0]);
    }
}
