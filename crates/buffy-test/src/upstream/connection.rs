//! One connection of an upstream: reads a request, plays the script of its answer, again.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::book::{Fate, Shared};
use super::read::{Rest, Stop, Unread, rest};
use crate::reply::{Reply, Step};

#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    number: usize,
    shared: Arc<Shared>,
    unread: Unread,
    /// Not yet heeded where it was sent after the last answer's bytes went out.
    close_idle: watch::Receiver<u64>,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Keep,
    Close,
    Reset,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, number: usize, shared: Arc<Shared>) -> Self {
        let close_idle = shared.close_idle.subscribe();
        Self {
            stream,
            number,
            shared,
            unread: Unread::default(),
            close_idle,
        }
    }

    /// Serves until somebody ends it; a kill resets it.
    pub(super) async fn serve(mut self) {
        let shared = Arc::clone(&self.shared);
        let mut kill = shared.kill.subscribe();
        let reset = tokio::select! {
            reset = self.exchanges() => reset,
            _ = kill.changed() => true,
        };
        if reset {
            // Where the peer has reset already there is nothing to set.
            drop(self.stream.set_zero_linger());
        } else {
            drop(self.stream.shutdown().await);
        }
        drop(self.stream);
        shared.book().open -= 1;
    }

    /// Exchange after exchange; whether the connection is to be reset at the end.
    async fn exchanges(&mut self) -> bool {
        loop {
            match self.exchange().await {
                Ok(After::Keep) => {}
                Ok(After::Close) | Err(Stop::Gone) => return false,
                Ok(After::Reset) => return true,
                Err(Stop::Malformed(why)) => {
                    self.shared.book().malformed.push(why);
                    let refusal = b"HTTP/1.1 400 Nonsense\r\nContent-Length: 0\r\n\r\n";
                    drop(self.stream.write_all(refusal).await);
                    return false;
                }
            }
        }
    }

    async fn exchange(&mut self) -> Result<After, Stop> {
        let shared = Arc::clone(&self.shared);
        while self.unread.is_empty() {
            tokio::select! {
                came = self.unread.fill(&mut self.stream) => came?,
                _ = self.close_idle.changed() => return Ok(After::Close),
            }
        }
        let mut received = self.unread.head(&mut self.stream).await?;
        received.connection = self.number;
        let mut rest = rest(&received)?;
        received.whole = rest == Rest::None;
        let last = received.version == "HTTP/1.0"
            || received
                .field("connection")
                .is_some_and(|value| value.contains("close"));
        let (place, reply) = shared.book().enter(received);
        // Also where the connection is killed under it: the guard writes that down.
        let mut entry = Entry {
            shared: &shared,
            place,
            lost: true,
        };
        let after = self.play(reply, place, &mut rest).await?;
        entry.lost = false;
        Ok(if last && after == After::Keep {
            After::Close
        } else {
            after
        })
    }

    async fn play(&mut self, reply: Reply, place: usize, rest: &mut Rest) -> Result<After, Stop> {
        let shared = Arc::clone(&self.shared);
        let sends = |step: &Step| matches!(step, Step::Send(_) | Step::Echo);
        let last = reply.steps.iter().rposition(sends);
        for (number, step) in reply.steps.into_iter().enumerate() {
            if Some(number) == last {
                // Whoever asked for idle ones to be closed before this did not mean this one.
                self.close_idle.mark_unchanged();
                shared.book().answer(place);
            }
            match step {
                Step::ReadBody => self.read_body(place, rest).await?,
                Step::WaitWhilePaused => {
                    let mut paused = shared.paused.subscribe();
                    let resumed = async { drop(paused.wait_for(|paused| !paused).await) };
                    self.wait(resumed, *rest).await?;
                }
                Step::WaitToBeTold => {
                    let told = async {
                        if let Ok(permit) = shared.told.acquire().await {
                            permit.forget();
                        }
                    };
                    self.wait(told, *rest).await?;
                }
                Step::Send(bytes) => {
                    let head_only = shared.book().at(place).method == "HEAD";
                    self.stream.write_all(seen_by(&bytes, head_only)).await?;
                }
                Step::Echo => {
                    let (bytes, head_only) = self.echo(place);
                    self.stream.write_all(seen_by(&bytes, head_only)).await?;
                }
                Step::Close => return Ok(After::Close),
                Step::Reset => return Ok(After::Reset),
            }
        }
        Ok(if *rest == Rest::None {
            After::Keep
        } else {
            After::Close
        })
    }

    /// Waits, and hears the peer leave meanwhile; an unread body stays unread.
    async fn wait(&mut self, what: impl Future<Output = ()>, rest: Rest) -> Result<(), Stop> {
        tokio::pin!(what);
        loop {
            tokio::select! {
                biased;
                () = &mut what => return Ok(()),
                came = self.unread.fill(&mut self.stream), if rest == Rest::None => came?,
            }
        }
    }

    async fn read_body(&mut self, place: usize, rest: &mut Rest) -> Result<(), Stop> {
        let shared = Arc::clone(&self.shared);
        let expects = shared
            .book()
            .at(place)
            .field("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        if expects && *rest != Rest::None {
            self.stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await?;
        }
        match *rest {
            Rest::None => {}
            Rest::Length(length) => self.read_exactly(place, length).await?,
            Rest::Chunked => {
                loop {
                    let line = self.unread.line(&mut self.stream).await?;
                    let size = usize::from_str_radix(&line, 16)
                        .map_err(|_| Stop::Malformed(format!("chunk size {line:?}")))?;
                    if size == 0 {
                        break;
                    }
                    self.read_exactly(place, size).await?;
                    let end = self.unread.line(&mut self.stream).await?;
                    if !end.is_empty() {
                        return Err(Stop::Malformed(format!("after a chunk {end:?}")));
                    }
                }
                let trailers = self.unread.fields(&mut self.stream).await?;
                shared.book().at(place).trailers = trailers;
            }
        }
        *rest = Rest::None;
        shared.book().at(place).whole = true;
        Ok(())
    }

    async fn read_exactly(&mut self, place: usize, length: usize) -> Result<(), Stop> {
        let mut left = length;
        while left > 0 {
            let some = self.unread.some(&mut self.stream, left).await?;
            left -= some.len();
            self.shared.book().at(place).body.extend(some);
        }
        Ok(())
    }

    /// The answer that tells the request back, and whether only its head may be sent.
    fn echo(&self, place: usize) -> (Vec<u8>, bool) {
        let mut book = self.shared.book();
        let received = book.at(place);
        let told = format!("{} {}", received.method, received.target).into_bytes();
        let body = if received.body.is_empty() {
            told
        } else {
            received.body.clone()
        };
        let id = received
            .field("x-id")
            .map_or(String::new(), |id| format!("X-Id: {id}\r\n"));
        let length = body.len();
        let mut bytes = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{id}Content-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        bytes.extend(body);
        (bytes, received.method == "HEAD")
    }
}

/// What of an answer is sent: no more than its head to a HEAD.
fn seen_by(bytes: &[u8], head_only: bool) -> &[u8] {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    match end.and_then(|end| bytes.split_at_checked(end + 4)) {
        Some((head, _)) if head_only => head,
        _ => bytes,
    }
}

/// A request whose script is being played.
struct Entry<'a> {
    shared: &'a Shared,
    place: usize,
    lost: bool,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut book = self.shared.book();
        if self.lost || book.at(self.place).fate == Fate::UnderWay {
            book.lose(self.place);
        }
    }
}
