//! A client of one connection: just enough HTTP/1.1 to ask and to count answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Nothing that the bench asks takes longer; a held request waits at most its own 30 s.
const PATIENCE: Duration = Duration::from_secs(40);
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// A connection that is kept between requests.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    address: SocketAddr,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> Result<Client> {
        let stream = TcpStream::connect(address).with_context(|| format!("connect {address}"))?;
        stream
            .set_read_timeout(Some(PATIENCE))
            .context("limit the wait for an answer")?;
        stream
            .set_nodelay(true)
            .context("send small requests at once")?;
        Ok(Client { stream, address })
    }

    /// Sends a request without a body, and waits for its answer.
    pub(super) fn ask(&mut self, method: &str, target: &str) -> Result<Answer> {
        self.send(method, target)?;
        self.answer()
            .with_context(|| format!("{method} {} {target}", self.address))
    }

    /// Sends a request without a body, in one write.
    pub(super) fn send(&mut self, method: &str, target: &str) -> Result<()> {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n",
            self.address
        );
        // A GET needs no length; a POST without a body says so.
        let request = match method {
            "GET" => request.replace("Content-Length: 0\r\n", ""),
            _ => request,
        };
        self.stream
            .write_all(request.as_bytes())
            .with_context(|| format!("send {method} {target}"))
    }

    pub(super) fn answer(&mut self) -> Result<Answer> {
        let mut read = Vec::new();
        let head_length = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            ensure!(
                read.len() < HEAD_BYTES_MAX,
                "the head of the answer does not end"
            );
            self.read_more(&mut read)?;
        };
        let (head, body) = read.split_at(head_length);
        let head = String::from_utf8_lossy(head).into_owned();
        let mut body = body.to_vec();
        let (status, length) = parse_head(&head)?;
        while body.len() < length {
            self.read_more(&mut body)?;
        }
        ensure!(
            body.len() == length,
            "more than one answer: {:?}",
            String::from_utf8_lossy(&body)
        );
        Ok(Answer {
            status,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    fn read_more(&mut self, into: &mut Vec<u8>) -> Result<()> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer).context("read the answer")?;
        if count == 0 {
            bail!(
                "the connection ended after {} bytes of an answer",
                into.len()
            );
        }
        into.extend(buffer.iter().take(count));
        Ok(())
    }
}

/// One GET on a connection of its own.
pub(super) fn get(address: SocketAddr, target: &str) -> Result<Answer> {
    Client::connect(address)?.ask("GET", target)
}

/// The status and the length of the body, which every server of the bench states.
fn parse_head(head: &str) -> Result<(u16, usize)> {
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let status = first
        .split_whitespace()
        .nth(1)
        .and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("no status in `{first}`"))?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        if is_length {
            value.trim().parse().ok()
        } else {
            None
        }
    });
    Ok((
        status,
        length.with_context(|| format!("no Content-Length in {head:?}"))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_gives_status_and_length() {
        let head = "HTTP/1.1 503 Service Unavailable\r\nServer: x\r\ncontent-length: 12\r\n\r\n";
        assert_eq!(parse_head(head).unwrap(), (503, 12));
        assert!(parse_head("HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(parse_head("nonsense").is_err());
    }
}
