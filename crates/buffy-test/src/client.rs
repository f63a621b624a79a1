//! A client that sends bytes as they are and reads what comes back strictly.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use crate::eventually::{DEADLINE, for_a_while};
use crate::message::{Broken, Framing, Response, framing, parse_field, parse_head, request};

/// One GET on a connection of its own.
#[track_caller]
pub fn get(port: u16, target: &str) -> Response {
    RawClient::connect(port).get(target).response()
}

/// One POST on a connection of its own.
#[track_caller]
pub fn post(port: u16, target: &str, body: &[u8]) -> Response {
    RawClient::connect(port)
        .send(request("POST", target, &[], body))
        .response()
}

/// One DELETE on a connection of its own.
#[track_caller]
pub fn delete(port: u16, target: &str) -> Response {
    RawClient::connect(port)
        .send(request("DELETE", target, &[], b""))
        .response()
}

/// A connection, and what came on it and was not read yet.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    unread: Vec<u8>,
    end: Option<End>,
}

/// How the peer ended the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Reset,
}

impl RawClient {
    /// Connects to a port of 127.0.0.1.
    #[track_caller]
    pub fn connect(port: u16) -> Self {
        Self::from_stream(
            TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .unwrap_or_else(|error| panic!("connect to port {port}: {error}")),
        )
    }

