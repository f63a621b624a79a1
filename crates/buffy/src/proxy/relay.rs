//! One sending: a request goes to a target, and the answer comes back, both as streams.
//!
//! Both directions are driven by one poll: while bytes of the request's body are still coming, an
//! answer may begin (RFC 9110 §10.1.1), and while an answer is waited for, the client may leave.
//! Whatever a socket does not take at once is kept here, and until it is gone nothing more is read
//! for that side: this is the back-pressure.

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::answer::{Answer, Progress, Told, WITHHELD_FOR};
use super::body::Fault;
use super::client::Client;
use super::endless::{Endless, Wanted};
use super::request::Request;
use super::site::Forwarding;
use super::upload::{Upload, Uploaded};
use super::worker::Worker;
use crate::upstream::conn::Conn;
use crate::upstream::{Target, Upstream};

/// A client that does not read is given up after this.
const CLIENT_WRITE: Duration = Duration::from_mins(1);

/// An event stream may be silent for as long as it likes; and an upload has a clock of its own.
pub(super) const UNTIMED: Duration = Duration::from_hours(8760);

/// What carries one sending.
pub(super) struct Relay<'a> {
    pub(super) worker: &'a Worker,
    pub(super) client: &'a mut Client,
    pub(super) conn: &'a mut Conn,
    pub(super) request: &'a mut Request,
    pub(super) forwarding: &'a Forwarding,
    pub(super) target: &'a Target,
    pub(super) upstream: &'a Upstream,
    /// Answers of these statuses are not passed on: the request is held again.
    pub(super) hold_on: &'a [u16],
    pub(super) upload: Upload,
    pub(super) answer: Answer,
    /// Where the answer has no end.
    pub(super) endless: Option<Endless>,
}

/// How a sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The answer was passed on to its end.
    Answered,
    /// The target's connection failed before it took a byte.
    NotSent,
    /// Sent, and the connection was lost without a byte of an answer.
    Lost,
    /// Sent, and cut off by an operator without a byte of an answer passed on.
    CutOff,
    /// Sent, and the connection was lost within the answer's head.
    LostInHead,
    /// Sent, and the answer did not begin in time.
    TimedOut,
    /// What came is no answer that can be passed on.
    BadAnswer,
    /// The answer came whole and was kept from the client, as its request is held again.
    Withheld,
    /// The answer broke off after it had begun to be passed on.
    Cut,
    /// The client left, or does not read.
    ClientGone,
    /// The client sends its body too slowly.
    BodyTooSlow,
    /// The body cannot be taken further.
    Fault(Fault),
    /// What was kept of the body in a file cannot be read.
    BodyLost,
}

