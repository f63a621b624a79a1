//! What one session remembers of one endpoint.

use std::num::NonZeroU64;
use std::sync::Arc;

/// How often an endpoint was asked in a session, and how often each of its responses was served.
///
/// It outlives a reload: what was counted for a response stays with its name.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests so far.
    asked: u64,
    /// What `served` counts.
    names: Arc<[String]>,
    served: Vec<u64>,
    /// The response that was last served in turn.
    last: Option<usize>,
}

/// A response that is served whatever its conditions say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub response: String,
    /// How often yet; none: until it is taken away.
    pub left: Option<NonZeroU64>,
}

impl Tally {
    /// Counts a request, and tells its number, from 1.
    pub fn ask(&mut self) -> u64 {
        self.asked = self.asked.saturating_add(1);
        self.asked
    }

    /// Requests so far.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// How often the response of this name was served by rules, pins and overrides.
    pub fn served(&self, name: &str) -> u64 {
        let mut counts = self.names.iter().zip(&self.served);
        let count = counts.find(|(own, _)| *own == name);
        count.map_or(0, |(_, &count)| count)
    }

    /// How often the response of this index was served, where the responses are these.
    pub(super) fn served_of(&self, names: &Arc<[String]>, index: usize) -> u64 {
        if Arc::ptr_eq(&self.names, names) {
            self.served.get(index).copied().unwrap_or_default()
        } else {
            names.get(index).map_or(0, |name| self.served(name))
        }
    }

    /// The response that was last served, where the responses are these.
    pub(super) fn last_of(&self, names: &Arc<[String]>) -> Option<usize> {
        if Arc::ptr_eq(&self.names, names) {
            return self.last;
        }
        let last = self.names.get(self.last?)?;
        names.iter().position(|name| name == last)
    }

    /// Counts that the response of this index is served.
    pub(super) fn serve(&mut self, names: &Arc<[String]>, index: usize) {
        if !Arc::ptr_eq(&self.names, names) {
            self.served = names.iter().map(|name| self.served(name)).collect();
            self.names = Arc::clone(names);
        }
        if let Some(count) = self.served.get_mut(index) {
            *count = count.saturating_add(1);
        }
        self.last = Some(index);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Tally;

    fn names(names: &[&str]) -> Arc<[String]> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn counts_stay_with_the_names_over_a_reload() {
        let before = names(&["a", "b"]);
        let mut tally = Tally::default();
        tally.serve(&before, 0);
        tally.serve(&before, 1);
        tally.serve(&before, 1);
        assert_eq!(tally.served_of(&before, 1), 2);

        let after = names(&["b", "c", "a"]);
        assert_eq!(tally.served_of(&after, 0), 2);
        assert_eq!(tally.last_of(&after), Some(0));
        tally.serve(&after, 2);
        assert_eq!(
            [0, 1, 2].map(|index| tally.served_of(&after, index)),
            [2, 0, 2]
        );
        assert_eq!(tally.served("gone"), 0);
    }

    #[test]
    fn requests_are_numbered_from_one() {
        let mut tally = Tally::default();
        assert_eq!([tally.ask(), tally.ask()], [1, 2]);
        assert_eq!(tally.asked(), 2);
    }
}
