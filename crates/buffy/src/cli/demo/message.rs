//! What goes over the wire between the demo's own clients and backends.
//!
//! Written and read by hand, and not by Buffy's own HTTP: what Buffy got wrong must not be got
//! wrong here in the same way.

use std::io;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::tally::{Method, Seen, Version};

/// Bytes of a POST's body.
const BODY_BYTES: usize = 2048;

/// The content of a backend's answer: to which request, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub(super) id: usize,
    pub(super) version: Version,
}

/// An answer, whole.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    /// The names in lower case.
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

/// One request, on a connection of its own.
pub(super) fn request(id: usize, method: Method, host: SocketAddr) -> Vec<u8> {
    let mut bytes = match method {
        Method::Get => format!("GET /{id} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        Method::Post => format!(
            "POST /{id} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: text/plain\r\nContent-Length: {BODY_BYTES}\r\n\r\n"
        ),
    }
    .into_bytes();
    if method == Method::Post {
        bytes.extend(body(id));
    }
    bytes
}

/// The body of a POST; each has its own, so that a backend can tell that it is whole and right.
pub(super) fn body(id: usize) -> Vec<u8> {
    let word = format!("{id} ");
    word.bytes().cycle().take(BODY_BYTES).collect()
}

/// Sends a request that asks for the connection's end, and reads its answer to that end.
pub(super) async fn ask(address: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    Answer::parse(&bytes).ok_or_else(|| io::Error::other("an answer that is none"))
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let (head, rest) = bytes.split_at_checked(end)?;
        let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let answer = Self {
            status,
            fields: lines.map(field).collect::<Option<_>>()?,
            body: rest.get(4..)?.to_vec(),
        };
        let whole = answer.field("content-length")?.parse() == Ok(answer.body.len());
        whole.then_some(answer)
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Buffy says that it held the request.
    pub(super) fn was_held(&self) -> bool {
        self.field("x-buffy-held-ms").is_some()
    }

    /// What the answer is to the client of this request.
    pub(super) fn seen(&self, id: usize) -> Seen {
        let forwarded = self.field("x-buffy-forwarded");
        match (self.status, forwarded) {
            (200, _) => match serde_json::from_slice::<Receipt>(&self.body) {
                Ok(receipt) if receipt.id == id => Seen::Answered {
                    by: receipt.version,
                },
                Ok(_) => Seen::Otherwise("200 with the answer to another request".to_owned()),
                Err(_) => Seen::Otherwise("200 with something that no backend said".to_owned()),
            },
            (502, Some("maybe")) => Seen::Maybe,
            (status, Some(word)) => Seen::Otherwise(format!("{status}, X-Buffy-Forwarded: {word}")),
            (status, None) => Seen::Otherwise(status.to_string()),
        }
    }

    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Seen, Version};

    fn seen(answer: &str) -> Option<Seen> {
        Some(Answer::parse(answer.as_bytes())?.seen(7))
    }

    #[test]
    fn an_answer_is_taken_for_what_it_is() {
        let otherwise = |why: &str| Some(Seen::Otherwise(why.to_owned()));
        for (answer, expected) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"id\":7,\"version\":3}",
                Some(Seen::Answered { by: Version(3) }),
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"id\":8,\"version\":3}",
                otherwise("200 with the answer to another request"),
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                otherwise("200 with something that no backend said"),
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"id\":7,\"version\":3}",
                None,
            ),
            (
                "HTTP/1.1 502 Bad Gateway\r\nX-Buffy-Forwarded: maybe\r\nContent-Length: 0\r\n\r\n",
                Some(Seen::Maybe),
            ),
            (
                "HTTP/1.1 502 Bad Gateway\r\nX-Buffy-Forwarded: no\r\nContent-Length: 0\r\n\r\n",
                otherwise("502, X-Buffy-Forwarded: no"),
            ),
            (
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                otherwise("503"),
            ),
            ("HTTP/1.1 200 OK\r\nContent-Len", None),
            ("", None),
        ] {
            assert_eq!(seen(answer), expected, "{answer}");
        }
    }
}
