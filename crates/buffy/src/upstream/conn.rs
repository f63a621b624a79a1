//! The target's side of an exchange: a connection to an upstream's target.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use buffy_core::moment::Moment;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::permits::Permit;

/// A connection to a target.
#[derive(Debug)]
pub struct Conn {
    wire: Wire,
    /// Of the upstream, when this was made: an older one is not used again.
    epoch: u32,
    /// When its connect began: as old is what it tells of the target.
    began: Moment,
    /// Answered a request before.
    reused: bool,
    _descriptor: Permit,
}

/// What carries the bytes; TLS, HTTP/2 and unix sockets are further variants.
#[derive(Debug)]
enum Wire {
    Tcp(TcpStream),
}

impl Conn {
    /// A connection that was just made.
    pub fn fresh(stream: TcpStream, epoch: u32, began: Moment, descriptor: Permit) -> Self {
        Self {
            wire: Wire::Tcp(stream),
            epoch,
            began,
            reused: false,
            _descriptor: descriptor,
        }
    }

    /// When its connect began.
    pub fn began(&self) -> Moment {
        self.began
    }

    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// It answered a request before: that it is lost proves nothing about the target.
    pub fn reused(&self) -> bool {
        self.reused
    }

    /// It is about to be kept for another request.
    #[must_use]
    pub fn reuse(mut self) -> Self {
        self.reused = true;
        self
    }

    /// Neither closed nor spoken on, as far as the runtime has heard: no system call.
    pub fn seems_idle(&mut self) -> bool {
        let Wire::Tcp(stream) = &self.wire;
        let heard = stream.poll_read_ready(&mut Context::from_waker(Waker::noop()));
        heard.is_pending() || self.is_idle()
    }

    /// Neither closed nor spoken on, as far as the kernel knows.
    pub fn is_idle(&mut self) -> bool {
        let Wire::Tcp(stream) = &self.wire;
        let mut byte = [std::mem::MaybeUninit::uninit()];
        let peeked = socket2::SockRef::from(stream).peek(&mut byte);
        matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Reads into `scratch`; 0 is the end. A short read costs no second call.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Wire::Tcp(stream) = &mut self.wire;
        poll_read(stream, cx, scratch)
    }

    /// Writes what the socket takes.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Wire::Tcp(stream) = &mut self.wire;
        Pin::new(stream).poll_write(cx, bytes)
    }
}

/// Reads once into `scratch`.
pub fn poll_read(
    stream: &mut TcpStream,
    cx: &mut Context<'_>,
    scratch: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut buffer = ReadBuf::new(scratch);
    ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
    Poll::Ready(Ok(buffer.filled().len()))
}
