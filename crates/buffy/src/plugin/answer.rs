//! What a source answers with.

use std::fs::File;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// An answer to one request.
pub struct Answer {
    /// None: the response's own, or 200.
    pub status: Option<u16>,
    /// Whole lines, each with its CRLF; none: [`Source::usual_fields`](super::Source::usual_fields).
    /// A field that the configuration sets itself is left out, and so are those of framing
    /// (Content-Length, Transfer-Encoding, Connection), which are not the source's to say, be it a
    /// 101.
    pub fields: Vec<u8>,
    pub content: Content,
}

impl Answer {
    /// A problem (RFC 9457) of this status, with a sentence that says what is wrong.
    pub fn problem(status: u16, title: &str) -> Self {
        let problem = serde_json::json!({ "title": title, "status": status });
        Self {
            status: Some(status),
            fields: b"Content-Type: application/problem+json\r\n".to_vec(),
            content: Content::Bytes(format!("{problem}\n").into_bytes()),
        }
    }
}

/// What follows the head.
pub enum Content {
    /// No content, whose length is not said either: 204, 304.
    Nothing,
    Bytes(Vec<u8>),
    /// Bytes that many answers share.
    Shared(Arc<[u8]>),
    /// A part of a file, sent by the system. One that turns out to be shorter cuts the answer off.
    File {
        file: File,
        start: u64,
        length: u64,
    },
    /// Pieces, whenever they come.
    Flow(Box<dyn Flow>),
    /// The connection itself, after a 101.
    Upgrade(Box<dyn Upgrade>),
}

/// What was asked for is not there: the endpoint's `not_found` answers, else this, else the one that
/// every endpoint has.
#[derive(Default)]
pub struct Missing(pub Option<Box<Answer>>);

/// Content that comes in pieces. It lives on one worker, and is dropped where the client leaves.
pub trait Flow {
    /// The next piece. Called again only once what came before was taken by the socket, and never
    /// after an end.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece>;

    /// Whether it goes on for as long as the client stays. Such a flow is ended, whole, when the
    /// process is to end; others have `shutdown.grace` for their own end.
    fn is_endless(&self) -> bool {
        false
    }
}

/// A piece of a flow.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Sent at once, as a chunk of its own where the answer is chunked.
    Bytes(Vec<u8>),
    End(End),
}

/// How a flow ends. One that keeps its stream open does not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The answer is complete, and the connection can be used again.
    Whole,
    /// The connection is reset.
    Reset,
    /// The connection is closed, and the answer is not complete.
    Truncate,
}

/// What takes a connection over.
pub trait Upgrade {
    /// Runs until the connection is to be closed. The 101 was sent already. It is dropped where the
    /// process ends before.
    fn run<'a>(self: Box<Self>, socket: Upgraded<'a>) -> Pin<Box<dyn Future<Output = ()> + 'a>>;
}

/// A connection that was taken over: what was read ahead of it is read first.
pub struct Upgraded<'a> {
    stream: &'a mut TcpStream,
    ahead: Vec<u8>,
    at: usize,
    ending: watch::Receiver<bool>,
}

impl<'a> Upgraded<'a> {
    /// `ahead` was read already; `ending` turns true when the process is to end.
    pub fn new(stream: &'a mut TcpStream, ahead: Vec<u8>, ending: watch::Receiver<bool>) -> Self {
        Self {
            stream,
            ahead,
            at: 0,
            ending,
        }
    }

    /// Turns true when the process is to end: the other side should be told, and the connection
    /// closed.
    pub fn ending(&self) -> watch::Receiver<bool> {
        self.ending.clone()
    }

    /// The connection is closed with a reset when this is dropped.
    ///
    /// # Errors
    /// The system's.
    pub fn end_by_reset(&self) -> io::Result<()> {
        socket2::SockRef::from(&*self.stream).set_linger(Some(std::time::Duration::ZERO))
    }
}

impl AsyncRead for Upgraded<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let unread = self.ahead.get(self.at..).unwrap_or_default();
        if unread.is_empty() {
            return Pin::new(&mut *self.stream).poll_read(cx, buf);
        }
        let taken = unread.len().min(buf.remaining());
        buf.put_slice(unread.get(..taken).unwrap_or_default());
        self.at += taken;
        if self.at == self.ahead.len() {
            self.ahead = Vec::new();
            self.at = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upgraded<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}
