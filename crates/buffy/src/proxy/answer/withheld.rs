//! An answer that is kept from the client, as its request is held again (`hold_on`).
//!
//! Small ones are kept, for the request's deadline: they are relayed then. One that is large, or
//! does not end soon, is passed on at once: it would be memory that nobody counts, or an upstream's
//! connection that stands still.

use std::time::{Duration, Instant};

use buffy_http::{Known, ResponseFraming, ResponseHead};

use super::{Answer, Progress, State, Told, write_content, write_last_chunk};
use crate::proxy::headers::{self, Downward, Sending};
use crate::proxy::relay::End;
use crate::proxy::request::Request;
use crate::proxy::site::Forwarding;
use crate::upstream::Target;

/// Content of an answer that is withheld, in bytes.
const CONTENT_MAX: usize = 64 * 1024;
/// It comes whole within so long.
pub(in crate::proxy) const WITHHELD_FOR: Duration = Duration::from_secs(1);

/// The upstream's own answer to a request that is held again.
#[derive(Debug)]
pub(in crate::proxy) struct Withheld {
    head: Box<ResponseHead>,
    content: Vec<u8>,
    https: bool,
    /// The index of the target that it came from.
    target: usize,
    /// No earlier is the request sent again.
    not_before: Instant,
}

impl Answer {
    /// The final head came, and is kept from the client.
    pub(in crate::proxy) fn is_withheld(&self) -> bool {
        self.withheld.is_some()
    }

    /// The answer that was withheld; none where it was passed on. `otherwise` is waited where it
    /// does not say how long.
    pub(in crate::proxy) fn into_withheld(
        self,
        target: usize,
        now: Instant,
        otherwise: Duration,
    ) -> Option<Withheld> {
        let wait = retry_after(&self.head, jiff::Timestamp::now()).unwrap_or(otherwise);
        Some(Withheld {
            content: self.withheld?,
            https: self.terms.https,
            target,
            not_before: now.checked_add(wait).unwrap_or(now),
            head: self.head,
        })
    }

    /// Passes on what was withheld after all, and what comes of it.
    pub(in crate::proxy) fn pass_on(&mut self, told: &Told<'_>, out: &mut Vec<u8>) {
        let content = self.withheld.take().unwrap_or_default();
        self.begin(told, out);
        write_content(self.sending, &content, out);
    }

    pub(super) fn withhold(
        &mut self,
        input: &[u8],
        told: &Told<'_>,
        out: &mut Vec<u8>,
    ) -> Progress {
        let content = self.withheld.get_or_insert_default();
        match &mut self.state {
            State::Complete => self.reusable &= input.is_empty(),
            State::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let taken = input.get(..most).unwrap_or(input);
                content.extend_from_slice(taken);
                *left -= taken.len() as u64;
                self.reusable &= taken.len() == input.len();
                if *left == 0 {
                    self.state = State::Complete;
                }
            }
            State::UntilClose => content.extend_from_slice(input),
            State::Chunked(decoder) => {
                let Ok(taken) = decoder.decode(input, content, usize::MAX) else {
                    return Progress::Ended(End::BadAnswer);
                };
                if decoder.is_done() {
                    self.reusable &= taken == input.len();
                    if content.len() <= CONTENT_MAX {
                        self.state = State::Complete;
                    }
                }
            }
            State::Head => debug_assert!(false, "content before the head"),
        }
        let bytes = content.len();
        let promised = match self.state {
            State::Length(left) => usize::try_from(left).unwrap_or(usize::MAX),
            State::Head | State::Chunked(_) | State::UntilClose | State::Complete => 0,
        };
        if self.is_complete() {
            return Progress::Ended(End::Withheld);
        }
        if bytes.saturating_add(promised) > CONTENT_MAX {
            self.pass_on(told, out);
            self.close_chunks(told.request, out);
        }
        Progress::More
    }

    /// After content that was passed on late: the last chunk, where it came already.
    fn close_chunks(&mut self, request: &Request, out: &mut Vec<u8>) {
        if let State::Chunked(decoder) = &self.state
            && decoder.is_done()
        {
            if self.sending == Sending::Chunked {
                write_last_chunk(decoder, request, out);
            }
            self.state = State::Complete;
        }
    }
}

impl Withheld {
    /// No earlier is the request sent again.
    pub(in crate::proxy) fn not_before(&self) -> Instant {
        self.not_before
    }

    /// The index of the target that it came from.
    pub(in crate::proxy) fn target(&self) -> usize {
        self.target
    }

    pub(in crate::proxy) fn status(&self) -> u16 {
        self.head.status()
    }

    /// Appends it as the client gets it, all of it.
    pub(in crate::proxy) fn write(&self, request: &Request, way: &Relayed<'_>, out: &mut Vec<u8>) {
        let sending = match self.head.framing(request.head.is_head()) {
            ResponseFraming::None => Sending::Nothing,
            ResponseFraming::Length(_) | ResponseFraming::Chunked | ResponseFraming::Close => {
                Sending::Length(self.content.len() as u64)
            }
        };
        let down = Downward {
            forwarding: way.forwarding,
            target: way.target,
            sending,
            keep_alive: way.keep_alive,
            elapsed: request.arrived.elapsed(),
            held: way.held,
            attempts: way.attempts,
            https: self.https,
        };
        headers::write_answer(&self.head, request, &down, out);
        out.extend_from_slice(&self.content);
    }
}

/// What an answer that is relayed late says of its request's way.
pub(in crate::proxy) struct Relayed<'a> {
    pub(in crate::proxy) forwarding: &'a Forwarding,
    pub(in crate::proxy) target: &'a Target,
    pub(in crate::proxy) keep_alive: bool,
    pub(in crate::proxy) held: Option<Duration>,
    pub(in crate::proxy) attempts: u32,
}

/// How long a client is to wait before it tries again: seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(head: &ResponseHead, now: jiff::Timestamp) -> Option<Duration> {
    let value = std::str::from_utf8(head.get_known(Known::RetryAfter)?).ok()?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    let wait = date.timestamp().duration_since(now);
    Some(wait.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use buffy_http::Limits;

    fn wait(value: &str) -> Option<Duration> {
        let head = format!("HTTP/1.1 503 No\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n");
        let mut parsed = ResponseHead::default();
        parsed
            .parse(head.as_bytes(), &mut 0, &Limits::DEFAULT)
            .unwrap();
        let now = "1994-11-06T08:49:07Z".parse().unwrap();
        retry_after(&parsed, now)
    }

    #[test]
    fn an_upstream_says_in_seconds_or_by_a_date_how_long_to_wait() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("0"), Some(Duration::ZERO));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(wait(date), Some(Duration::from_secs(30)));
        let past = "Sun, 06 Nov 1994 08:48:37 GMT";
        assert_eq!(wait(past), Some(Duration::ZERO));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }
}
