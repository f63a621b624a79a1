//! Sets of status codes: `200-299,304`.

use std::fmt;

/// A set of status codes, as ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRanges(Vec<(u16, u16)>);

impl StatusRanges {
    /// Reads `200-299,304`. The error says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(|part| range(part.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub fn contains(&self, code: u16) -> bool {
        self.0
            .iter()
            .any(|&(low, high)| (low..=high).contains(&code))
    }
}

/// As it is written in a configuration: `200-299,304`.
impl fmt::Display for StatusRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (low, high)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if low == high {
                write!(f, "{comma}{low}")?;
            } else {
                write!(f, "{comma}{low}-{high}")?;
            }
        }
        Ok(())
    }
}

pub(super) fn range(part: &str) -> Result<(u16, u16), String> {
    let wrong =
        || format!("`{part}` is no status or range of them: write `200-299` or `200-299,304`");
    let (low, high) = part.split_once('-').unwrap_or((part, part));
    let (low, high) = (code(low).ok_or_else(wrong)?, code(high).ok_or_else(wrong)?);
    if low > high {
        return Err(format!("`{part}` runs backwards: write `{high}-{low}`"));
    }
    Ok((low, high))
}

/// A status of three digits, RFC 9110 §15.
fn code(text: &str) -> Option<u16> {
    let text = text.trim();
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let code = digits.then(|| text.parse().ok())??;
    (code >= 100).then_some(code)
}
