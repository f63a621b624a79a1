//! What becomes of those who have to wait while a close stands, for the report at its end.

use std::collections::BTreeMap;
use std::time::Duration;

use buffy_core::gate::{Close, Token};

use super::place::Ending;

/// What became of those who had to wait while a close stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Requests that had a place, all of them.
    pub held: u64,
    /// Of the waits, those of requests that still wait included; right to a sixteenth.
    pub median: Duration,
    pub longest: Duration,
    /// Sent meanwhile: reads while writes were held, or released by hand.
    pub sent: u64,
    pub timed_out: u64,
    /// Their clients left.
    pub left: u64,
    /// Turned away.
    pub refused: u64,
    /// They still had a place at its end.
    pub waiting: u64,
}

/// Counts for each close that stands.
#[derive(Debug, Default)]
pub(super) struct Reports(Vec<Tally>);

#[derive(Debug)]
struct Tally {
    token: Option<Token>,
    at_ms: u64,
    held: u64,
    sent: u64,
    timed_out: u64,
    left: u64,
    refused: u64,
    waits: Waits,
}

/// How many waits were about so long: eight steps in each doubling of milliseconds, so that the
/// counts stay few and a median is right to a sixteenth.
#[derive(Debug, Default)]
struct Waits {
    counts: BTreeMap<u32, u64>,
    longest: Duration,
}

impl Reports {
    /// A request took a place.
    pub(super) fn joined(&mut self) {
        for tally in &mut self.0 {
            tally.held += 1;
        }
    }

    /// A request gave its place back.
    pub(super) fn ended(&mut self, ending: Ending, waited: Duration) {
        for tally in &mut self.0 {
            tally.ended(ending, waited);
        }
    }

    /// Follows what operators say: a new close is counted for from now on, and what was counted for
    /// one that is gone is returned; of several, that of the oldest. `waiting` tells how long each
    /// of those who have a place has waited.
    pub(super) fn follow(
        &mut self,
        closes: &[Close],
        waiting: impl FnOnce() -> Vec<Duration>,
    ) -> Option<Report> {
        let same =
            |tally: &Tally, close: &Close| tally.at_ms == close.at_ms && tally.token == close.token;
        let gone = |tally: &mut Tally| !closes.iter().any(|close| same(tally, close));
        let mut gone: Vec<Tally> = self.0.extract_if(.., gone).collect();
        let known = &self.0;
        let new: Vec<&Close> = closes
            .iter()
            .filter(|close| !known.iter().any(|tally| same(tally, close)))
            .collect();
        if gone.is_empty() && new.is_empty() {
            return None;
        }
        let waiting = waiting();
        let held = u64::try_from(waiting.len()).unwrap_or(u64::MAX);
        self.0
            .extend(new.into_iter().map(|close| Tally::new(close, held)));
        gone.sort_by_key(|tally| tally.at_ms);
        let oldest = gone.into_iter().next();
        oldest.map(|tally| tally.report(&waiting))
    }
}

impl Tally {
    fn new(close: &Close, held: u64) -> Self {
        Self {
            token: close.token.clone(),
            at_ms: close.at_ms,
            held,
            sent: 0,
            timed_out: 0,
            left: 0,
            refused: 0,
            waits: Waits::default(),
        }
    }

    fn ended(&mut self, ending: Ending, waited: Duration) {
        let count = match ending {
            Ending::Sent => &mut self.sent,
            Ending::TimedOut => &mut self.timed_out,
            Ending::Left => &mut self.left,
            Ending::Refused => &mut self.refused,
            // It was not held here after all.
            Ending::Moved => {
                self.held = self.held.saturating_sub(1);
                return;
            }
        };
        *count += 1;
        self.waits.add(waited);
    }

    fn report(mut self, waiting: &[Duration]) -> Report {
        for waited in waiting {
            self.waits.add(*waited);
        }
        Report {
            held: self.held,
            median: self.waits.median(),
            longest: self.waits.longest,
            sent: self.sent,
            timed_out: self.timed_out,
            left: self.left,
            refused: self.refused,
            waiting: u64::try_from(waiting.len()).unwrap_or(u64::MAX),
        }
    }
}

