//! The newest requests of one worker: their bytes one behind the other, and where each begins.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Instant;

use super::subject::{Named, Subject};
use super::{Closest, Entry, Filter, Seen, secret};

/// Of a body; what is longer is cut.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// The newest requests of one worker, bounded by count and by bytes.
#[derive(Debug)]
pub(super) struct Ring {
    /// Of each entry: its session, head and body.
    bytes: VecDeque<u8>,
    entries: VecDeque<Record>,
    bytes_max: usize,
}

/// What is known of a request, but for its bytes.
#[derive(Clone, Debug)]
struct Record {
    arrived: Instant,
    peer: IpAddr,
    subject: Subject,
    status: u16,
    resumes: bool,
    session_len: usize,
    head_len: usize,
    /// Of what is kept; none where it was not taken in.
    body_len: Option<usize>,
    /// Of all that was taken in.
    body_bytes: usize,
    closest: Option<Box<Closest>>,
}

/// A copy of a request of the ring.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    record: Record,
    bytes: Vec<u8>,
}

impl Ring {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            entries: VecDeque::new(),
            bytes_max,
        }
    }

    /// Keeps a request; those that were first make room. One that would not fit alone is left out.
    pub(super) fn push(&mut self, entry: &Entry<'_>, entries_max: usize) {
        let head = entry.head.bytes();
        let body = entry.body.unwrap_or_default();
        let kept = body.get(..BODY_BYTES_MAX).unwrap_or(body);
        let length = entry.session.len() + head.len() + kept.len();
        if length > self.bytes_max || entries_max == 0 {
            return;
        }
        while self.entries.len() >= entries_max || self.bytes.len() + length > self.bytes_max {
            self.pop();
        }
        for part in [entry.session.as_bytes(), head, kept] {
            // Most have a head alone.
            if !part.is_empty() {
                self.bytes.extend(part);
            }
        }
        self.entries.push_back(Record {
            arrived: entry.arrived,
            peer: entry.peer,
            subject: entry.subject,
            status: entry.status,
            resumes: entry.resumes,
            session_len: entry.session.len(),
            head_len: head.len(),
            body_len: entry.body.map(|_| kept.len()),
            body_bytes: body.len(),
            closest: entry.closest.cloned().map(Box::new),
        });
    }

    /// The newest `limit` of those that are meant, copied to `found`.
    pub(super) fn newest(
        &mut self,
        limit: usize,
        filter: &Filter<'_>,
        subjects: &[Named],
        found: &mut Vec<Kept>,
    ) {
        let enough = found.len() + limit;
        let mut end = self.bytes.len();
        let bytes: &[u8] = self.bytes.make_contiguous();
        for record in self.entries.iter().rev() {
            if found.len() == enough {
                return;
            }
            let start = end.saturating_sub(record.len());
            let bytes = bytes.get(start..end).unwrap_or_default();
            end = start;
            if record.is_meant(bytes, filter, subjects) {
                found.push(Kept {
                    record: record.clone(),
                    bytes: bytes.to_vec(),
                });
            }
        }
    }

    /// No more than so many are kept.
    pub(super) fn keep(&mut self, entries_max: usize) {
        while self.entries.len() > entries_max {
            self.pop();
        }
        if entries_max == 0 {
            *self = Self::new(self.bytes_max);
        }
    }

    /// Those of a session (an empty id is the shared one), or of all, are kept no longer.
    pub(super) fn forget(&mut self, session: Option<&str>) {
        let mut left = Self::new(self.bytes_max);
        if let Some(session) = session {
            let mut start = 0;
            let all: &[u8] = self.bytes.make_contiguous();
            for record in self.entries.drain(..) {
                let end = start + record.len();
                let bytes = all.get(start..end).unwrap_or_default();
                start = end;
                if record.session(bytes) != session.as_bytes() {
                    left.bytes.extend(bytes);
                    left.entries.push_back(record);
                }
            }
        }
        *self = left;
    }

    fn pop(&mut self) {
        if let Some(first) = self.entries.pop_front() {
            let length = first.len().min(self.bytes.len());
            self.bytes.drain(..length);
        }
    }
}

impl Record {
    /// Of its bytes.
    fn len(&self) -> usize {
        self.session_len + self.head_len + self.body_len.unwrap_or(0)
    }

    fn session<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(..self.session_len).unwrap_or_default()
    }

    fn is_meant(&self, bytes: &[u8], filter: &Filter<'_>, subjects: &[Named]) -> bool {
        let Some(named) = subjects.get(self.subject.index()) else {
            return false;
        };
        let Filter {
            endpoint,
            session,
            unmatched,
        } = filter;
        endpoint.is_none_or(|endpoint| named.endpoint.as_ref() == endpoint)
            && session.is_none_or(|session| self.session(bytes) == session.as_bytes())
            && (!unmatched || named.is_unmatched())
    }
}

impl Kept {
    pub(super) fn arrived(&self) -> Instant {
        self.record.arrived
    }

    pub(super) fn show(self, subjects: &[Named]) -> Seen {
        let Self { record, bytes } = self;
        let named = subjects.get(record.subject.index()).cloned();
        let Named { endpoint, response } = named.unwrap_or_else(Named::no_endpoint);
        let behind = record.session_len + record.head_len;
        let head = bytes.get(record.session_len..behind).unwrap_or_default();
        let body = bytes.get(behind..).unwrap_or_default();
        let seen = Seen {
            session: String::from_utf8_lossy(record.session(&bytes)).into_owned(),
            arrived: record.arrived,
            peer: record.peer,
            endpoint,
            response,
            status: record.status,
            method: String::new(),
            target: String::new(),
            fields: Vec::new(),
            body: record.body_len.map(|_| body.to_vec()),
            body_bytes: record.body_bytes,
            resumes: record.resumes,
            closest: record.closest.map(|closest| secret::closest(*closest)),
        };
        seen.with_head(head)
    }
}
