//! How an upstream reads a request: by splitting, and strictly.

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::book::Received;
use crate::message::parse_field;

/// Why a request was not read to its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The peer closed or reset, or we did.
    Gone,
    /// It can be read in two ways, or not at all.
    Malformed(String),
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// What is left of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    None,
    Length(usize),
    Chunked,
}

/// A connection's incoming side.
#[derive(Debug, Default)]
pub(super) struct Unread(Vec<u8>);

impl Unread {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads once more; the peer's end is [`Stop::Gone`].
    pub(super) async fn fill(&mut self, stream: &mut TcpStream) -> Result<(), Stop> {
        match stream.read_buf(&mut self.0).await? {
            0 => Err(Stop::Gone),
            _ => Ok(()),
        }
    }

    /// A line without its end.
    pub(super) async fn line(&mut self, stream: &mut TcpStream) -> Result<String, Stop> {
        loop {
            if let Some(length) = self.0.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.0.drain(..length + 2).take(length).collect();
                if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
                    return Err(Stop::Malformed(format!("a line {:?}", lossy(&line))));
                }
                return Ok(line.into_iter().map(char::from).collect());
            }
            self.fill(stream).await?;
        }
    }

    /// Field lines up to the empty one.
    pub(super) async fn fields(
        &mut self,
        stream: &mut TcpStream,
    ) -> Result<Vec<(String, String)>, Stop> {
        let mut fields = Vec::new();
        loop {
            let line = self.line(stream).await?;
            if line.is_empty() {
                return Ok(fields);
            }
            let field = parse_field(&line).map_err(|why| Stop::Malformed(format!("{why:?}")))?;
            fields.push(field);
        }
    }

    /// Between 1 and so many bytes.
    pub(super) async fn some(
        &mut self,
        stream: &mut TcpStream,
        most: usize,
    ) -> Result<Vec<u8>, Stop> {
        if self.0.is_empty() {
            self.fill(stream).await?;
        }
        let count = most.min(self.0.len());
        Ok(self.0.drain(..count).collect())
    }

    /// A whole head.
    pub(super) async fn head(&mut self, stream: &mut TcpStream) -> Result<Received, Stop> {
        let line = self.line(stream).await?;
        let words: Vec<&str> = line.split(' ').collect();
        let [method, target, version @ ("HTTP/1.0" | "HTTP/1.1")] = *words else {
            return Err(Stop::Malformed(format!("request line {line:?}")));
        };
        let received = Received {
            method: method.into(),
            target: target.into(),
            version: version.into(),
            fields: self.fields(stream).await?,
            ..Received::default()
        };
        if version == "HTTP/1.1" && received.all("host").len() != 1 {
            return Err(Stop::Malformed(format!("Host {:?}", received.all("host"))));
        }
        Ok(received)
    }
}

/// How the body of this request ends; two readings of it are an error.
pub(super) fn rest(received: &Received) -> Result<Rest, Stop> {
    let codings = received.all("transfer-encoding");
    let lengths = received.all("content-length");
    match (codings.as_slice(), lengths.as_slice()) {
        ([], []) => Ok(Rest::None),
        (["chunked"], []) if received.version == "HTTP/1.1" => Ok(Rest::Chunked),
        ([], [length]) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            match length.parse() {
                Ok(0) => Ok(Rest::None),
                Ok(length) => Ok(Rest::Length(length)),
                Err(_) => Err(Stop::Malformed(format!("Content-Length {length:?}"))),
            }
        }
        _ => Err(Stop::Malformed(format!(
            "Transfer-Encoding {codings:?} beside Content-Length {lengths:?}"
        ))),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
