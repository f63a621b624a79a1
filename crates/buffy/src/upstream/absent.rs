//! What an upstream lacks, as workers read it: an endpoint of several goes on to the next one.

use std::sync::atomic::{AtomicU32, Ordering};

use buffy_core::gate::{Absence, Asks, Gate, Standing};

use super::gate::Upstream;

const HEALTH: u32 = 1;
const AUTOGATE: u32 = 1 << 1;
/// Of those that write, so much higher.
const WRITES: u32 = 2;

/// What is missing for reads and for writes that no close by rule holds. Zero: nothing.
#[derive(Debug, Default)]
pub(super) struct Absent(AtomicU32);

impl Absent {
    /// Shown to the workers; true where it was not so before.
    pub(super) fn show(&self, gate: &Gate) -> bool {
        let bits = bits(gate.absence(&Asks::READ)) | bits(gate.absence(&Asks::WRITE)) << WRITES;
        let changed = self.0.load(Ordering::Relaxed) != bits;
        if changed {
            self.0.store(bits, Ordering::SeqCst);
        }
        changed
    }

    fn of(&self, asks: Asks) -> Absence {
        let shift = if asks.writes { WRITES } else { 0 };
        let bits = self.0.load(Ordering::SeqCst) >> shift;
        Absence {
            health: bits & HEALTH != 0,
            autogate: bits & AUTOGATE != 0,
        }
    }
}

impl Upstream {
    /// What is missing for a request; `judge` tries the closes by rule on it, where any stand.
    /// Whoever waits is woken when it changes.
    pub fn absence(&self, asks: Asks, judge: impl FnOnce(&Standing) -> u32) -> Absence {
        if !self.word.is_ruled() {
            return self.absent.of(asks);
        }
        let standing = self.state().gate.rules().clone();
        let rules = judge(&standing);
        // Others may stand by now: then it is judged again, as whoever waits.
        self.state().gate.absence(&Asks { rules, ..asks })
    }
}

fn bits(absence: Absence) -> u32 {
    let bit = |is, bit| if is { bit } else { 0 };
    bit(absence.health, HEALTH) | bit(absence.autogate, AUTOGATE)
}
