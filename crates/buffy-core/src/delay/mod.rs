//! How long to wait, and how often something happens, as they are written: `200ms`,
//! `100ms..2s`, `normal(250ms, 50ms)`, `lognormal(80ms, 0.4)`, `forever`; `5%`.

use std::fmt;
use std::time::Duration;

use crate::config::{duration_text, read_duration};
use crate::dice::Dice;

/// Nothing waits longer, unless for ever.
pub const WAIT_MAX: Duration = Duration::from_hours(1);

/// How long to wait: fixed, or thrown anew each time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    Fixed(Duration),
    /// Evenly from the first to the second.
    Between(Duration, Duration),
    /// Around the mean; what falls below zero is zero.
    Normal {
        mean: Duration,
        deviation: Duration,
    },
    /// The logarithm is normally distributed, as are answers of real servers: half of all waits are
    /// shorter than the median, and a few are much longer. `sigma` is the deviation of the
    /// natural logarithm.
    LogNormal {
        median: Duration,
        sigma: f64,
    },
    Forever,
}

/// What a delay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// At most [`WAIT_MAX`].
    For(Duration),
    /// Until the other side leaves.
    Forever,
}

impl Delay {
    /// Reads a delay; the error says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "forever" {
            return Ok(Self::Forever);
        }
        if let Some((name, rest)) = text.split_once('(') {
            return Self::parse_call(name.trim_end(), rest);
        }
        let Some((low, high)) = text.split_once("..") else {
            return time(text).map(Self::Fixed);
        };
        let (low, high) = (time(low)?, time(high)?);
        if high < low {
            return Err("the shorter wait comes first: `100ms..2s`".to_owned());
        }
        Ok(Self::Between(low, high))
    }

    fn parse_call(name: &str, rest: &str) -> Result<Self, String> {
        let arguments = rest.strip_suffix(')').and_then(|rest| rest.split_once(','));
        match (name, arguments) {
            ("normal", Some((mean, deviation))) => Ok(Self::Normal {
                mean: time(mean)?,
                deviation: time(deviation)?,
            }),
            ("normal", None) => {
                Err("write mean and standard deviation: `normal(250ms, 50ms)`".to_owned())
            }
            ("lognormal", Some((median, sigma))) => Ok(Self::LogNormal {
                median: time(median)?,
                sigma: read_sigma(sigma)?,
            }),
            ("lognormal", None) => Err("write median and sigma: `lognormal(80ms, 0.4)`".to_owned()),
            _ => Err(HINT.to_owned()),
        }
    }

    /// Throws a wait. What takes no dice throws none.
    pub fn sample(&self, dice: &mut Dice) -> Wait {
        let wait = match *self {
            Self::Forever => return Wait::Forever,
            Self::Fixed(wait) => wait,
            Self::Between(low, high) => low + high.saturating_sub(low).mul_f64(dice.unit()),
            Self::Normal { mean, deviation } => {
                seconds(mean.as_secs_f64() + deviation.as_secs_f64() * dice.normal())
            }
            Self::LogNormal { median, sigma } => {
                seconds(median.as_secs_f64() * (sigma * dice.normal()).exp())
            }
        };
        Wait::For(wait.min(WAIT_MAX))
    }
}

/// As it is read.
impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = duration_text;
        match *self {
            Self::Fixed(wait) => f.write_str(&text(wait)),
            Self::Between(low, high) => write!(f, "{}..{}", text(low), text(high)),
            Self::Normal { mean, deviation } => {
                write!(f, "normal({}, {})", text(mean), text(deviation))
            }
            Self::LogNormal { median, sigma } => write!(f, "lognormal({}, {sigma})", text(median)),
            Self::Forever => f.write_str("forever"),
        }
    }
}

/// How often something happens, of all the times that it could.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// From 0 to 1.
    share: f64,
}

impl Chance {
    /// Reads a percentage; the error says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let percent = text.trim().strip_suffix('%');
        let percent = percent.and_then(|number| number.trim_end().parse::<f64>().ok());
        match percent {
            Some(percent) if (0.0..=100.0).contains(&percent) => Ok(Self {
                share: percent / 100.0,
            }),
            _ => Err("write a percentage from 0% to 100%: `5%`".to_owned()),
        }
    }

    /// Whether it happens this time; one throw.
    pub fn happens(self, dice: &mut Dice) -> bool {
        dice.unit() < self.share
    }
}

/// As it is read.
impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Percentages that were read come back as they were, not with a rounding's tail.
        let percent = (self.share * 100.0 * 1e9).round() / 1e9;
        write!(f, "{percent}%")
    }
}

const HINT: &str = "write a delay: `200ms`, `100ms..2s`, `normal(250ms, 50ms)`, \
     `lognormal(80ms, 0.4)` or `forever`";

/// The logarithm's deviation at which a wait is a hundred times its median one time in twenty.
const SIGMA_MAX: f64 = 3.0;

/// One time of a delay.
fn time(text: &str) -> Result<Duration, String> {
    let time = read_duration(text.trim()).map_err(|_| HINT.to_owned())?;
    if time > WAIT_MAX {
        return Err("a delay is at most an hour: `1h`, or else `forever`".to_owned());
    }
    Ok(time)
}

fn read_sigma(text: &str) -> Result<f64, String> {
    match text.trim().parse() {
        Ok(sigma) if (0.0..=SIGMA_MAX).contains(&sigma) => Ok(sigma),
        _ => Err("sigma is a number from 0 to 3: `lognormal(80ms, 0.4)`".to_owned()),
    }
}

/// What is no time (below zero, not a number) is none; what is too long is the longest.
fn seconds(seconds: f64) -> Duration {
    let bounded = seconds.clamp(0.0, WAIT_MAX.as_secs_f64());
    Duration::try_from_secs_f64(bounded).unwrap_or_default()
}

#[cfg(test)]
mod tests;
