//! What clients and backends saw, request by request, and what follows from it.
//!
//! Pure: those who saw something tell it with its time, since the demo's start. Nothing is counted
//! up on the way: every figure is worked out from the requests themselves, so that a request which
//! nobody told the end of cannot be forgotten.

mod figures;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(super) use figures::Figures;

/// Everything that was seen.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By id.
    requests: Vec<Request>,
    moves: Vec<Move>,
}

/// One of the backends that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Version(pub(super) u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
}

/// What happened to the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Up {
        version: Version,
        at: Duration,
    },
    /// Killed; `done` when the last of its sockets had gone.
    Cut {
        version: Version,
        began: Duration,
        done: Option<Duration>,
    },
}

/// How a request ended, as its client saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// With 200, and its own id.
    Answered { by: Version },
    /// With 502 and `X-Buffy-Forwarded: maybe`.
    Maybe,
    /// In any other way, in words.
    Otherwise(String),
}

#[derive(Debug)]
struct Request {
    method: Method,
    sent: Duration,
    /// The backends that began to work on it, in order.
    begun: Vec<Version>,
    end: Option<End>,
}

#[derive(Debug)]
struct End {
    at: Duration,
    /// Its answer said that it had been held.
    held: bool,
    seen: Seen,
}

/// What a request that ended counts as.
#[derive(Debug, PartialEq, Eq)]
enum Judgement<'a> {
    Answered(Version),
    Cut,
    Lost(&'a str),
}

impl Tally {
    /// A client begins to send; the request's id.
    pub(super) fn sent(&mut self, method: Method, at: Duration) -> usize {
        let id = self.requests.len();
        self.requests.push(Request {
            method,
            sent: at,
            begun: Vec::new(),
            end: None,
        });
        id
    }

    /// A backend begins to work on a request; false where nobody sent it.
    pub(super) fn begun(&mut self, id: usize, by: Version) -> bool {
        let request = self.requests.get_mut(id);
        request.map(|request| request.begun.push(by)).is_some()
    }

    /// A client has its answer, or knows that none comes.
    pub(super) fn ended(&mut self, id: usize, at: Duration, held: bool, seen: Seen) {
        if let Some(request) = self.requests.get_mut(id) {
            request.end = Some(End { at, held, seen });
        }
    }

    /// Nobody waits any more: what has no end is lost.
    pub(super) fn give_up(&mut self, at: Duration) {
        for request in &mut self.requests {
            request.end.get_or_insert_with(|| End {
                at,
                held: false,
                seen: Seen::Otherwise("no answer before the demo's end".to_owned()),
            });
        }
    }

    pub(super) fn up(&mut self, version: Version, at: Duration) {
        self.moves.push(Move::Up { version, at });
    }

    /// From here on the backend's sockets go.
    pub(super) fn cut_began(&mut self, version: Version, at: Duration) {
        let done = None;
        let began = at;
        self.moves.push(Move::Cut {
            version,
            began,
            done,
        });
    }

    /// The last of them has gone.
    pub(super) fn cut_done(&mut self, at: Duration) {
        if let Some(Move::Cut { done, .. }) = self.moves.last_mut() {
            *done = Some(at);
        }
    }

    /// What happened to the backend, in order.
    pub(super) fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// What all of it comes to.
    pub(super) fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        for request in &self.requests {
            figures.sent += 1;
            if request.method == Method::Post && request.begun.len() > 1 {
                figures.doubled += 1;
            }
            let Some(end) = &request.end else {
                figures.under_way += 1;
                continue;
            };
            figures.held += usize::from(end.held);
            figures.longest_wait = figures
                .longest_wait
                .max(end.at.saturating_sub(request.sent));
            match self.judge(request, end) {
                Judgement::Answered(by) => *figures.answered.entry(by).or_default() += 1,
                Judgement::Cut => figures.cut += 1,
                Judgement::Lost(why) => *figures.lost.entry(why.to_owned()).or_default() += 1,
            }
        }
        figures
    }

    fn judge<'a>(&self, request: &Request, end: &'a End) -> Judgement<'a> {
        match (&end.seen, request.method) {
            (Seen::Answered { by }, _) if request.begun.contains(by) => Judgement::Answered(*by),
            (Seen::Answered { .. }, _) => {
                Judgement::Lost("answered in the name of a backend that never had it")
            }
            (Seen::Maybe, Method::Post) if self.was_cut_between(request.sent, end.at) => {
                Judgement::Cut
            }
            (Seen::Maybe, Method::Post) => {
                Judgement::Lost("502 maybe, and no backend was killed meanwhile")
            }
            (Seen::Maybe, Method::Get) => Judgement::Lost("502 maybe to a GET"),
            (Seen::Otherwise(why), _) => Judgement::Lost(why),
        }
    }

    /// Whether a backend was being killed at some time of this span.
    fn was_cut_between(&self, sent: Duration, ended: Duration) -> bool {
        self.moves.iter().any(|one| match *one {
            Move::Cut { began, done, .. } => began <= ended && done.is_none_or(|done| sent <= done),
            Move::Up { .. } => false,
        })
    }
}
