//! Numbers that go up by one with each use.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most names in one session: templates may make them of what comes.
const NAMES_MAX: usize = 1000;

/// Counters of a session by name, each from 1. Shared by all that answer in it.
#[derive(Debug, Default)]
pub struct Sequences(Mutex<HashMap<String, u64>>);

impl Sequences {
    /// The next number of a name; None where there are too many names already.
    pub fn next(&self, name: &str) -> Option<u64> {
        let mut sequences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = sequences.get_mut(name) {
            *last = last.saturating_add(1);
            return Some(*last);
        }
        if sequences.len() >= NAMES_MAX {
            return None;
        }
        sequences.insert(name.to_owned(), 1);
        Some(1)
    }

    /// Lets each begin anew.
    pub fn reset(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
