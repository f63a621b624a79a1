//! How often each response was the answer: exact, per session and for all of them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::subject::Subject;

/// Sessions that one worker counts apart; past it the one that came first is forgotten. What it
/// counted stays in the counts of all.
pub const SESSIONS_MAX: usize = 10_000;

/// How often a response was the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub requests: u64,
    /// Of them, those that went on with a stream.
    pub resumed: u64,
}

/// The counts of one worker.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Of all sessions, by subject.
    all: Vec<Count>,
    /// Of the shared session.
    shared: Vec<Count>,
    sessions: HashMap<Arc<str>, BTreeMap<Subject, Count>>,
    /// In the order in which they came.
    order: VecDeque<Arc<str>>,
    forgotten: u64,
}

impl Count {
    fn another(&mut self, resumes: bool) {
        self.requests += 1;
        self.resumed += u64::from(resumes);
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.resumed += other.resumed;
    }

    fn take(&mut self, other: Self) {
        self.requests = self.requests.saturating_sub(other.requests);
        self.resumed = self.resumed.saturating_sub(other.resumed);
    }
}

impl Tally {
    pub(super) fn count(&mut self, subject: Subject, session: &str, resumes: bool) {
        at(&mut self.all, subject).another(resumes);
        if session.is_empty() {
            at(&mut self.shared, subject).another(resumes);
            return;
        }
        if !self.sessions.contains_key(session) {
            self.begin(session);
        }
        if let Some(counts) = self.sessions.get_mut(session) {
            counts.entry(subject).or_default().another(resumes);
        }
    }

    /// Adds the counts of a session, or of all, to a sum by subject.
    pub(super) fn add_to(&self, sum: &mut [Count], session: Option<&str>) {
        let mut add = |index: usize, count: Count| {
            if let Some(sum) = sum.get_mut(index) {
                sum.add(count);
            }
        };
        match session {
            None => (self.all.iter().enumerate()).for_each(|(index, count)| add(index, *count)),
            Some("") => {
                (self.shared.iter().enumerate()).for_each(|(index, count)| add(index, *count));
            }
            Some(id) => {
                let counts = self.sessions.get(id).into_iter().flatten();
                counts.for_each(|(subject, count)| add(subject.index(), *count));
            }
        }
    }

    pub(super) fn reset(&mut self, session: Option<&str>) {
        match session {
            None => {
                let forgotten = self.forgotten;
                *self = Self {
                    forgotten,
                    ..Self::default()
                };
            }
            Some("") => {
                let gone = std::mem::take(&mut self.shared);
                for (all, gone) in self.all.iter_mut().zip(gone) {
                    all.take(gone);
                }
            }
            Some(id) => {
                self.order.retain(|known| known.as_ref() != id);
                for (subject, gone) in self.sessions.remove(id).into_iter().flatten() {
                    at(&mut self.all, subject).take(gone);
                }
            }
        }
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn begin(&mut self, session: &str) {
        if self.sessions.len() >= SESSIONS_MAX
            && let Some(first) = self.order.pop_front()
        {
            self.sessions.remove(&first);
            self.forgotten += 1;
        }
        let id: Arc<str> = Arc::from(session);
        self.order.push_back(Arc::clone(&id));
        self.sessions.insert(id, BTreeMap::new());
    }
}

/// The count of a subject, made room for where it is the first of its number.
fn at(counts: &mut Vec<Count>, subject: Subject) -> &mut Count {
    let index = subject.index();
    if counts.len() <= index {
        counts.resize(index + 1, Count::default());
    }
    counts.get_mut(index).expect("room was made for it")
}
