//! What a request is counted under: an endpoint and one of its responses, as a small number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An endpoint and one of its responses, as a number: the same for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(pub(super) u32);

impl Subject {
    /// No endpoint took the request.
    pub const NO_ENDPOINT: Self = Self(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a subject stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// Empty: no endpoint took the request.
    pub endpoint: Arc<str>,
    /// Empty: none of its responses was for the request.
    pub response: Arc<str>,
}

impl Named {
    /// Nothing in the configuration is for such a request.
    pub fn is_unmatched(&self) -> bool {
        self.response.is_empty()
    }

    pub(super) fn no_endpoint() -> Self {
        Self {
            endpoint: Arc::from(""),
            response: Arc::from(""),
        }
    }
}

/// All that were ever asked for. They are names of configurations that were served, so there are
/// as few as those have.
#[derive(Debug)]
pub(super) struct Subjects(Mutex<Known>);

#[derive(Debug)]
struct Known {
    all: Vec<Named>,
    numbers: HashMap<Named, u32>,
}

impl Default for Subjects {
    fn default() -> Self {
        let none = Named::no_endpoint();
        Self(Mutex::new(Known {
            all: vec![none.clone()],
            numbers: HashMap::from([(none, Subject::NO_ENDPOINT.0)]),
        }))
    }
}

impl Subjects {
    pub(super) fn of(&self, endpoint: &str, response: &str) -> Subject {
        let mut known = self.lock();
        let named = Named {
            endpoint: Arc::from(endpoint),
            response: Arc::from(response),
        };
        if let Some(&number) = known.numbers.get(&named) {
            return Subject(number);
        }
        let number = u32::try_from(known.all.len()).unwrap_or(Subject::NO_ENDPOINT.0);
        known.all.push(named.clone());
        known.numbers.insert(named, number);
        Subject(number)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().all.len()
    }

    /// What each stands for, by its number.
    pub(super) fn all(&self) -> Vec<Named> {
        self.lock().all.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
