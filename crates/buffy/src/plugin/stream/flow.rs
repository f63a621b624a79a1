//! A stream as the content of an answer: server-sent events, lines of JSON, or chunks.

use std::task::{Context, Poll};

use buffy_core::stream::{End, Form, Said};

use super::super::{self as plugin, Flow, Piece};
use super::hub::Seat;
use super::play::{Next, Play};

/// A stream on its way to one client.
pub(super) struct Telling {
    play: Play,
    form: Form,
    seat: Seat,
    /// What was written last was the last.
    ending: Option<End>,
    endless: bool,
}

/// What answers a HEAD: framed as the stream is, and never sent.
pub(super) struct Untold;

impl Telling {
    pub(super) fn new(play: Play, form: Form, seat: Seat, endless: bool) -> Self {
        Self {
            play,
            form,
            seat,
            ending: None,
            endless,
        }
    }

    /// What is said as a piece; none where it is nothing in this form.
    fn piece(&mut self, said: &Said, end: Option<End>) -> Option<Piece> {
        self.ending = end;
        let mut bytes = Vec::new();
        said.write(self.form, &mut bytes);
        (!bytes.is_empty()).then_some(Piece::Bytes(bytes))
    }
}

impl Flow for Telling {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        loop {
            match self.ending.take() {
                Some(End::Close) => return Poll::Ready(Piece::End(plugin::End::Whole)),
                Some(End::Reset) => return Poll::Ready(Piece::End(plugin::End::Reset)),
                Some(End::Truncate) => return Poll::Ready(Piece::End(plugin::End::Truncate)),
                Some(End::Keep) | None => {}
            }
            let piece = match self.play.poll_next(cx) {
                Poll::Ready(Next::Said { said, end }) => self.piece(&said, end),
                Poll::Ready(Next::End(end)) => {
                    self.ending = Some(end);
                    None
                }
                Poll::Pending => match self.seat.poll_next(cx) {
                    Poll::Ready(Some(pushed)) => self.piece(&pushed.said, pushed.end),
                    // It did not keep up with what was pushed.
                    Poll::Ready(None) => {
                        self.ending = Some(End::Reset);
                        None
                    }
                    Poll::Pending => return Poll::Pending,
                },
            };
            if let Some(piece) = piece {
                return Poll::Ready(piece);
            }
        }
    }

    fn is_endless(&self) -> bool {
        self.endless
    }
}

impl Flow for Untold {
    fn poll_piece(&mut self, _cx: &mut Context<'_>) -> Poll<Piece> {
        Poll::Ready(Piece::End(plugin::End::Whole))
    }
}
