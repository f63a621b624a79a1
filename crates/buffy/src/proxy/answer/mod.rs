//! An upstream's answer on its way to the client: strict in, framed anew out.

mod withheld;

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use buffy_http::{ChunkedDecoder, Known, Limits, ResponseFraming, ResponseHead, Version, write};

use super::client::Client;
use super::headers::{self, Downward, Sending};
use super::relay::End;
use super::request::Request;
use super::site::Forwarding;
use super::tape::Tape;
use crate::upstream::Target;

pub(super) use self::withheld::{Relayed, WITHHELD_FOR, Withheld};

/// Interim responses before the final one, at most.
const INTERIMS_MAX: u8 = 16;
/// An upstream's head may be as large as a client's.
const LIMITS: Limits = Limits {
    head_bytes: 64 * 1024,
    target_bytes: 0,
    fields: 256,
};

/// What has come of an answer, and what of it is still to be written.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on one another"
)]
pub(super) struct Answer {
    head: Box<ResponseHead>,
    /// A head that has not come whole, and how far it was looked at.
    partial: Vec<u8>,
    looked: usize,
    state: State,
    sending: Sending,
    /// Written once the client takes it, from `at` on.
    pending: Vec<u8>,
    at: usize,
    /// The final head was passed on.
    begun: bool,
    /// Content of an answer that is not to be passed on, unless it is too large for that.
    withheld: Option<Vec<u8>>,
    /// A byte of it came.
    any: bool,
    interims: u8,
    /// A 100 was passed on.
    continued: bool,
    reusable: bool,
    endless: bool,
    last_read: Instant,
    /// Where the exchange is recorded.
    pub(super) tape: Option<Box<Tape>>,
    pub(super) terms: Terms,
}

/// What is told of the way that the request took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) held: Option<Duration>,
    pub(super) attempts: u32,
    /// The client's connection may be kept.
    pub(super) keep_alive: bool,
    /// A trusted peer says that the client came by https.
    pub(super) https: bool,
}

/// What a read of an answer is taken in with.
pub(super) struct Told<'a> {
    pub(super) request: &'a Request,
    pub(super) forwarding: &'a Forwarding,
    pub(super) target: &'a Target,
    /// When it was read.
    pub(super) now: Instant,
    /// The request is still on its way.
    pub(super) uploading: bool,
    /// Buffy is stopping: the connection takes no other request.
    pub(super) last: bool,
    /// Answers of these statuses are not passed on: the request is held again.
    pub(super) hold_on: &'a [u16],
}

#[derive(Debug)]
enum State {
    Head,
    Length(u64),
    Chunked(Box<ChunkedDecoder>),
    UntilClose,
    Complete,
}

/// What came of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    /// The final head came; the rest of the request may not be wanted.
    Final {
        stops_upload: bool,
    },
    Ended(End),
}

