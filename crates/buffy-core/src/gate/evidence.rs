//! What evidence is worth by its age, whatever it is about.

use crate::moment::Moment;

/// When the newest evidence of each kind began to connect.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Newest {
    good: Option<Moment>,
    bad: Option<Moment>,
}

impl Newest {
    /// Takes evidence in; false where contrary evidence that began later is known already.
    pub(super) fn admits(&mut self, began: Moment, good: bool) -> bool {
        let (same, contrary) = if good {
            (&mut self.good, self.bad)
        } else {
            (&mut self.bad, self.good)
        };
        if contrary.is_some_and(|contrary| began < contrary) {
            return false;
        }
        *same = (*same).max(Some(began));
        true
    }
}

/// Was something ever reached since the start? If not, that is told once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    reached: bool,
    told: bool,
    misses: u32,
}

impl Reach {
    pub(super) fn hit(&mut self) {
        self.reached = true;
    }

    pub(super) fn miss(&mut self) {
        self.misses = self.misses.saturating_add(1);
    }

    /// Misses are counted from here on.
    pub(super) fn forgive(&mut self) {
        self.misses = 0;
    }

    pub(super) fn reached(self) -> bool {
        self.reached
    }

    /// True once: never reached, after so many misses.
    pub(super) fn must_tell(&mut self, fall: u32) -> bool {
        let tell = !self.reached && !self.told && self.misses >= fall;
        self.told |= tell;
        tell
    }
}
