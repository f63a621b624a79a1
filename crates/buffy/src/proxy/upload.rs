//! A request on its way to a target: its head, and its body as it comes.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use buffy_http::write;

use super::body::{Body, Fault};
use super::client::Client;
use super::headers::Framed;
use super::places::Places;
use super::timer::Timer;
use super::worker::Worker;
use crate::upstream::conn::Conn;
use crate::upstream::place::Ending;

/// One sending of a request, from its first byte to its last.
#[derive(Debug)]
pub(super) struct Upload {
    /// Given back when the first byte is written.
    places: Option<Places>,
    /// Written once the socket takes it, from `at` on.
    pending: Vec<u8>,
    at: usize,
    framed: Framed,
    state: State,
    /// How much was sent of what is kept in a file.
    spilled: u64,
    sent: bool,
    /// It is the client that keeps the target waiting, else the other way round.
    waits_for_client: bool,
    /// Something moved since the clock was set.
    moved: bool,
    /// Runs while nothing moves; none while nothing is waited for.
    clock: Option<Timer>,
    body_idle: Duration,
    write_idle: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// More of the body is to come.
    Coming,
    /// All is in `pending`.
    Last,
    /// Nothing more is sent.
    Over,
}

/// How an upload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uploaded {
    All,
    TargetLost,
    ClientGone,
    /// The body cannot be taken further.
    Fault(Fault),
    /// What was kept of it in a file cannot be read.
    BodyLost,
    /// Nothing came of the body for too long.
    ClientSlow,
    /// The target takes nothing for too long.
    TargetSlow,
}

impl Upload {
    pub(super) fn new(
        places: Option<Places>,
        framed: Framed,
        timeouts: (Duration, Duration),
    ) -> Self {
        Self {
            places,
            pending: Vec::new(),
            at: 0,
            framed,
            state: State::Coming,
            spilled: 0,
            sent: false,
            waits_for_client: false,
            moved: false,
            clock: None,
            body_idle: timeouts.0,
            write_idle: timeouts.1,
        }
    }

    /// Begins with the head and what is here of the body; what the socket does not take is kept.
    pub(super) fn start(
        &mut self,
        cx: &mut Context<'_>,
        conn: &mut Conn,
        bytes: &[u8],
        last: bool,
    ) {
        self.state = if last { State::Last } else { State::Coming };
        self.write(cx, conn, bytes);
    }

    /// A byte was written: the target may act on the request.
    pub(super) fn is_sent(&self) -> bool {
        self.sent
    }

    /// Nothing more will be sent.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// The target takes nothing now, and so nothing more is read of the client.
    pub(super) fn is_stuck(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The target wants no more of it.
    pub(super) fn stop(&mut self) {
        self.state = State::Over;
        self.pending = Vec::new();
    }

    /// The places in the queue, where not a byte was written.
    pub(super) fn into_places(self) -> Option<Places> {
        self.places
    }

    /// Sends what can be sent; ready when nothing more will be. Not timed while `paused`: the client
    /// has not been told to go on.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        client: &mut Client,
        conn: &mut Conn,
        body: &mut Body,
        paused: bool,
    ) -> Poll<Uploaded> {
        if let Poll::Ready(end) = self.poll_move(cx, worker, client, conn, body) {
            return Poll::Ready(end);
        }
        if paused {
            self.clock = None;
            return Poll::Pending;
        }
        ready!(self.poll_clock(cx, worker));
        Poll::Ready(if self.waits_for_client {
            Uploaded::ClientSlow
        } else {
            Uploaded::TargetSlow
        })
    }

    /// Ready when nothing has moved for too long.
    fn poll_clock(&mut self, cx: &mut Context<'_>, worker: &Worker) -> Poll<()> {
        let wait = if self.waits_for_client {
            self.body_idle
        } else {
            self.write_idle
        };
        let moved = std::mem::take(&mut self.moved);
        let clock = match &mut self.clock {
            Some(clock) => {
                if moved {
                    clock.set((worker.now() + wait).into());
                }
                clock
            }
            none => none.insert(Timer::new((worker.now() + wait).into())),
        };
        clock.poll(cx)
    }

    fn poll_move(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        client: &mut Client,
        conn: &mut Conn,
        body: &mut Body,
    ) -> Poll<Uploaded> {
        loop {
            if self.state == State::Over {
                return Poll::Ready(Uploaded::TargetLost);
            }
            ready!(self.poll_flush(cx, conn));
            match self.state {
                State::Over => return Poll::Ready(Uploaded::TargetLost),
                State::Last => {
                    self.stop();
                    return Poll::Ready(Uploaded::All);
                }
                State::Coming => {}
            }
            if let Some(end) = ready!(self.poll_take(cx, worker, client, conn, body)) {
                self.stop();
                return Poll::Ready(end);
            }
        }
    }

