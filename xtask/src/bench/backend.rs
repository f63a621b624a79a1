//! An upstream inside this process, which knows when a request reached it.
//!
//! Used where the moment of arrival is what is measured, and in the self-check, which must not
//! need nginx. The measures of CPU have nginx behind the proxies.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::peers::{BACKEND_BODY, json_answer};

/// How soon a connection that nobody uses notices that the bench ends.
const TICK: Duration = Duration::from_millis(50);

/// A server that answers everything with the same JSON.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) address: SocketAddr,
    /// The moment of the first byte of each request, while there is room for it.
    arrivals: Receiver<Instant>,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What its connections have in common.
#[derive(Debug)]
struct Shared {
    /// How long a request takes.
    pause: Duration,
    ending: AtomicBool,
    /// Requests that are being answered, and the most there ever were.
    at_once: AtomicUsize,
    peak: AtomicUsize,
}

impl Backend {
    /// One that answers at once.
    pub(super) fn start() -> Result<Backend> {
        Self::slow(Duration::ZERO)
    }

    /// One that takes so long for each answer.
    pub(super) fn slow(pause: Duration) -> Result<Backend> {
        Self::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), pause)
    }

    /// The same, where another one was before.
    pub(super) fn at(address: SocketAddr, pause: Duration) -> Result<Backend> {
        let listener = TcpListener::bind(address).context("bind the backend")?;
        let address = listener
            .local_addr()
            .context("read the backend's address")?;
        let (told, arrivals) = sync_channel(64);
        let shared = Arc::new(Shared {
            pause,
            ending: AtomicBool::new(false),
            at_once: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        });
        let seen = Arc::clone(&shared);
        let acceptor = Builder::new()
            .name("backend".to_owned())
            .spawn(move || accept(&listener, &told, &seen))
            .context("start the backend")?;
        Ok(Backend {
            address,
            arrivals,
            shared,
            acceptor: Some(acceptor),
        })
    }

    /// The most requests that it ever had at once.
    pub(super) fn peak(&self) -> usize {
        self.shared.peak.load(Ordering::Acquire)
    }

    /// The next arrival that was not asked for yet.
    pub(super) fn arrival(&self) -> Result<Instant> {
        self.arrivals
            .recv_timeout(Duration::from_secs(10))
            .context("no request reached the backend")
    }

    /// Forgets the arrivals so far.
    pub(super) fn forget(&self) {
        while self.arrivals.try_recv().is_ok() {}
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Release);
        // Wakes the acceptor; where that fails it is gone already.
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take()
            && acceptor.join().is_err()
        {
            eprintln!("the bench's backend panicked");
        }
    }
}

fn accept(listener: &TcpListener, told: &SyncSender<Instant>, shared: &Shared) {
    std::thread::scope(|scope| {
        while !shared.ending.load(Ordering::Acquire) {
            let Ok((stream, _)) = listener.accept() else {
                continue;
            };
            let served = move || {
                // A connection that breaks is the peer's end of it: nothing to do here.
                serve(stream, told, shared).unwrap_or_default();
            };
            if let Err(error) = Builder::new().spawn_scoped(scope, served) {
                eprintln!("the bench's backend has no thread for a connection: {error}");
            }
        }
    });
}

fn serve(mut stream: TcpStream, told: &SyncSender<Instant>, shared: &Shared) -> Result<()> {
    stream.set_read_timeout(Some(TICK))?;
    stream.set_nodelay(true)?;
    let answer = json_answer(BACKEND_BODY);
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !shared.ending.load(Ordering::Acquire) {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if head.is_empty() {
            // Full: nobody asks for arrivals in this measure.
            told.try_send(Instant::now()).unwrap_or_default();
        }
        head.extend(buffer.iter().take(count));
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            shared.work();
            stream.write_all(answer.as_bytes())?;
        }
    }
    Ok(())
}

impl Shared {
    fn work(&self) {
        let now = self.at_once.fetch_add(1, Ordering::AcqRel) + 1;
        self.peak.fetch_max(now, Ordering::AcqRel);
        let until = Instant::now() + self.pause;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            std::thread::park_timeout(left);
        }
        self.at_once.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::Client;
    use super::*;

    #[test]
    fn it_answers_and_knows_when_it_was_asked() {
        let backend = Backend::start().unwrap();
        let mut client = Client::connect(backend.address).unwrap();
        let asked = Instant::now();
        assert_eq!(client.ask("GET", "/").unwrap().body, BACKEND_BODY);
        let arrived = backend.arrival().unwrap();
        assert!(arrived >= asked);
        client.ask("GET", "/").unwrap();
        backend.forget();
        assert!(backend.arrivals.try_recv().is_err());
    }
}
