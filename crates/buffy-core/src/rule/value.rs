//! What a rule compares with: words, numbers, globs, ranges of status codes, patterns.

use std::cmp::Ordering;
use std::fmt;

use regex::{Regex, RegexBuilder};

use super::status;

/// Bytes that a compiled regex may take; what passes is written on one line and fits easily.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// The right side of `=`, `!=` and `in`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Equals the same text.
    Word(String),
    /// Written without quotes: equals a number, or a text that is one.
    Number { text: String, number: Number },
    /// A text with `*`.
    Glob(String),
    /// Status codes from and to; only for `code`.
    Codes(u16, u16),
}

impl Value {
    /// A value as written: in quotes a number is a word.
    pub(super) fn new(text: String, quoted: bool) -> Self {
        if text.contains('*') {
            return Self::Glob(text);
        }
        match Number::parse(&text) {
            Some(number) if !quoted => Self::Number { text, number },
            _ => Self::Word(text),
        }
    }

    /// A value for `code`, which is a number whether in quotes or not; None if it could never match.
    pub(super) fn of_code(text: &str) -> Option<Self> {
        if text.contains('*') {
            let digits = text
                .bytes()
                .all(|byte| byte == b'*' || byte.is_ascii_digit());
            return digits.then(|| Self::Glob(text.to_owned()));
        }
        let (low, high) = status::range(text).ok()?;
        Some(Self::Codes(low, high))
    }

    /// Whether a found text, or the number it is, equals this.
    pub(super) fn equals(&self, text: &str, number: impl FnOnce() -> Option<Number>) -> bool {
        match self {
            Self::Word(word) => word == text,
            Self::Glob(glob) => glob_matches(glob, text),
            Self::Number { number: wanted, .. } => {
                number().is_some_and(|found| found.compare(*wanted) == Some(Ordering::Equal))
            }
            Self::Codes(low, high) => text
                .parse()
                .is_ok_and(|code: u16| (*low..=*high).contains(&code)),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) | Self::Glob(text) => write_quoted(f, text),
            Self::Number { text, .. } => f.write_str(text),
            Self::Codes(low, high) if low == high => write!(f, "{low}"),
            Self::Codes(low, high) => write!(f, "{low}-{high}"),
        }
    }
}

/// A number, exact where it is whole: ids of 64 bits must not be rounded into each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// A number as JSON writes it (RFC 8259 §6), leading zeros allowed: `10`, `-1.5`, `2e3`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(whole) = text.parse::<i64>() {
            return (!text.starts_with('+')).then_some(Self::Whole(whole.into()));
        }
        // What f64 would read beyond digits: `inf`, `nan`, `+1`, `.5`, `5.`.
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        let begins = digits
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit());
        if !plain
            || !begins
            || digits.ends_with('.')
            || digits.contains(".e")
            || digits.contains(".E")
        {
            return None;
        }
        if let Ok(whole) = text.parse::<i128>() {
            return Some(Self::Whole(whole));
        }
        let real: f64 = text.parse().ok()?;
        real.is_finite().then_some(Self::Real(real))
    }

    /// A number of a JSON document.
    pub(super) fn of_json(number: &serde_json::Number) -> Option<Self> {
        number
            .as_i128()
            .map(Self::Whole)
            .or_else(|| number.as_f64().map(Self::Real))
    }

    /// Less, equal or greater; exact between whole numbers.
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(&right)),
            (left, right) => left.real().partial_cmp(&right.real()),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "compared with a fraction, which is no more exact"
    )]
    pub(super) fn real(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }
}

/// A regular expression with its text; equal if written alike.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles; the error is a line that says what is wrong.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text)
            .size_limit(REGEX_BYTES_MAX)
            .dfa_size_limit(REGEX_BYTES_MAX)
            .build();
        built.map(Self).map_err(|error| {
            if matches!(error, regex::Error::CompiledTooBig(_)) {
                return "this regular expression is too large: write a shorter one".to_owned();
            }
            // The crate draws the place over several lines; the last one says it in words.
            let drawn = error.to_string();
            let line = drawn.lines().last().unwrap_or_default();
            let reason = line.strip_prefix("error: ").unwrap_or(line);
            format!("no regular expression: {reason}")
        })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, self.0.as_str())
    }
}

/// Writes a text in double quotes, so that it reads as itself.
pub(super) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether the whole text matches a pattern in which `*` stands for any text, the empty one too.
///
/// The leftmost place of each part between two `*` is the best one, so nothing is tried twice.
fn glob_matches(glob: &str, text: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else {
        return glob == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(end) = text.len().checked_sub(tail.len()) else {
        return false;
    };
    if !text.ends_with(tail) {
        return false;
    }
    text = text.get(..end).unwrap_or_default();
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        let Some((_, after)) = text.split_once(part) else {
            return false;
        };
        text = after;
    }
    true
}
