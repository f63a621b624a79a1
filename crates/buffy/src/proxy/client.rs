//! The client's side of an exchange: a connection that was accepted.

use std::fs::File;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

use super::roll::Enrolled;
use super::timer::Timer;
use super::worker::Worker;
use crate::plugin::Upgraded;
use crate::upstream::conn::poll_read;

/// Between two looks for a reset.
const LOOK: Duration = Duration::from_millis(500);

/// A client that is looked after is asked whether it is there once it was silent for so long, then
/// at this pace, and is given up after so many questions without an answer.
const SILENT_MAX: Duration = Duration::from_mins(1);
const ASKED_EVERY: Duration = Duration::from_secs(15);
const ASKED_TIMES: u32 = 4;

/// A client's connection: between two requests it owns no buffer.
#[derive(Debug)]
pub(super) struct Client {
    side: Side,
    pub peer: SocketAddr,
    /// Read, and not yet part of a request: the rest of a body, or the next request.
    pub ahead: Vec<u8>,
    pub timer: Timer,
    /// When to look next for a reset, while nothing is read.
    look: Option<Pin<Box<Sleep>>>,
    /// Its task is woken with all others of its worker.
    enrolled: Option<Enrolled>,
}

/// What carries the bytes; TLS, HTTP/2 and unix sockets are further variants.
#[derive(Debug)]
enum Side {
    Tcp(TcpStream),
}

impl Client {
    pub(super) fn new(stream: TcpStream, peer: SocketAddr, first_due: Instant) -> Self {
        let timer = Timer::new(first_due.into());
        Self {
            side: Side::Tcp(stream),
            peer,
            ahead: Vec::new(),
            timer,
            look: None,
            enrolled: None,
        }
    }

    /// From now on its task is woken where something happens to all of the worker.
    pub(super) fn enrol(&mut self, worker: &Worker, cx: &Context<'_>) {
        if self.enrolled.is_none() {
            self.enrolled = Some(worker.roll.enrol(cx.waker()));
        }
    }

    /// Reads into `scratch`; 0 is the end.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Side::Tcp(stream) = &mut self.side;
        poll_read(stream, cx, scratch)
    }

    /// Ready when something can be read, be it the end.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Side::Tcp(stream) = &self.side;
        // An error is met when it is read.
        stream.poll_read_ready(cx).map(drop)
    }

    /// Bytes that lie ready to be read; zero at the end, too.
    pub(super) fn readable_bytes(&self) -> usize {
        let Side::Tcp(stream) = &self.side;
        let bytes = rustix::io::ioctl_fionread(stream).unwrap_or(0);
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Writes what the socket takes.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Side::Tcp(stream) = &mut self.side;
        Pin::new(stream).poll_write(cx, bytes)
    }

    /// Sends a part of a file, as much of it as the socket takes; 0 where the file has no more.
    pub(super) fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        file: &File,
        at: &mut u64,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let Side::Tcp(stream) = &mut self.side;
        loop {
            ready!(stream.poll_write_ready(cx))?;
            let sent = stream.try_io(Interest::WRITABLE, || {
                Ok(rustix::fs::sendfile(&*stream, file, Some(at), most)?)
            });
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }

    /// The connection, for what takes it over.
    pub(super) fn upgraded(&mut self, ending: watch::Receiver<bool>) -> Upgraded<'_> {
        let ahead = std::mem::take(&mut self.ahead);
        let Side::Tcp(stream) = &mut self.side;
        Upgraded::new(stream, ahead, ending)
    }

    /// Ready when the client has left; what it sends meanwhile is kept, one scratch buffer of it.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>, scratch: &mut [u8]) -> Poll<()> {
        loop {
            let most = scratch.len().saturating_sub(self.ahead.len());
            let Some(room) = scratch.get_mut(..most).filter(|room| !room.is_empty()) else {
                return self.poll_reset(cx);
            };
            match self.poll_read(cx, room) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(read)) => {
                    let read = room.get(..read).unwrap_or_default();
                    self.ahead.extend_from_slice(read);
                }
            }
        }
    }

    /// While nothing more is read, whether the connection was reset is looked at now and then: that
    /// it can be read says nothing, and readiness for errors alone cannot be polled.
    pub(super) fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let look = self.look.get_or_insert_with(|| Box::pin(sleep(LOOK)));
            ready!(look.as_mut().poll(cx));
            self.look = None;
            let Side::Tcp(stream) = &self.side;
            if !matches!(SockRef::from(stream).take_error(), Ok(None)) {
                return Poll::Ready(());
            }
        }
    }

    /// Returns when the connection was reset or hung up, without reading.
    pub(super) async fn reset(&self) {
        let Side::Tcp(stream) = &self.side;
        while let Ok(ready) = stream.ready(Interest::ERROR).await {
            if ready.is_error() || ready.is_write_closed() {
                return;
            }
        }
    }

    /// No more is written; what the client still sends is read by [`Self::poll_read`].
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Side::Tcp(stream) = &mut self.side;
        Pin::new(stream).poll_shutdown(cx)
    }

    /// Has the system look whether the client is still there, for an answer that may be silent for
    /// ever: one that vanished without a word would never be missed.
    pub(super) fn look_after(&self) {
        let Side::Tcp(stream) = &self.side;
        let keepalive = TcpKeepalive::new()
            .with_time(SILENT_MAX)
            .with_interval(ASKED_EVERY)
            .with_retries(ASKED_TIMES);
        if let Err(error) = SockRef::from(stream).set_tcp_keepalive(&keepalive) {
            tracing::debug!(%error, "a connection is not looked after");
        }
    }

    /// The connection will end with a reset, so that a cut answer does not look complete.
    pub(super) fn end_by_reset(&self) {
        let Side::Tcp(stream) = &self.side;
        if let Err(error) = SockRef::from(stream).set_linger(Some(Duration::ZERO)) {
            tracing::debug!(%error, "a cut connection could not be set to reset");
        }
    }
}
