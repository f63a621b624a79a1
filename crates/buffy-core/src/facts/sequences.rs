//! Numbers that go up by one with each use.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most names in one session: templates may make them of what comes.
const NAMES_MAX: usize = 1000;

/// The most bytes of one name.
const NAME_BYTES_MAX: usize = 64;

/// Counters of a session by name, each from 1. Shared by all that answer in it.
#[derive(Debug, Default)]
pub struct Sequences(Mutex<HashMap<String, u64>>);

impl Sequences {
    /// The next number of a name; None where it is too long, or there are too many already.
    pub fn next(&self, name: &str) -> Option<u64> {
        let mut sequences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = sequences.get_mut(name) {
            *last = last.saturating_add(1);
            return Some(*last);
        }
        if sequences.len() >= NAMES_MAX || name.len() > NAME_BYTES_MAX {
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

#[cfg(test)]
mod tests {
    use super::{NAME_BYTES_MAX, NAMES_MAX, Sequences};

    #[test]
    fn names_have_a_bound_in_length_and_number() {
        let sequences = Sequences::default();
        assert_eq!(sequences.next(&"x".repeat(NAME_BYTES_MAX + 1)), None);
        for name in 0..NAMES_MAX {
            assert_eq!(sequences.next(&name.to_string()), Some(1));
        }
        assert_eq!(sequences.next("one more"), None);
        assert_eq!(sequences.next("0"), Some(2));
    }
}
