//! `now()`: the time, and times away from it.

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use minijinja::value::{Kwargs, Value};
use minijinja::{Error, State};

use super::super::run::{self, Mistake};

/// RFC 3339, to the millisecond.
const ISO: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";

/// RFC 9110 §5.6.7.
const HTTP: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// `now()`, `now('+2h')`, `now('-1d', '%Y-%m-%d')`, `now(fmt='unix')`; always UTC.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]
pub(super) fn now(
    state: &State<'_, '_>,
    offset: Option<&str>,
    format: Option<&str>,
    named: Kwargs,
) -> Result<Value, Error> {
    let offset = offset.or(named.get::<Option<&str>>("offset")?);
    let format = format.or(named.get::<Option<&str>>("fmt")?);
    named.assert_all_used()?;
    let offset = match offset {
        Some(text) => milliseconds(text).ok_or_else(|| {
            let message = format!("now: `{text}` is no offset: write `+2h`, `-30s` or `1d`");
            Mistake::error(message)
        })?,
        None => 0,
    };
    let at = run::of(state)?.now_ms().saturating_add(offset);
    match format {
        Some("unix") => Ok(Value::from(at.div_euclid(1000))),
        Some("unix_ms") => Ok(Value::from(at)),
        Some("http") => written(at, HTTP),
        Some(format) => written(at, format),
        None => written(at, ISO),
    }
}

fn written(at: i64, format: &str) -> Result<Value, Error> {
    let time = Timestamp::from_millisecond(at)
        .map_err(|_| Mistake::error("now: this time is out of reach"))?;
    let zoned = time.to_zoned(TimeZone::UTC);
    let text = BrokenDownTime::from(&zoned).to_string(format);
    text.map(Value::from).map_err(|_| {
        Mistake::error(format!(
            "now: `{format}` is no format: write it like `%Y-%m-%d %H:%M:%S`, or `unix`"
        ))
    })
}

/// A number with its unit and perhaps a sign.
fn milliseconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text
        .find(|next: char| !next.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor = match unit.trim() {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(factor * sign)
}
