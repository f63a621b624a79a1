//! An exchange as it passes by, while its upstream is recorded.

use std::time::Instant;

use buffy_core::record::{Piece, Raw};
use buffy_http::ResponseHead;

use super::request::Request;
use crate::upstream::Upstream;

/// More of a content is not kept.
const CONTENT_MAX: usize = 64 * 1024;
/// More reads of one answer are not told apart.
const PIECES_MAX: usize = 4_096;

/// What passed by so far.
#[derive(Debug)]
pub(super) struct Tape {
    began: Instant,
    head_came: Option<Instant>,
    /// Of the request, where all of it was kept when it had been sent.
    asked: Option<Vec<u8>>,
    /// Of the answer, as long as it is no more than is kept.
    content: Option<Vec<u8>>,
    pieces: Vec<Piece>,
}

impl Tape {
    /// None where nobody records. An answer to a part, or to a condition, tells nothing of the
    /// whole, and one to HEAD has no content.
    pub(super) fn begin(upstream: &Upstream, request: &Request, now: Instant) -> Option<Box<Self>> {
        let head = &request.head;
        let tells = !head.is_head() && !head.has_conditional() && head.get("range").is_none();
        (upstream.recorder.is_on(now) && tells).then(|| {
            Box::new(Self {
                began: now,
                head_came: None,
                asked: None,
                content: Some(Vec::new()),
                pieces: Vec::new(),
            })
        })
    }

    /// The answer's head came.
    pub(super) fn head_came(&mut self, now: Instant) {
        self.head_came = Some(now);
    }

    /// A part of the answer's content came.
    pub(super) fn take(&mut self, part: &[u8], now: Instant) {
        let Some(content) = self.content.as_mut().filter(|_| !part.is_empty()) else {
            return;
        };
        if content.len() + part.len() > CONTENT_MAX {
            self.content = None;
            self.pieces = Vec::new();
            return;
        }
        content.extend_from_slice(part);
        let end = content.len();
        let at = now.saturating_duration_since(self.head_came.unwrap_or(self.began));
        if self.pieces.len() < PIECES_MAX {
            self.pieces.push(Piece { at, end });
        }
    }

    /// The request was sent, and nothing of it may be kept from here on.
    pub(super) fn keep_request(&mut self, request: &Request) {
        let body = &request.body;
        if self.asked.is_none() && body.is_whole() && body.spilled() == 0 {
            self.asked = Some(body.kept().to_vec());
        }
    }

    /// The exchange is over.
    pub(super) fn into_raw(mut self, request: &Request, head: &ResponseHead) -> Raw {
        self.keep_request(request);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = head.fields().filter(|field| !field.hop);
        let wait = self.head_came.unwrap_or(self.began);
        Raw {
            method: request.head.method().to_owned(),
            target: request.head.origin_form_target().into_owned(),
            content: self.asked,
            status: head.status(),
            fields: fields
                .map(|field| (text(field.name), text(field.value)))
                .collect(),
            answered: self.content,
            wait: wait.saturating_duration_since(self.began),
            pieces: self.pieces,
        }
    }
}
