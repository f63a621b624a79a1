//! One sending of a request, and what its end means (semantics.md §5).

use std::future::poll_fn;
use std::task::Poll;
use std::time::Instant;

use buffy_core::gate::{Asks, Evidence, Input};
use buffy_core::record::Sample;
use buffy_http::write;

use super::answer::{Answer, Terms};
use super::forward::{Done, Next, SENDINGS_MAX, Waits, Way};
use super::headers::{self, Framed, Upward};
use super::journey::Era;
use super::places::Places;
use super::refusal::{Forwarded, Refusal};
use super::relay::{End, Relay, UNTIMED};
use super::success::Success;
use super::tape::Tape;
use super::upload::Upload;
use crate::observe::metrics::Retry;
use crate::upstream::conn::Conn;
use crate::upstream::{Flight, Target};

/// What a sending leaves behind.
struct Sent {
    /// The target's index.
    target: usize,
    conn: Conn,
    /// All of the request was sent, or is not wanted.
    uploaded: bool,
    /// Where not a byte was written.
    places: Option<Places>,
}

impl Way<'_> {
    /// One sending, from the request's first byte to the answer's last.
    pub(super) async fn exchange(
        &mut self,
        flight: &mut Flight<'_>,
        mut conn: Conn,
        places: Option<Places>,
    ) -> Next {
        let now = if conn.reused() {
            self.now()
        } else {
            Instant::now()
        };
        let at = flight.target();
        let target = self.upstream.target(at);
        let era = Era::of(self.upstream);
        let framed = self.framed(target);
        let attempt = self.journey.sendings + 1;
        let timeouts = self.forwarding.timeouts;
        let terms = self.terms(attempt);
        let hold_on = self.hold_on();
        self.journey.withheld = None;
        let head = self.worker.response_head();
        let unix_ms = self.worker.unix_ms(self.request.arrived);
        let mut answer = Answer::new(head, terms, now);
        answer.tape = Tape::begin(self.upstream, self.request, now);
        let plain = answer.tape.is_some();
        let mut relay = Relay {
            worker: self.worker,
            client: &mut *self.client,
            conn: &mut conn,
            request: &mut *self.request,
            forwarding: self.forwarding,
            target,
            upstream: self.upstream,
            hold_on,
            endless: None,
            upload: Upload::new(places, framed, (timeouts.body_idle, timeouts.idle)),
            answer,
        };
        let up = Upward {
            forwarding: self.forwarding,
            target,
            peer: relay.client.peer,
            trusted: self.trusted,
            hop: &self.worker.process.hop,
            unix_ms,
            framed,
            held: self.journey.held,
            attempt,
            plain,
        };
        let success = Success::new(flight, self.upstream.settings().release.patience);
        // Drains do not wait for one with a bypass, so it is not cut off for them either.
        let asks = relay.request.asks();
        let cuts = (self.waits != Waits::Apart).then(|| (asks, self.upstream.cuts(asks)));
        let end = relay.run(&up, success, cuts).await;
        let Relay { upload, answer, .. } = relay;
        if upload.is_sent() {
            self.journey.sendings += 1;
            self.journey.sent_in = era;
        }
        let over = upload.is_over();
        let sent = Sent {
            target: at,
            conn,
            uploaded: over,
            places: upload.into_places(),
        };
        self.ended(end, answer, sent)
    }

    fn terms(&self, attempt: u32) -> Terms {
        Terms {
            held: self.journey.held,
            attempts: attempt,
            keep_alive: self.keeps_client(),
            https: headers::is_https(self.request, self.client.peer, self.trusted),
        }
    }

    /// The client's connection may be kept.
    pub(super) fn keeps_client(&self) -> bool {
        self.request.head.keep_alive()
            && !self.request.last
            && !self.worker.process.stopping.is_last_answer()
    }

    fn framed(&self, target: &Target) -> Framed {
        let body = &self.request.body;
        let whole = body.is_whole();
        match (body.length(), body.is_chunked()) {
            (Some(length), _) => Framed::Length(length),
            (None, false) => Framed::None,
            (None, true) if whole && (body.trailers().is_empty() || target.speaks_http10()) => {
                Framed::Length(body.kept_bytes())
            }
            (None, true) => Framed::Chunked,
        }
    }

    fn ended(&mut self, end: End, mut answer: Answer, sent: Sent) -> Next {
        self.record(end, &mut answer);
        let Sent {
            target,
            conn,
            uploaded,
            places,
        } = sent;
        let status = answer.status();
        let next = match end {
            End::Answered => {
                if self.waits != Waits::Apart {
                    self.upstream.note_answer(target, conn.began());
                }
                let keep = answer.leaves_client() && uploaded && self.request.body.is_done();
                if answer.leaves_reusable() && uploaded {
                    self.keep(
                        target,
                        conn,
                        answer.last_read(),
                        answer.keep_alive_timeout(),
                    );
                }
                Next::Done(Done::Answered { status, keep })
            }
            End::Withheld => return self.withheld(answer, target, conn, uploaded),
            End::NotSent => {
                // Nothing was taken: as if this connection had never been.
                self.lost_evidence(target, &conn);
                self.serving.counters.retried(Retry::NotSent);
                if conn.reused() {
                    Next::Again(places)
                } else {
                    self.back(places)
                }
            }
            End::Lost => {
                self.lost_evidence(target, &conn);
                self.lost()
            }
            End::CutOff if places.is_some() => Next::Again(places),
            End::CutOff => self.lost(),
            End::LostInHead => Next::Done(Done::Refused(Refusal::UpstreamError(Forwarded::Maybe))),
            End::TimedOut => Next::Done(Done::Refused(Refusal::UpstreamTimeout)),
            End::BadAnswer => Next::Done(Done::Refused(Refusal::BadAnswer)),
            End::Cut => {
                if answer.needs_reset() {
                    self.client.end_by_reset();
                }
                Next::Done(Done::Cut { status })
            }
            End::ClientGone => {
                if answer.needs_reset() {
                    self.client.end_by_reset();
                }
                Next::Done(Done::ClientGone)
            }
            End::BodyTooSlow => Next::Done(Done::Refused(Refusal::BodyTooSlow)),
            End::Fault(fault) => Next::Done(Done::Refused(fault.into())),
            End::BodyLost => Next::Done(Done::Refused(Refusal::UpstreamError(Forwarded::Maybe))),
        };
        self.worker.spare_response(answer.into_head());
        next
    }

    /// Keeps what passed by, where it is recorded: what came of a stream without an end is told by
    /// what came of it.
    fn record(&self, end: End, answer: &mut Answer) {
        let Some(tape) = answer.tape.take() else {
            return;
        };
        let is_over = match end {
            End::Answered => true,
            End::Cut | End::ClientGone => answer.is_endless(),
            End::NotSent
            | End::Lost
            | End::CutOff
            | End::LostInHead
            | End::TimedOut
            | End::BadAnswer
            | End::Withheld
            | End::BodyTooSlow
            | End::Fault(_)
            | End::BodyLost => false,
        };
        if is_over {
            let raw = tape.into_raw(self.request, answer.head());
            self.upstream.recorder.add(Sample::new(raw));
        }
    }

    /// A fresh connection that ends without a byte counts like a refused one (semantics.md §2).
    fn lost_evidence(&self, target: usize, conn: &Conn) {
        if !conn.reused() && self.waits != Waits::Apart {
            let text = "the connection was closed without an answer".to_owned();
            let evidence = Evidence::Refused(text);
            self.upstream.apply(Input::Passive {
                target,
                began: conn.began(),
                evidence,
            });
        }
    }

    /// Sent, and the connection was lost: repeated where that may be (semantics.md §5).
    fn lost(&mut self) -> Next {
        if self.request.is_repeatable() && self.journey.sendings < SENDINGS_MAX {
            self.serving.counters.retried(Retry::Repeated);
            Next::Again(None)
        } else {
            Next::Done(Done::Refused(Refusal::UpstreamError(Forwarded::Maybe)))
        }
    }
}