    /// Connects, or says why not.
    pub fn try_connect(port: u16) -> std::io::Result<Self> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map(Self::from_stream)
    }

    fn from_stream(stream: TcpStream) -> Self {
        stream
            .set_nodelay(true)
            .expect("a connected socket takes TCP_NODELAY");
        stream
            .set_read_timeout(Some(DEADLINE))
            .expect("a deadline above zero");
        stream
            .set_write_timeout(Some(DEADLINE))
            .expect("a deadline above zero");
        Self {
            stream,
            unread: Vec::new(),
            end: None,
        }
    }

    /// Sends bytes; that the peer takes no more is seen when the answer is read.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        if self.stream.write_all(bytes.as_ref()).is_err() {
            // The answer may be there all the same: reading tells.
        }
        self
    }

    /// Sends a GET.
    pub fn get(&mut self, target: &str) -> &mut Self {
        self.send(request("GET", target, &[], b""))
    }

    /// Sends a GET with fields of its own.
    pub fn get_with(&mut self, target: &str, fields: &[(&str, &str)]) -> &mut Self {
        self.send(request("GET", target, fields, b""))
    }

    /// Sends a POST.
    pub fn post(&mut self, target: &str, body: &[u8]) -> &mut Self {
        self.send(request("POST", target, &[], body))
    }

    /// Sends what the peer will take within so long, and returns how many bytes that was.
    pub fn send_until_full(&mut self, bytes: &[u8], quiet: Duration) -> usize {
        self.stream
            .set_write_timeout(Some(quiet))
            .expect("a time above zero");
        let mut sent = 0;
        while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(count) => sent += count,
                Err(_) => break,
            }
        }
        self.stream
            .set_write_timeout(Some(DEADLINE))
            .expect("a deadline above zero");
        sent
    }

    /// The next final response, which must be whole and well formed.
    #[track_caller]
    pub fn response(&mut self) -> Response {
        let response = self
            .try_response()
            .unwrap_or_else(|broken| panic!("no answer: {broken:?}"));
        assert!(response.complete, "the answer was cut short: {response:?}");
        response
    }

    /// The next final response to a HEAD.
    #[track_caller]
    pub fn response_to_head(&mut self) -> Response {
        self.read(true)
            .unwrap_or_else(|broken| panic!("no answer: {broken:?}"))
    }

    /// The next final response, whole or cut short, or why there is none.
    pub fn try_response(&mut self) -> Result<Response, Broken> {
        self.read(false)
    }

    /// The head of the next response, interim or final; its body is left unread.
    #[track_caller]
    pub fn head(&mut self) -> Response {
        self.read_head()
            .unwrap_or_else(|broken| panic!("no head: {broken:?}"))
    }

    /// Waits for so many raw bytes, and takes them.
    #[track_caller]
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            let came = self.fill();
            assert_eq!(
                came,
                Ok(true),
                "only {:?} came",
                String::from_utf8_lossy(&self.unread)
            );
        }
        self.unread.drain(..count).collect()
    }

    /// Whether the peer closed or reset the connection; waits for it, and forgets what comes before.
    pub fn is_ended(&mut self) -> bool {
        loop {
            match self.fill() {
                Ok(true) => {}
                Ok(false) => return true,
                Err(_) => return false,
            }
        }
    }

    /// Whether the connection was reset by the peer, as far as was read.
    pub fn was_reset(&self) -> bool {
        self.end == Some(End::Reset)
    }

    /// Asserts that nothing comes for so long.
    #[track_caller]
    pub fn stays_silent(&mut self, span: Duration) {
        assert!(
            self.unread.is_empty(),
            "{:?}",
            String::from_utf8_lossy(&self.unread)
        );
        self.stream
            .set_nonblocking(true)
            .expect("a socket can be non-blocking");
        for_a_while("nothing comes", span, || {
            let peeked = self.stream.peek(&mut [0]);
            peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        });
        self.stream
            .set_nonblocking(false)
            .expect("a socket can block");
    }

    /// Whether something has come, without waiting.
    pub fn has_answer(&mut self) -> bool {
        self.stream
            .set_nonblocking(true)
            .expect("a socket can be non-blocking");
        let peeked = self.stream.peek(&mut [0]);
        self.stream
            .set_nonblocking(false)
            .expect("a socket can block");
        !self.unread.is_empty() || peeked.is_ok_and(|count| count > 0)
    }

    /// Says that no more will be sent, and goes on reading.
    pub fn half_close(&mut self) -> &mut Self {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("the connection stands");
        self
    }

    /// Resets the connection.
    pub fn reset(self) {
        SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .expect("a connected socket takes SO_LINGER");
    }

    fn read(&mut self, to_head: bool) -> Result<Response, Broken> {
        let mut interim = Vec::new();
        let mut response = loop {
            let head = self.read_head()?;
            if !(100..=199).contains(&head.status) || head.status == 101 {
                break head;
            }
            interim.push((head.status, head.fields));
        };
        response.interim = interim;
        match framing(&response, to_head)? {
            Framing::None => response.complete = true,
            Framing::Length(length) => {
                response.complete = self.until(|unread| unread.len() >= length)?;
                let count = length.min(self.unread.len());
                response.body = self.unread.drain(..count).collect();
            }
            Framing::Chunked => self.read_chunks(&mut response)?,
            Framing::UntilClose => {
                self.until(|_| false)?;
                response.body = std::mem::take(&mut self.unread);
                response.until_close = true;
                response.complete = self.end == Some(End::Closed);
            }
        }
        Ok(response)
    }

    fn read_head(&mut self) -> Result<Response, Broken> {
        if !self.until(|unread| find(unread, b"\r\n\r\n").is_some())? {
            let came = std::mem::take(&mut self.unread);
            return Err(match self.end {
                Some(End::Reset) => Broken::Reset,
                _ if came.is_empty() => Broken::Closed,
                _ => Broken::WithinHead(came),
            });
        }
        let length = find(&self.unread, b"\r\n\r\n").expect("just seen");
        let head: Vec<u8> = self.unread.drain(..length + 4).take(length).collect();
        parse_head(&head)
    }

    fn read_chunks(&mut self, response: &mut Response) -> Result<(), Broken> {
        loop {
            let Some(line) = self.line()? else {
                return Ok(());
            };
            let size = usize::from_str_radix(&line, 16)
                .map_err(|_| Broken::Malformed(format!("chunk size {line:?}")))?;
            if size == 0 {
                break;
            }
            let whole = self.until(|unread| unread.len() >= size + 2)?;
            let count = size.min(self.unread.len());
            response.body.extend(self.unread.drain(..count));
            if !whole {
                return Ok(());
            }
            let end: Vec<u8> = self.unread.drain(..2).collect();
            if end != b"\r\n" {
                return Err(Broken::Malformed(format!("chunk end {end:?}")));
            }
        }
        while let Some(line) = self.line()? {
            if line.is_empty() {
                response.complete = true;
                break;
            }
            response.trailers.push(parse_field(&line)?);
        }
        Ok(())
    }

    fn line(&mut self) -> Result<Option<String>, Broken> {
        if !self.until(|unread| find(unread, b"\r\n").is_some())? {
            return Ok(None);
        }
        let length = find(&self.unread, b"\r\n").expect("just seen");
        let line = self
            .unread
            .drain(..length + 2)
            .take(length)
            .map(char::from)
            .collect();
        Ok(Some(line))
    }

    /// Reads until enough came; false where the connection ended before.
    fn until(&mut self, enough: impl Fn(&[u8]) -> bool) -> Result<bool, Broken> {
        while !enough(&self.unread) {
            if !self.fill()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads once; false where the connection ended.
    fn fill(&mut self) -> Result<bool, Broken> {
        if self.end.is_some() {
            return Ok(false);
        }
        let mut some = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut some) {
                Ok(0) => self.end = Some(End::Closed),
                Ok(count) => self.unread.extend(some.iter().take(count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Err(Broken::Silent(self.unread.clone()));
                }
                Err(_) => self.end = Some(End::Reset),
            }
            return Ok(self.end.is_none());
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
