//! What is going to happen: what was typed, and what follows from it.

use std::time::Duration;

use clap::Args;

/// Before the first kill.
pub(super) const LEAD: Duration = Duration::from_millis(1500);
/// From a new version's start to what comes next.
pub(super) const UP: Duration = Duration::from_millis(2500);
/// A request may be held for so long after the backend should be back.
const SPARE: Duration = Duration::from_secs(6);
const DOWN_MIN: Duration = Duration::from_millis(100);
const DOWN_MAX: Duration = Duration::from_secs(5);

/// The options of `buffy demo`.
#[derive(Clone, Debug, Args)]
pub(in super::super) struct Plan {
    /// Requests per second, half of them POSTs: 1 to 1000.
    #[arg(long, value_name = "N", default_value = "200",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) rate: u32,
    /// How often the backend is killed and replaced: 1 to 9.
    #[arg(long, value_name = "N", default_value = "3",
          value_parser = clap::value_parser!(u32).range(1..=9))]
    pub(super) deploys: u32,
    /// How long it is away each time: 100ms to 5s.
    #[arg(long, value_name = "TIME", default_value = "1.5s", value_parser = down)]
    pub(super) down: Duration,
    /// Plain lines even on a terminal.
    #[arg(long)]
    pub(super) plain: bool,
}

impl Plan {
    /// Until the last request is sent.
    pub(super) fn length(&self) -> Duration {
        LEAD + (self.down + UP) * self.deploys
    }

    /// How long Buffy may hold a request: whole seconds, as `timeout` is written.
    pub(super) fn hold_seconds(&self) -> u64 {
        (self.down + SPARE).as_secs() + 1
    }

    /// How long a client waits: longer than Buffy holds, so that Buffy's own word is heard.
    pub(super) fn deadline(&self) -> Duration {
        Duration::from_secs(self.hold_seconds() + 2)
    }
}

/// A duration with its unit, of those that make sense.
fn down(text: &str) -> Result<Duration, String> {
    let wrong = "write 100ms to 5s, such as `300ms` or `1.5s`";
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').ok_or(wrong)?, 1.0),
    };
    let number: f64 = number.parse().map_err(|_| wrong)?;
    let down = Duration::try_from_secs_f64(number * unit).map_err(|_| wrong)?;
    let fits = (DOWN_MIN..=DOWN_MAX).contains(&down);
    fits.then_some(down).ok_or_else(|| wrong.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Plan, down};

    #[test]
    fn a_time_away_has_a_unit_and_a_measure() {
        for (text, milliseconds) in [
            ("1.5s", Some(1500)),
            ("300ms", Some(300)),
            ("5s", Some(5000)),
            ("5.1s", None),
            ("99ms", None),
            ("1.5", None),
            ("1m", None),
            ("-1s", None),
            ("NaNs", None),
            ("s", None),
            ("", None),
        ] {
            let expected = milliseconds.map(Duration::from_millis);
            assert_eq!(down(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn the_usual_demo_ends_within_30_s_even_if_an_answer_never_comes() {
        let plan = Plan {
            rate: 200,
            deploys: 3,
            down: Duration::from_millis(1500),
            plain: false,
        };
        // Besides, Buffy has 3 s to stop in, and its hooks 2 s.
        assert!(plan.length() + plan.deadline() < Duration::from_secs(25));
    }
}