impl Answer {
    pub(super) fn new(head: Box<ResponseHead>, terms: Terms, now: Instant) -> Self {
        Self {
            head,
            partial: Vec::new(),
            looked: 0,
            state: State::Head,
            sending: Sending::Nothing,
            pending: Vec::new(),
            at: 0,
            begun: false,
            withheld: None,
            any: false,
            interims: 0,
            continued: false,
            reusable: true,
            endless: false,
            last_read: now,
            tape: None,
            terms,
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    /// The client was told to go on with its body.
    pub(super) fn said_continue(&self) -> bool {
        self.continued
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    pub(super) fn has_unsent(&self) -> bool {
        self.at < self.pending.len()
    }

    /// An event stream: silence is no fault.
    pub(super) fn is_endless(&self) -> bool {
        self.endless
    }

    pub(super) fn last_read(&self) -> Instant {
        self.last_read
    }

    pub(super) fn status(&self) -> u16 {
        self.head.status()
    }

    /// What the target speaks.
    pub(super) fn version(&self) -> Version {
        self.head.version()
    }

    /// The client must be able to tell that the answer was cut, and only a reset says so.
    pub(super) fn needs_reset(&self) -> bool {
        self.begun && self.sending == Sending::UntilClose
    }

    /// After a complete answer: the target's connection can take another request.
    pub(super) fn leaves_reusable(&self) -> bool {
        self.reusable && self.head.keep_alive()
    }

    /// After a complete answer: the client's connection can take another request.
    pub(super) fn leaves_client(&self) -> bool {
        self.terms.keep_alive && self.sending != Sending::UntilClose
    }

    /// How long the target keeps an idle connection, as it says.
    pub(super) fn keep_alive_timeout(&self) -> Option<Duration> {
        self.head.keep_alive_timeout().map(Duration::from_secs)
    }

    pub(super) fn head(&self) -> &ResponseHead {
        &self.head
    }

    #[expect(clippy::unnecessary_box_returns, reason = "it is kept boxed")]
    pub(super) fn into_head(self) -> Box<ResponseHead> {
        self.head
    }

    /// Content that goes on as it came: so many of these bytes, nothing to be rewritten.
    pub(super) fn pass_through(&mut self, read: &[u8], now: Instant) -> Option<usize> {
        let State::Length(left) = &mut self.state else {
            return None;
        };
        if read.is_empty() || self.sending == Sending::Chunked || self.withheld.is_some() {
            return None;
        }
        self.last_read = now;
        let most = usize::try_from(*left).unwrap_or(usize::MAX);
        let passed = read.len().min(most);
        if let Some(tape) = &mut self.tape {
            tape.take(read.get(..passed).unwrap_or_default(), now);
        }
        *left -= passed as u64;
        if *left == 0 {
            self.state = State::Complete;
        }
        self.reusable &= passed == read.len();
        Some(passed)
    }

    /// Takes in what was read (nothing is the end) and appends to `out` what the client gets of it.
    pub(super) fn take(&mut self, read: &[u8], told: &Told<'_>, out: &mut Vec<u8>) -> Progress {
        if read.is_empty() {
            return self.end(out);
        }
        self.last_read = told.now;
        self.any = true;
        if !matches!(self.state, State::Head) {
            return self.take_content(read, told, out);
        }
        if self.partial.is_empty() {
            return self.take_heads(read, told, out);
        }
        let mut whole = std::mem::take(&mut self.partial);
        whole.extend_from_slice(read);
        self.take_heads(&whole, told, out)
    }

    /// Interim heads, then the final one, then what is behind it.
    fn take_heads(&mut self, mut input: &[u8], told: &Told<'_>, out: &mut Vec<u8>) -> Progress {
        loop {
            let length = match self.head.parse(input, &mut self.looked, &LIMITS) {
                Ok(Some(length)) => length,
                Ok(None) => {
                    self.partial = input.to_vec();
                    return Progress::More;
                }
                Err(error) => {
                    tracing::warn!(upstream = %told.target.origin, error = error.text(), "an answer was not valid HTTP");
                    return Progress::Ended(End::BadAnswer);
                }
            };
            self.looked = 0;
            input = input.get(length..).unwrap_or_default();
            if self.head.status() >= 200 {
                break;
            }
            if !self.take_interim(told.request, out) {
                return Progress::Ended(End::BadAnswer);
            }
            if input.is_empty() {
                return Progress::More;
            }
        }
        let stops_upload = told.uploading && (self.head.status() >= 300 || !self.head.keep_alive());
        self.frame(told, stops_upload);
        if told.hold_on.contains(&self.head.status()) {
            self.withheld = Some(Vec::new());
            self.tape = None;
        } else {
            self.begin(told, out);
        }
        match self.take_content(input, told, out) {
            Progress::Ended(end) => Progress::Ended(end),
            Progress::More | Progress::Final { .. } => Progress::Final { stops_upload },
        }
    }

    /// Passes on 100, 102 and 103 where the client can take them; false where that may not be.
    fn take_interim(&mut self, request: &Request, out: &mut Vec<u8>) -> bool {
        self.interims += 1;
        if self.interims > INTERIMS_MAX || self.head.status() == 101 {
            return false;
        }
        let wanted = match self.head.status() {
            100 => request.head.expects_continue(),
            102 | 103 => request.head.version() == Version::Http11,
            _ => false,
        };
        self.continued |= wanted && self.head.status() == 100;
        if wanted {
            write::status_line(out, self.head.status(), Some(self.head.reason()));
            for field in self.head.fields().filter(|field| !field.hop) {
                if field.known != Known::ContentLength && field.known != Known::XBuffy {
                    write::field(out, field.name, field.value);
                }
            }
            out.extend_from_slice(b"\r\n");
        }
        true
    }

    /// How the final answer is framed, here and on its way to the client.
    fn frame(&mut self, told: &Told<'_>, stops_upload: bool) {
        let framing = self.head.framing(told.request.head.is_head());
        self.sending = headers::sending(framing, told.request.head.version());
        self.state = match framing {
            ResponseFraming::None | ResponseFraming::Length(0) => State::Complete,
            ResponseFraming::Length(length) => State::Length(length),
            ResponseFraming::Chunked => State::Chunked(Box::new(ChunkedDecoder::new())),
            ResponseFraming::Close => State::UntilClose,
        };
        self.reusable &= !matches!(self.state, State::UntilClose) && !stops_upload;
        self.terms.keep_alive &= self.sending != Sending::UntilClose && !stops_upload && !told.last;
        self.endless = self
            .head
            .get_known(Known::ContentType)
            .is_some_and(|kind| kind.starts_with(b"text/event-stream"));
    }

    /// Appends the final head as the client gets it.
    fn begin(&mut self, told: &Told<'_>, out: &mut Vec<u8>) {
        self.begun = true;
        if let Some(tape) = &mut self.tape {
            tape.head_came(self.last_read);
        }
        let down = Downward {
            forwarding: told.forwarding,
            target: told.target,
            sending: self.sending,
            keep_alive: self.terms.keep_alive,
            elapsed: self
                .last_read
                .saturating_duration_since(told.request.arrived),
            held: self.terms.held,
            attempts: self.terms.attempts,
            https: self.terms.https,
        };
        headers::write_answer(&self.head, told.request, &down, out);
    }

    fn take_content(&mut self, input: &[u8], told: &Told<'_>, out: &mut Vec<u8>) -> Progress {
        if self.withheld.is_some() {
            return self.withhold(input, told, out);
        }
        match &mut self.state {
            State::Complete => {
                // Octets behind an answer poison the connection, not the answer.
                self.reusable &= input.is_empty();
            }
            State::Length(_) => {
                let now = self.last_read;
                let passed = self.pass_through(input, now).unwrap_or(0);
                out.extend_from_slice(input.get(..passed).unwrap_or_default());
            }
            State::UntilClose => {
                if let Some(tape) = &mut self.tape {
                    tape.take(input, self.last_read);
                }
                write_content(self.sending, input, out);
            }
            State::Chunked(decoder) => {
                let mut payload = Vec::new();
                let Ok(taken) = decoder.decode(input, &mut payload, usize::MAX) else {
                    return Progress::Ended(End::Cut);
                };
                if let Some(tape) = &mut self.tape {
                    tape.take(&payload, self.last_read);
                }
                write_content(self.sending, &payload, out);
                if decoder.is_done() {
                    self.reusable &= taken == input.len();
                    if self.sending == Sending::Chunked {
                        write_last_chunk(decoder, told.request, out);
                    }
                    self.state = State::Complete;
                }
            }
            State::Head => debug_assert!(false, "content before the head"),
        }
        Progress::More
    }

    /// Ends an answer that has no end: true where a chunk has just ended, and `out` has the last
    /// one. It looks complete to the client.
    pub(super) fn end_early(&mut self, out: &mut Vec<u8>) -> bool {
        let between = match &self.state {
            State::Chunked(decoder) => decoder.is_between_chunks(),
            State::UntilClose => true,
            State::Length(_) | State::Head | State::Complete => false,
        };
        if between {
            if self.sending == Sending::Chunked {
                write::last_chunk(out, &[]);
            }
            self.state = State::Complete;
            self.reusable = false;
        }
        between
    }

    /// The target's connection failed: what ends by its close did not end.
    pub(super) fn broken(&mut self) -> Progress {
        self.reusable = false;
        match self.state {
            State::Head if self.any => Progress::Ended(End::LostInHead),
            State::Head => Progress::Ended(End::Lost),
            // The client has seen nothing of it.
            State::Length(_) | State::Chunked(_) | State::UntilClose if self.is_withheld() => {
                Progress::Ended(End::LostInHead)
            }
            State::Length(_) | State::Chunked(_) | State::UntilClose => Progress::Ended(End::Cut),
            State::Complete => Progress::More,
        }
    }

    /// The target's connection is at its end.
    fn end(&mut self, out: &mut Vec<u8>) -> Progress {
        if !matches!(self.state, State::UntilClose) {
            return self.broken();
        }
        self.reusable = false;
        self.state = State::Complete;
        if self.is_withheld() {
            return Progress::Ended(End::Withheld);
        }
        if self.sending == Sending::Chunked {
            write::last_chunk(out, &[]);
        }
        Progress::More
    }

    /// Writes to the client; what it does not take is kept. An end where it is gone.
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        mut bytes: &[u8],
    ) -> Option<Progress> {
        while !bytes.is_empty() && !self.has_unsent() {
            match client.poll_write(cx, bytes) {
                Poll::Ready(Ok(written @ 1..)) => {
                    bytes = bytes.get(written..).unwrap_or_default();
                }
                Poll::Ready(Ok(0) | Err(_)) => return Some(Progress::Ended(End::ClientGone)),
                Poll::Pending => break,
            }
        }
        self.pending.extend_from_slice(bytes);
        None
    }

    /// Ready when nothing is kept; an error where the client is gone.
    pub(super) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
    ) -> Poll<Result<(), ()>> {
        while let Some(rest) = self.pending.get(self.at..).filter(|rest| !rest.is_empty()) {
            let Ok(written @ 1..) = ready!(client.poll_write(cx, rest)) else {
                return Poll::Ready(Err(()));
            };
            self.at += written;
        }
        self.pending = Vec::new();
        self.at = 0;
        Poll::Ready(Ok(()))
    }
}

fn write_content(sending: Sending, payload: &[u8], out: &mut Vec<u8>) {
    if sending == Sending::Chunked {
        write::chunk(out, payload);
    } else {
        out.extend_from_slice(payload);
    }
}

/// Trailers go to clients that said that they take them, or spoke in chunks themselves.
fn write_last_chunk(decoder: &ChunkedDecoder, request: &Request, out: &mut Vec<u8>) {
    let wanted = request.head.accepts_trailers() || request.body.is_chunked();
    write::last_chunk(out, if wanted { decoder.trailers() } else { &[] });
}