impl Relay<'_> {
    /// From the request's first byte to the answer's last; cut off where such requests were, more
    /// often than before.
    async fn run(
        &mut self,
        up: &Upward<'_>,
        mut success: Success<'_, '_>,
        cuts: Option<(Asks, u32)>,
    ) -> End {
        let mut started = false;
        poll_fn(|cx| {
            if !std::mem::replace(&mut started, true) {
                self.start(cx, up);
            }
            let polled = self.poll(cx);
            let answer = &self.answer;
            success.look(cx, answer.has_begun().then(|| answer.status()));
            if polled.is_pending()
                && let Some((asks, before)) = cuts
            {
                self.client.enrol(self.worker, cx);
                if self.upstream.cuts(asks) != before {
                    return Poll::Ready(self.cut_off());
                }
            }
            polled
        })
        .await
    }

    /// Head and what is here of the body, in one write.
    fn start(&mut self, cx: &mut std::task::Context<'_>, up: &Upward<'_>) {
        let mut out = self.worker.out.borrow_mut();
        out.clear();
        headers::write_request(self.request, up, &mut out);
        let body = &self.request.body;
        let last = body.is_done() && body.spilled() == 0;
        if up.framed == Framed::Chunked {
            write::chunk(&mut out, body.kept());
            if last {
                write::last_chunk(&mut out, body.trailers());
            }
        } else {
            out.extend_from_slice(body.kept());
        }
        // Whoever asked whether to go on waits for the target's word before he sends more.
        let wait = if last || self.request.awaits_continue() {
            self.forwarding.timeouts.first_byte
        } else {
            UNTIMED
        };
        self.client
            .timer
            .set((self.answer.last_read() + wait).into());
        self.upload.start(cx, self.conn, &out, last);
    }
}
