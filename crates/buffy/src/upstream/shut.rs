//! How long a gate does not let pass: this spell, the usual one, and all together.

use std::time::Duration;

use buffy_core::moment::Moment;

/// What is expected where nothing has happened yet.
const USUAL: Duration = Duration::from_secs(5);

/// The spells in which a gate was not open.
#[derive(Clone, Debug)]
pub(super) struct Shut {
    since: Option<Moment>,
    total: Duration,
    /// A moving average over the spells, the last one counting half.
    usual: Duration,
}

impl Shut {
    pub(super) fn new(now: Moment) -> Self {
        Self {
            since: Some(now),
            total: Duration::ZERO,
            usual: USUAL,
        }
    }

    /// The gate is open, or not, from now on.
    pub(super) fn now_open(&mut self, open: bool, now: Moment) {
        match (open, self.since) {
            (true, Some(since)) => {
                let spell = now.since(since);
                self.total += spell;
                self.usual = (self.usual + spell) / 2;
                self.since = None;
            }
            (false, None) => self.since = Some(now),
            (true, None) | (false, Some(_)) => {}
        }
    }

    /// When this spell began; none where the gate is open.
    pub(super) fn since(&self) -> Option<Moment> {
        self.since
    }

    /// All spells together, this one included.
    pub(super) fn total(&self, now: Moment) -> Duration {
        self.total + self.since.map_or(Duration::ZERO, |since| now.since(since))
    }

    /// What is left of this spell if it is a usual one; as long again where it is longer.
    pub(super) fn left(&self, now: Moment) -> Duration {
        let gone = self.since.map_or(Duration::ZERO, |since| now.since(since));
        self.usual
            .checked_sub(gone)
            .filter(|left| !left.is_zero())
            .unwrap_or(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::ZERO.after(Duration::from_secs(seconds))
    }

    #[test]
    fn spells_are_added_up_and_averaged() {
        let mut shut = Shut::new(at(0));
        shut.now_open(true, at(3));
        assert_eq!(shut.total(at(9)), Duration::from_secs(3));
        assert_eq!(
            shut.left(at(9)),
            Duration::from_secs(4),
            "the mean of 5 and 3"
        );
        shut.now_open(false, at(10));
        shut.now_open(false, at(11));
        assert_eq!(shut.total(at(12)), Duration::from_secs(5));
        assert_eq!(shut.left(at(11)), Duration::from_secs(3));
        assert_eq!(
            shut.left(at(20)),
            Duration::from_secs(10),
            "longer than usual"
        );
    }
}