    /// Takes in a piece of the body and writes it; ready with an end where there is no more.
    fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        client: &mut Client,
        conn: &mut Conn,
        body: &mut Body,
    ) -> Poll<Option<Uploaded>> {
        if self.spilled < body.spilled() {
            return self.poll_spilled(cx, worker, conn, body);
        }
        let mut out = worker.out.borrow_mut();
        out.clear();
        let taken = if client.ahead.is_empty() {
            let scratch = &mut *worker.scratch.borrow_mut();
            let Poll::Ready(read) = client.poll_read(cx, scratch) else {
                self.moved |= !std::mem::replace(&mut self.waits_for_client, true);
                return Poll::Pending;
            };
            let Ok(read @ 1..) = read else {
                return Poll::Ready(Some(Uploaded::ClientGone));
            };
            let input = scratch.get(..read).unwrap_or_default();
            self.encode(body, input, &mut out).map(|taken| {
                client
                    .ahead
                    .extend_from_slice(input.get(taken..).unwrap_or_default());
            })
        } else {
            let input = std::mem::take(&mut client.ahead);
            self.encode(body, &input, &mut out).map(|taken| {
                client.ahead = input.get(taken..).unwrap_or_default().to_vec();
            })
        };
        self.waits_for_client = false;
        if let Err(fault) = taken {
            return Poll::Ready(Some(Uploaded::Fault(fault)));
        }
        self.moved = true;
        self.write(cx, conn, &out);
        Poll::Ready(None)
    }

    /// Writes the next piece of what is kept in a file; ready with an end where it cannot be read.
    fn poll_spilled(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        conn: &mut Conn,
        body: &mut Body,
    ) -> Poll<Option<Uploaded>> {
        self.waits_for_client = false;
        let piece = match ready!(body.poll_spilled(cx, self.spilled)) {
            Ok(piece) if !piece.is_empty() => piece,
            Ok(_) => return Poll::Ready(Some(Uploaded::BodyLost)),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "a request is lost");
                return Poll::Ready(Some(Uploaded::BodyLost));
            }
        };
        self.spilled += piece.len() as u64;
        let last = self.spilled == body.spilled() && body.is_done();
        let mut out = worker.out.borrow_mut();
        out.clear();
        if self.framed == Framed::Chunked {
            write::chunk(&mut out, &piece);
            if last {
                write::last_chunk(&mut out, body.trailers());
            }
        } else {
            out.extend_from_slice(&piece);
        }
        if last {
            self.state = State::Last;
        }
        self.moved = true;
        self.write(cx, conn, &out);
        Poll::Ready(None)
    }

    /// Appends what `input` has of the body, framed for the target.
    fn encode(&mut self, body: &mut Body, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        let taken = if self.framed == Framed::Chunked {
            let mut payload = Vec::new();
            let taken = body.pass(input, &mut payload)?;
            write::chunk(out, &payload);
            if body.is_done() {
                write::last_chunk(out, body.trailers());
            }
            taken
        } else {
            body.pass(input, out)?
        };
        if body.is_done() {
            self.state = State::Last;
        }
        Ok(taken)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>, conn: &mut Conn) -> Poll<()> {
        while let Some(rest) = self.pending.get(self.at..).filter(|rest| !rest.is_empty()) {
            let Ok(written @ 1..) = ready!(conn.poll_write(cx, rest)) else {
                self.stop();
                return Poll::Ready(());
            };
            self.at += written;
            self.first_byte();
            self.moved = true;
        }
        self.pending = Vec::new();
        self.at = 0;
        Poll::Ready(())
    }

    fn write(&mut self, cx: &mut Context<'_>, conn: &mut Conn, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match conn.poll_write(cx, bytes) {
                Poll::Ready(Ok(written @ 1..)) => {
                    self.first_byte();
                    bytes = bytes.get(written..).unwrap_or_default();
                }
                Poll::Ready(Ok(0) | Err(_)) => return self.stop(),
                Poll::Pending => {
                    self.pending.extend_from_slice(bytes);
                    return;
                }
            }
        }
    }

    fn first_byte(&mut self) {
        self.sent = true;
        if let Some(places) = self.places.take() {
            places.give_back(Ending::Sent);
        }
    }
}
