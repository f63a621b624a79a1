//! Who asks to pass: judged by the rules of closes, and shown to people while he waits.

use std::net::IpAddr;
use std::sync::{Arc, MutexGuard};

use buffy_core::gate::{Asks, Standing};
use buffy_core::moment::Moment;

use super::gate::{State, Upstream};

/// A request that asks to pass; it stays with its worker.
pub trait Asker {
    /// The bits of the closes by rule that hold it.
    fn judge(&self, standing: &Standing) -> u32;

    /// How it is shown while it waits.
    fn shown(&self) -> Shown;
}

/// A held request, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// As in `X-Request-Id`, where the client brought none.
    pub id: u128,
    pub line: RequestLine,
    pub peer: IpAddr,
    /// Bytes of its body, as it says; none where it comes in chunks.
    pub length: Option<u64>,
    /// Its endpoint's id.
    pub endpoint: Arc<str>,
    /// When its holding ends.
    pub deadline: Moment,
}

/// What is asked, of whom: one text, as there may be many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    text: Box<str>,
    /// Where each part ends that has another one behind it.
    ends: [u32; 3],
}

impl RequestLine {
    pub fn new(method: &str, path: &str, query: &str, host: &str) -> Self {
        let mut text = String::with_capacity(method.len() + path.len() + query.len() + host.len());
        let mut ends = [0; 3];
        for (part, end) in [method, path, query].into_iter().zip(&mut ends) {
            text.push_str(part);
            *end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        }
        text.push_str(host);
        Self {
            text: text.into_boxed_str(),
            ends,
        }
    }

    pub fn method(&self) -> &str {
        self.part(0, self.ends[0])
    }

    /// As it came, without the query.
    pub fn path(&self) -> &str {
        self.part(self.ends[0], self.ends[1])
    }

    /// As it came; empty where there is none. It may hold secrets.
    pub fn query(&self) -> &str {
        self.part(self.ends[1], self.ends[2])
    }

    pub fn host(&self) -> &str {
        self.part(self.ends[2], u32::MAX)
    }

    fn part(&self, from: u32, to: u32) -> &str {
        let place = |end: u32| {
            usize::try_from(end)
                .unwrap_or(usize::MAX)
                .min(self.text.len())
        };
        self.text.get(place(from)..place(to)).unwrap_or_default()
    }
}

impl Upstream {
    /// The lock, and what a request of this sort asks, judged by the rules that stand then. Rules
    /// take their time, so they are tried without the lock.
    pub(super) fn judged(&self, asks: Asks, asker: &dyn Asker) -> (MutexGuard<'_, State>, Asks) {
        let mut known = None;
        loop {
            let state = self.state();
            let standing = state.gate.rules();
            let generation = standing.generation();
            let rules = match known {
                _ if standing.is_empty() => 0,
                Some((of, rules)) if of == generation => rules,
                Some(_) | None => {
                    let standing = standing.clone();
                    drop(state);
                    known = Some((generation, asker.judge(&standing)));
                    continue;
                }
            };
            return (state, Asks { rules, ..asks });
        }
    }
}

impl State {
    /// It was judged by other rules than those that stand.
    pub(super) fn is_outdated(&self, rules: u32) -> bool {
        let standing = self.gate.rules();
        !standing.is_empty() && standing.generation() != rules
    }
}
