//! Durations and sizes as they are written, and back.

use std::time::Duration;

use super::keys::Bare;

const DURATION_HINT: &str = "write a number with its unit: `250ms`, `30s`, `5m`, `1h`";
const SIZE_HINT: &str = "write a number of bytes, or with its unit: `64KiB`, `16MiB`, `1GiB`";
/// Nothing that waits longer was meant.
const DURATION_MAX: Duration = Duration::from_hours(365 * 24);

/// A duration; the error says what to write.
pub(super) fn duration(text: &str, bare: Bare) -> Result<Duration, &'static str> {
    let (number, unit) = split(text);
    let number: f64 = number.parse().map_err(|_| DURATION_HINT)?;
    let seconds = match (unit, bare) {
        ("ms", _) | ("", Bare::Milliseconds) => 0.001,
        ("s", _) | ("", Bare::Seconds) => 1.0,
        ("m", _) => 60.0,
        ("h", _) => 3600.0,
        ("", Bare::Refused) if number == 0.0 => 1.0,
        _ => return Err(DURATION_HINT),
    };
    let duration = Duration::try_from_secs_f64(number * seconds).map_err(|_| DURATION_HINT)?;
    if duration > DURATION_MAX {
        Err("at most a year: `8760h`")
    } else {
        Ok(duration)
    }
}

/// Bytes; the error says what to write.
pub(super) fn size(text: &str) -> Result<u64, &'static str> {
    let (number, unit) = split(text);
    let number: u64 = number.parse().map_err(|_| SIZE_HINT)?;
    let bytes: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err(SIZE_HINT),
    };
    number.checked_mul(bytes).ok_or(SIZE_HINT)
}

/// As [`duration`] reads it.
pub(crate) fn duration_text(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds.is_multiple_of(1000) {
        format!("{}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}ms")
    }
}

/// As [`size`] reads it.
pub(super) fn size_text(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units
        .into_iter()
        .find(|&(unit, _)| bytes >= unit && bytes.is_multiple_of(unit));
    unit.map_or_else(
        || bytes.to_string(),
        |(unit, name)| format!("{}{name}", bytes / unit),
    )
}

/// The digits, and the unit behind them.
fn split(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    (number, unit.trim_start())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, duration_text, size, size_text};
    use crate::config::keys::Bare;

    #[test]
    fn durations_are_read() {
        for (text, bare, expected) in [
            ("2000", Bare::Milliseconds, Some(2_000)),
            ("20", Bare::Seconds, Some(20_000)),
            ("0.5", Bare::Seconds, Some(500)),
            ("250ms", Bare::Refused, Some(250)),
            ("1.5s", Bare::Milliseconds, Some(1_500)),
            ("5m", Bare::Refused, Some(300_000)),
            ("1 h", Bare::Refused, Some(3_600_000)),
            ("0", Bare::Refused, Some(0)),
            ("5", Bare::Refused, None),
            ("-1s", Bare::Seconds, None),
            ("1.2.3s", Bare::Seconds, None),
            (".", Bare::Seconds, None),
            ("", Bare::Seconds, None),
            ("5 parsecs", Bare::Seconds, None),
            ("99999999999999999999999999h", Bare::Seconds, None),
            ("9000h", Bare::Seconds, None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(duration(text, bare).ok(), expected, "{text}");
        }
    }

    #[test]
    fn sizes_are_read() {
        for (text, expected) in [
            ("4096", Some(4096)),
            ("64KiB", Some(65_536)),
            ("1 GiB", Some(1 << 30)),
            ("1KB", Some(1_000)),
            ("1.5MiB", None),
            ("1 byte", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(size(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for milliseconds in [0, 1, 100, 1_000, 90_000] {
            let written = Duration::from_millis(milliseconds);
            assert_eq!(
                duration(&duration_text(written), Bare::Refused),
                Ok(written)
            );
        }
        for bytes in [0, 1, 1_000, 1 << 10, 3 << 20, 1 << 30] {
            assert_eq!(size(&size_text(bytes)), Ok(bytes));
        }
    }
}