impl Relay<'_> {
    /// Drives both directions as far as they go.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let paused = self.awaits_continue();
        if let Poll::Ready(end) = self.poll_upload(cx) {
            return Poll::Ready(end);
        }
        if let Poll::Ready(end) = self.poll_answer(cx) {
            return Poll::Ready(end);
        }
        // He goes on just now, told or not: from here on the client is timed.
        if paused
            && !self.awaits_continue()
            && let Poll::Ready(end) = self.poll_upload(cx)
        {
            return Poll::Ready(end);
        }
        if self.upload.is_over() || self.request.body.is_done() {
            let scratch = &mut *self.worker.scratch.borrow_mut();
            if self.client.poll_gone(cx, scratch).is_ready() {
                return Poll::Ready(End::ClientGone);
            }
        } else if self.upload.is_stuck() && self.client.poll_reset(cx).is_ready() {
            return Poll::Ready(End::ClientGone);
        }
        if self.upload.is_over() && self.answer.has_begun() {
            // It is never sent again, and its answer may take for ever.
            if let Some(tape) = &mut self.answer.tape {
                tape.keep_request(self.request);
            }
            self.request.body.forget();
        }
        if self.answer.is_endless()
            && let Poll::Ready(end) = self.poll_drained(cx)
        {
            return Poll::Ready(end);
        }
        ready!(self.client.timer.poll(cx));
        if self.answer.is_withheld() {
            if let Some(Progress::Ended(end)) = self.pass_on(cx) {
                return Poll::Ready(end);
            }
            return self.poll(cx);
        }
        Poll::Ready(self.late())
    }

    /// Ends an answer without an end, where a drain wants it.
    fn poll_drained(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let (upstream, asks) = (self.upstream, self.request.asks());
        let endless = self
            .endless
            .get_or_insert_with(|| Endless::new(upstream, asks));
        match ready!(endless.poll_wanted(cx)) {
            Wanted::Now => Poll::Ready(End::Cut),
            Wanted::Soon if self.answer.is_complete() => Poll::Pending,
            Wanted::Soon => {
                let ended = {
                    let mut out = self.worker.out.borrow_mut();
                    out.clear();
                    let ended = self.answer.end_early(&mut out);
                    if let Some(Progress::Ended(end)) = self.answer.write(cx, self.client, &out) {
                        return Poll::Ready(end);
                    }
                    ended
                };
                if ended {
                    self.upload.stop();
                    return self.poll_answer(cx);
                }
                Poll::Pending
            }
        }
    }

    /// What was withheld does not end soon: it is passed on.
    fn pass_on(&mut self, cx: &mut Context<'_>) -> Option<Progress> {
        let now = self.worker.now();
        let told = Told {
            request: self.request,
            forwarding: self.forwarding,
            target: self.target,
            now,
            uploading: !self.upload.is_over(),
            last: self.worker.process.stopping.is_last_answer(),
            hold_on: &[],
        };
        let mut out = self.worker.out.borrow_mut();
        out.clear();
        self.answer.pass_on(&told, &mut out);
        let written = self.answer.write(cx, self.client, &out);
        drop(out);
        self.expect_more(now);
        written
    }

    fn poll_upload(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if self.upload.is_over() {
            return Poll::Pending;
        }
        let paused = self.awaits_continue();
        let Self {
            worker,
            client,
            conn,
            request,
            upload,
            ..
        } = self;
        let moved = upload.poll(cx, worker, client, conn, &mut request.body, paused);
        let end = match moved {
            Poll::Pending => {
                if paused && !self.awaits_continue() {
                    // He did not wait to be told: what comes of him is timed, and not the target.
                    self.client.timer.set((self.worker.now() + UNTIMED).into());
                }
                return Poll::Pending;
            }
            Poll::Ready(Uploaded::All) => {
                self.expect_answer();
                return Poll::Pending;
            }
            // The target may have answered before it closed: what is there is read first.
            Poll::Ready(Uploaded::TargetLost) => return Poll::Pending,
            Poll::Ready(Uploaded::ClientGone) => End::ClientGone,
            Poll::Ready(Uploaded::Fault(fault)) => End::Fault(fault),
            Poll::Ready(Uploaded::BodyLost) => End::BodyLost,
            Poll::Ready(Uploaded::ClientSlow) => End::BodyTooSlow,
            Poll::Ready(Uploaded::TargetSlow) => End::TimedOut,
        };
        Poll::Ready(if self.answer.has_begun() && end != End::ClientGone {
            End::Cut
        } else {
            end
        })
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            let kept = self.answer.has_unsent();
            if ready!(self.answer.poll_flush(cx, self.client)).is_err() {
                return Poll::Ready(End::ClientGone);
            }
            if kept {
                // The client has caught up: it is the target that is waited for again.
                self.expect_more(self.worker.now());
            }
            if self.answer.is_complete() {
                return if self.upload.is_over() {
                    Poll::Ready(End::Answered)
                } else {
                    Poll::Pending
                };
            }
            let progress = ready!(self.poll_read_answer(cx));
            match progress {
                Progress::More => self.expect_more(self.answer.last_read()),
                Progress::Final { stops_upload } => {
                    if stops_upload {
                        self.upload.stop();
                    }
                    let since = self.answer.last_read();
                    if self.answer.is_withheld() {
                        self.client.timer.set((since + WITHHELD_FOR).into());
                    } else {
                        self.expect_more(since);
                    }
                }
                Progress::Ended(end) => return Poll::Ready(self.or_not_sent(end)),
            }
        }
    }

    fn poll_read_answer(&mut self, cx: &mut Context<'_>) -> Poll<Progress> {
        let Self {
            worker,
            client,
            conn,
            request,
            forwarding,
            target,
            answer,
            upload,
            hold_on,
            ..
        } = self;
        let scratch = &mut *worker.scratch.borrow_mut();
        let read = match ready!(conn.poll_read(cx, scratch)) {
            Ok(read) => scratch.get(..read).unwrap_or_default(),
            Err(_) => return Poll::Ready(answer.broken()),
        };
        let now = worker.now();
        if let Some(passed) = answer.pass_through(read, now) {
            let written = answer.write(cx, client, read.get(..passed).unwrap_or_default());
            return Poll::Ready(written.unwrap_or(Progress::More));
        }
        let told = Told {
            request,
            forwarding,
            target,
            now,
            uploading: !upload.is_over(),
            last: worker.process.stopping.is_last_answer(),
            hold_on: if request.is_repeatable() {
                hold_on
            } else {
                &[]
            },
        };
        let mut out = worker.out.borrow_mut();
        out.clear();
        let begun = answer.has_begun();
        let progress = answer.take(read, &told, &mut out);
        if answer.has_begun() && !begun {
            // Before the client may have read it: his next request must meet what is known.
            target.note_version(answer.version());
        }
        Poll::Ready(answer.write(cx, client, &out).unwrap_or(progress))
    }

    /// An operator gives it no more time.
    pub(super) fn cut_off(&self) -> End {
        if self.answer.has_begun() {
            End::Cut
        } else {
            End::CutOff
        }
    }

    /// A connection that ended before it took a byte proves that nothing was sent.
    fn or_not_sent(&self, end: End) -> End {
        if end == End::Lost && !self.upload.is_sent() {
            End::NotSent
        } else {
            end
        }
    }

    /// The request is sent: its answer has so long to begin.
    fn expect_answer(&mut self) {
        if !self.answer.has_begun() {
            let wait = self.forwarding.timeouts.first_byte;
            self.client.timer.set((self.worker.now() + wait).into());
        }
    }

    /// Something came of the answer, or went to the client: the next may take so long.
    fn expect_more(&mut self, since: Instant) {
        if self.answer.is_withheld() {
            return;
        }
        let timeouts = &self.forwarding.timeouts;
        let wait = if self.answer.has_unsent() {
            CLIENT_WRITE
        } else if !self.answer.has_begun() {
            // An interim answer: told to go on, the client is waited for, else still the target.
            if self.upload.is_over() || self.awaits_continue() {
                return;
            }
            UNTIMED
        } else if self.answer.is_endless() || self.answer.is_complete() {
            UNTIMED
        } else {
            timeouts.idle
        };
        self.client.timer.set((since + wait).into());
    }

    /// The client asked whether to go on, was not told, and did not do so anyway: it is the target
    /// that is waited for.
    fn awaits_continue(&self) -> bool {
        self.request.awaits_continue() && !self.answer.said_continue() && !self.answer.has_begun()
    }

    fn late(&self) -> End {
        if self.answer.has_unsent() {
            End::ClientGone
        } else if self.answer.has_begun() {
            End::Cut
        } else {
            End::TimedOut
        }
    }
}
