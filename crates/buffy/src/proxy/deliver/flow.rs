//! Content that comes in pieces: each leaves at once, and the next is asked for when it has.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};

use buffy_http::write;

use super::super::client::Client;
use super::super::send::CLIENT_WRITE;
use super::super::worker::Worker;
use crate::plugin::{End, Flow, Piece};

/// What is ready at once leaves in one write, up to about so many bytes.
const AT_ONCE: usize = 64 * 1024;

/// A flow on its way.
struct Sending<'a> {
    worker: &'a Worker,
    client: &'a mut Client,
    flow: Box<dyn Flow>,
    chunked: bool,
    /// Not yet taken by the socket, from `at` on.
    unsent: Vec<u8>,
    at: usize,
    /// The socket is full, and is timed.
    stuck: bool,
    /// What follows once that is gone.
    end: Option<End>,
}

/// Sends what is in `worker.out`, and the flow behind it; none where the client left.
pub(super) async fn send(
    worker: &Worker,
    client: &mut Client,
    flow: Box<dyn Flow>,
    chunked: bool,
) -> Option<End> {
    client.look_after();
    let mut ending = worker.process.stopping.ending();
    let unsent = std::mem::take(&mut *worker.out.borrow_mut());
    let endless = flow.is_endless();
    let mut sending = Sending {
        worker,
        client,
        flow,
        chunked,
        unsent,
        at: 0,
        stuck: false,
        end: None,
    };
    // Nobody is left to tell only when the process is gone.
    let mut ending = pin!(async move { ending.wait_for(|ending| *ending).await.is_ok() });
    let mut ended = !endless;
    poll_fn(|cx| {
        if !ended && ending.as_mut().poll(cx).is_ready() {
            ended = true;
            sending.end_with(End::Whole);
        }
        sending.poll(cx)
    })
    .await
}

impl Sending<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<End>> {
        loop {
            let waits = self.gather(cx);
            if ready!(self.poll_flush(cx)).is_err() {
                return Poll::Ready(None);
            }
            if self.end.is_some() {
                return Poll::Ready(self.end);
            }
            if waits {
                let scratch = &mut *self.worker.scratch.borrow_mut();
                return self.client.poll_gone(cx, scratch).map(|()| None);
            }
        }
    }

    /// Takes the pieces that are ready; whether the flow has to be waited for.
    fn gather(&mut self, cx: &mut Context<'_>) -> bool {
        // While the socket takes nothing, nothing more is asked for.
        while self.at == 0 && self.end.is_none() && self.unsent.len() < AT_ONCE {
            match self.flow.poll_piece(cx) {
                Poll::Ready(Piece::Bytes(bytes)) if bytes.is_empty() => {}
                Poll::Ready(Piece::Bytes(bytes)) if self.chunked => {
                    write::chunk(&mut self.unsent, &bytes);
                }
                Poll::Ready(Piece::Bytes(bytes)) => self.unsent.extend_from_slice(&bytes),
                Poll::Ready(Piece::End(end)) => self.end_with(end),
                Poll::Pending => return true,
            }
        }
        false
    }

    fn end_with(&mut self, end: End) {
        if self.end.is_none() {
            self.end = Some(end);
            if end == End::Whole && self.chunked {
                write::last_chunk(&mut self.unsent, &[]);
            }
        }
    }

    /// Ready when the socket has taken everything; an error where the client is gone.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        while let Some(rest) = self.unsent.get(self.at..).filter(|rest| !rest.is_empty()) {
            match self.client.poll_write(cx, rest) {
                Poll::Ready(Ok(written @ 1..)) => {
                    self.at += written;
                    self.stuck = false;
                }
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(())),
                Poll::Pending => {
                    if !std::mem::replace(&mut self.stuck, true) {
                        let due = self.worker.now() + CLIENT_WRITE;
                        self.client.timer.set(due.into());
                    }
                    return self.client.timer.poll(cx).map(Err);
                }
            }
        }
        self.unsent.clear();
        self.at = 0;
        Poll::Ready(Ok(()))
    }
}
