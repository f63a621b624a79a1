//! The addresses of a target: looked up by the system, tried in turn.
//!
//! A name is asked for at a fresh connect or probe when the last answer is older than one second,
//! by one look-up at a time, off the workers. A failed or slow look-up keeps the old addresses:
//! a resolver that is away is no reason to turn from a target that is there.

mod error;
mod known;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use buffy_core::config::Target;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::Instant;

pub use self::error::ConnectError;
use self::known::{Asked, Known};

/// An answer is believed so long.
const FRESH: Duration = Duration::from_secs(1);
/// With old addresses at hand, a look-up is waited for so long, counted from its start.
const PATIENCE: Duration = Duration::from_millis(500);

type Lookup = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// The addresses of one host and port; shared by all workers and probers.
#[derive(Clone)]
pub struct Addresses {
    host: Arc<str>,
    port: u16,
    /// An address was written: there is nothing to look up.
    literal: Option<SocketAddr>,
    known: Arc<Known>,
    /// Where look-ups run, whoever asks.
    control: Handle,
    lookup: Arc<Lookup>,
}

impl Addresses {
    /// The addresses of a target; look-ups run beside the runtime of `control`.
    pub fn new(target: &Target, control: Handle) -> Self {
        Self::of(&target.host, target.port, control)
    }

    /// The addresses of a host (a name, or an address without brackets) and port.
    pub fn of(host: &str, port: u16, control: Handle) -> Self {
        Self::looked_up_by(host, port, control, Arc::new(system))
    }

    /// Connects to the first address that lets us, the last good one first, with `TCP_NODELAY`.
    ///
    /// The stream belongs to the runtime of the caller. Each address gets its share of the time
    /// that is left, so that a black hole does not hide the address behind it.
    pub async fn connect(&self, deadline: Instant) -> Result<TcpStream, ConnectError> {
        if let Some(address) = self.literal {
            let started = Instant::now();
            return attempt(address, deadline)
                .await
                .map_err(|failure| error::verdict(vec![failure], started.elapsed()));
        }
        self.connect_by_name(deadline).await
    }

    async fn connect_by_name(&self, deadline: Instant) -> Result<TcpStream, ConnectError> {
        let started = Instant::now();
        let addresses = self.addresses(deadline).await?;
        let mut failures = Vec::new();
        for (index, address) in addresses.iter().enumerate() {
            let left = addresses.len().saturating_sub(index);
            match attempt(*address, share(deadline, left)).await {
                Ok(stream) => {
                    if index > 0 {
                        self.known.prefer(*address);
                    }
                    return Ok(stream);
                }
                Err(failure) if error::is_shortage(&failure) => {
                    return Err(ConnectError::Local { source: failure });
                }
                Err(failure) => failures.push(failure),
            }
        }
        Err(error::verdict(failures, started.elapsed()))
    }

    /// The addresses to try, in order; never empty.
    async fn addresses(&self, deadline: Instant) -> Result<Arc<[SocketAddr]>, ConnectError> {
        let mut answered = match self.known.ask(std::time::Instant::now(), FRESH) {
            Asked::Fresh(addresses) => return Ok(addresses),
            Asked::Wait(answered) => answered,
            Asked::LookUp(answered) => {
                self.start_lookup();
                answered
            }
        };
        let asked_at = *answered.borrow_and_update();
        let old = self.known.addresses();
        let until = match (&old, asked_at) {
            (Some(_), Some(at)) => deadline.min(Instant::from_std(at) + PATIENCE),
            (Some(_), None) | (None, _) => deadline,
        };
        let finished = within(until, answered.wait_for(Option::is_none)).await;
        match (self.known.addresses(), finished) {
            (Some(addresses), _) => Ok(addresses),
            (None, true) => Err(self.known.failure(&self.host)),
            (None, false) => Err(error::resolver_timed_out()),
        }
    }

    /// The answer is kept by the look-up itself: whoever asked may have left by then.
    fn start_lookup(&self) {
        let (lookup, known) = (Arc::clone(&self.lookup), Arc::clone(&self.known));
        let (host, port) = (Arc::clone(&self.host), self.port);
        let _entered = self.control.enter();
        drop(crate::tasks::spawn_blocking(move || {
            known.answer(lookup(&host, port));
        }));
    }

    /// A name that no look-up finds, for this reason.
    #[cfg(test)]
    pub(crate) fn failing(control: Handle, why: &'static str) -> Self {
        let lookup = move |_: &str, _: u16| Err(io::Error::other(why));
        Self::looked_up_by("target.test", 80, control, Arc::new(lookup))
    }

    fn looked_up_by(host: &str, port: u16, control: Handle, lookup: Arc<Lookup>) -> Self {
        Self {
            host: host.into(),
            port,
            literal: host
                .parse::<IpAddr>()
                .ok()
                .map(|ip| SocketAddr::new(ip, port)),
            known: Arc::default(),
            control,
            lookup,
        }
    }
}

impl std::fmt::Debug for Addresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Addresses")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

fn system(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}

async fn attempt(address: SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let stream = tokio::time::timeout_at(deadline, TcpStream::connect(address))
        .await
        .unwrap_or_else(|elapsed| Err(io::Error::new(io::ErrorKind::TimedOut, elapsed)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The deadline of the next of `left` addresses.
fn share(deadline: Instant, left: usize) -> Instant {
    let now = Instant::now();
    let left = u32::try_from(left).unwrap_or(u32::MAX).max(1);
    now + deadline.saturating_duration_since(now) / left
}

async fn within<F: Future>(deadline: Instant, work: F) -> bool {
    tokio::time::timeout_at(deadline, work).await.is_ok()
}
