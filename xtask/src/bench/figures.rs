//! From samples to one figure, its spread, and whether it meets its target.

use std::fmt;

/// Above this spread a figure decides nothing.
const NOISY: f64 = 0.15;

/// The middle one; the mean of the two middle ones of an even count; not a number of none.
pub(super) fn median(samples: &[f64]) -> f64 {
    let sorted = sorted(samples);
    let middle = sorted.len() / 2;
    let (low, high) = (
        middle.saturating_sub(usize::from(sorted.len().is_multiple_of(2))),
        middle,
    );
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => f64::NAN,
    }
}

/// The smallest sample that at least `percent` of them do not exceed; not a number of none.
pub(super) fn percentile(samples: &[f64], percent: usize) -> f64 {
    let sorted = sorted(samples);
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(f64::NAN)
}

/// From the smallest to the largest, as a part of the median.
pub(super) fn spread(samples: &[f64]) -> f64 {
    let sorted = sorted(samples);
    match (sorted.first(), sorted.last()) {
        (Some(first), Some(last)) => (last - first) / median(samples),
        _ => f64::NAN,
    }
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// A figure beside its target; less is better for all of them.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    pub(super) measured: f64,
    /// None where the figure is of one measurement.
    pub(super) spread: Option<f64>,
    pub(super) wanted: f64,
    pub(super) moonshot: f64,
}

impl Verdict {
    fn word(&self) -> &'static str {
        if self.spread.is_some_and(|spread| spread > NOISY) {
            "noisy: decides nothing"
        } else if self.measured <= self.moonshot {
            "moonshot met"
        } else if self.measured <= self.wanted {
            "met"
        } else {
            "MISSED"
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict {
            what,
            unit,
            measured,
            spread,
            wanted,
            moonshot,
        } = self;
        let digits = if *wanted < 100.0 { 2 } else { 0 };
        write!(formatter, "{what:<44} {measured:>8.digits$} {unit:<13}")?;
        write!(
            formatter,
            " wanted <= {wanted:<6} moonshot <= {moonshot:<6} {}",
            self.word()
        )?;
        match spread {
            Some(spread) => write!(formatter, " (spread {:.0} %)", spread * 100.0),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn the_middle_the_tail_and_the_spread() {
        near(median(&[3.0, 1.0, 2.0]), 2.0);
        near(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        near(spread(&[9.0, 10.0, 11.0]), 0.2);
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        near(percentile(&hundred, 99), 99.0);
        near(percentile(&[5.0], 99), 5.0);
        assert!(median(&[]).is_nan() && spread(&[]).is_nan() && percentile(&[], 99).is_nan());
    }

    #[test]
    fn a_figure_is_judged_unless_it_is_noisy() {
        let of = |measured, spread| {
            let what = "proxied";
            Verdict {
                what,
                unit: "x nginx",
                measured,
                spread,
                wanted: 0.95,
                moonshot: 0.8,
            }
        };
        assert_eq!(of(0.95, Some(0.15)).word(), "met");
        assert_eq!(of(0.96, Some(0.01)).word(), "MISSED");
        assert_eq!(of(0.80, None).word(), "moonshot met");
        assert_eq!(of(0.50, Some(0.16)).word(), "noisy: decides nothing");
        let line = of(0.95, Some(0.123)).to_string();
        assert!(
            line.contains("0.95 x nginx") && line.ends_with("met (spread 12 %)"),
            "{line}"
        );
    }
}
