//! One spell of holding, from the first who waits to the last who leaves: what is told of it.

use std::time::Duration;

use buffy_core::event::What;

use super::place::Ending;
use super::report::Reports;

/// What is counted of holding: the spell that runs, and for each close that stands.
#[derive(Debug, Default)]
pub(super) struct Outage {
    spell: Spell,
    pub(super) reports: Reports,
}

/// Counts of the spell that runs; all zero when nobody has a place.
#[derive(Debug, Default)]
struct Spell {
    held: usize,
    longest: Duration,
    answered: usize,
    timed_out: usize,
    left: usize,
    near_limit_told: bool,
}

impl Outage {
    /// A request took a place; true for the first one.
    pub(super) fn joined(&mut self) -> bool {
        self.reports.joined();
        self.spell.held += 1;
        self.spell.held == 1
    }

    /// True once in a spell.
    pub(super) fn near_limit(&mut self) -> bool {
        !std::mem::replace(&mut self.spell.near_limit_told, true)
    }

    pub(super) fn ended(&mut self, ending: Ending, waited: Duration) {
        self.reports.ended(ending, waited);
        let spell = &mut self.spell;
        spell.longest = spell.longest.max(waited);
        match ending {
            Ending::Sent => spell.answered += 1,
            Ending::TimedOut => spell.timed_out += 1,
            Ending::Left => spell.left += 1,
            Ending::Refused | Ending::Moved => {}
        }
    }

    /// The report, when nobody has a place any more; the next spell begins at zero.
    pub(super) fn over(&mut self) -> Option<What> {
        let spell = std::mem::take(&mut self.spell);
        (spell.held > 0).then(|| What::HoldOver {
            held: spell.held,
            longest_ms: u64::try_from(spell.longest.as_millis()).unwrap_or(u64::MAX),
            answered: spell.answered,
            timed_out: spell.timed_out,
            left: spell.left,
        })
    }
}