impl Waits {
    fn add(&mut self, waited: Duration) {
        self.longest = self.longest.max(waited);
        *self.counts.entry(step(waited)).or_default() += 1;
    }

    /// Zero where nobody waited.
    fn median(&self) -> Duration {
        let half = self.counts.values().sum::<u64>().div_ceil(2);
        let mut before = 0;
        let middle = self.counts.iter().find(|(_, count)| {
            before += **count;
            before >= half
        });
        middle.map_or(Duration::ZERO, |(step, _)| {
            middle_of(*step).min(self.longest)
        })
    }
}

/// The step that a wait is counted in; waits below 8 ms have one for each millisecond.
fn step(waited: Duration) -> u32 {
    let ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    let doublings = ms.checked_ilog2().unwrap_or(0).saturating_sub(3);
    let within = u32::try_from(ms >> doublings).unwrap_or(u32::MAX);
    doublings * 8 + within
}

fn middle_of(step: u32) -> Duration {
    let doublings = (step / 8).saturating_sub(1);
    let within = u64::from(step - doublings * 8);
    let (from, wide) = (within << doublings, 1_u64 << doublings);
    Duration::from_millis(from + wide / 2)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use buffy_core::gate::{Close, Holds, Token};

    use super::super::place::Ending;
    use super::{Report, Reports, Waits};

    fn close(at_ms: u64) -> Close {
        Close {
            id: at_ms,
            token: Some(Token::new(format!("token-{at_ms}"))),
            actor: String::new(),
            reason: String::new(),
            holds: Holds::All,
            at_ms,
            lease: None,
        }
    }

    fn seconds(seconds: &[u64]) -> Vec<Duration> {
        seconds.iter().copied().map(Duration::from_secs).collect()
    }

    #[test]
    fn a_close_is_told_of_those_who_waited_while_it_stood() {
        let mut reports = Reports::default();
        reports.joined();
        reports.ended(Ending::Sent, Duration::from_secs(100));
        let closes = [close(1), close(2)];
        assert_eq!(reports.follow(&closes, || seconds(&[1])), None);
        for (ending, waited) in [
            (Ending::TimedOut, 4),
            (Ending::Left, 2),
            (Ending::Refused, 8),
            (Ending::Moved, 16),
        ] {
            reports.joined();
            reports.ended(ending, Duration::from_secs(waited));
        }
        assert_eq!(
            reports.follow(&closes, || unreachable!("nothing has changed")),
            None
        );
        let report = reports.follow(&closes[1..], || seconds(&[3, 3])).unwrap();
        assert_eq!(report.longest, Duration::from_secs(8));
        let about = Duration::from_millis(2800)..Duration::from_millis(3200);
        assert!(about.contains(&report.median), "{report:?}");
        let Report {
            held,
            sent,
            timed_out,
            left,
            refused,
            waiting,
            ..
        } = report;
        assert_eq!(
            (held, sent, timed_out, left, refused, waiting),
            (4, 0, 1, 1, 1, 2)
        );
        let last = reports.follow(&[], Vec::new).unwrap();
        assert_eq!((last.held, last.waiting), (4, 0));
    }

    #[test]
    fn a_median_is_right_to_a_sixteenth() {
        for (waits, expected) in [
            (&[][..], 0),
            (&[0], 0),
            (&[7, 9], 7),
            (&[1, 2, 3], 2),
            (&[10, 1_000, 100_000], 1_000),
            (&[5_000_000_000], 5_000_000_000),
        ] {
            let mut all = Waits::default();
            for ms in waits {
                all.add(Duration::from_millis(*ms));
            }
            let median = u64::try_from(all.median().as_millis()).unwrap();
            assert!(
                median.abs_diff(expected) <= expected / 16,
                "{waits:?}: {median}"
            );
        }
    }
}
