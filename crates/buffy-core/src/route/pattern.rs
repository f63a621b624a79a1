//! A path as an endpoint writes it: `/a/b`, `/a/`, `/a/{id}`, `/a/{rest*}`.

use super::normal;
use crate::config::Endpoint;

/// Why a path cannot be an endpoint's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct PathError {
    /// Where, in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

/// A path's segments, in normal form, and what may follow them.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) segments: Vec<Segment>,
    pub(super) end: End,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    Literal(Vec<u8>),
    /// `{name}`: any one segment that is not empty.
    Param,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// `/`: whatever comes behind the slash.
    Prefix,
    /// `/{rest*}`: the same, written as a parameter.
    Rest,
}

impl Pattern {
    /// What an endpoint whose path [`check_path`] has passed matches whole, besides what it may
    /// contain; None if it does not begin with `/`. With `match: contains` braces are letters.
    pub(super) fn of(endpoint: &Endpoint) -> Option<Self> {
        let contains = endpoint.contains;
        let path = endpoint.path.strip_prefix('/')?;
        let (stem, last) = path
            .rsplit_once('/')
            .map_or((None, path), |(stem, last)| (Some(stem), last));
        let end = match last {
            "" => End::Prefix,
            last if !contains && braced(last).is_some_and(|name| name.ends_with('*')) => End::Rest,
            _ => End::Whole,
        };
        let written = if end == End::Whole { Some(path) } else { stem };
        let segments = written.into_iter().flat_map(|written| written.split('/'));
        let segments = segments
            .map(|segment| match braced(segment) {
                Some(_) if !contains => Segment::Param,
                _ => Segment::Literal(normal::segment(segment)),
            })
            .collect();
        Some(Self { segments, end })
    }

    /// The one path that it matches, in normal form; None if it matches more.
    pub(super) fn exact(&self) -> Option<Vec<u8>> {
        let mut path = Vec::new();
        for segment in &self.segments {
            let Segment::Literal(text) = segment else {
                return None;
            };
            path.push(b'/');
            path.extend_from_slice(text);
        }
        (self.end == End::Whole).then_some(path)
    }
}

/// Whether a path can be used as [`Endpoint::path`]. With `contains`
/// it is a text to be found, so that braces have no meaning and it need not begin with `/`.
pub fn check_path(path: &str, contains: bool) -> Result<(), PathError> {
    if path.is_empty() {
        return Err(error(1, "a path is empty: write `/` for every path"));
    }
    check_letters(path)?;
    if contains {
        return Ok(());
    }
    let Some(segments) = path.strip_prefix('/') else {
        return Err(error(1, format!("a path begins with `/`: write `/{path}`")));
    };
    let mut column = 2;
    let mut names = Vec::new();
    let mut segments = segments.split('/').peekable();
    while let Some(segment) = segments.next() {
        let name = check_segment(segment, column, segments.peek().is_none())?;
        if let Some(name) = name {
            if names.contains(&name) {
                let message = format!("two parameters are called `{name}`: give one another name");
                return Err(error(column, message));
            }
            names.push(name);
        }
        column += segment.chars().count() + 1;
    }
    Ok(())
}

fn check_letters(path: &str) -> Result<(), PathError> {
    for (index, letter) in path.chars().enumerate() {
        let message = match letter {
            '?' | '#' => {
                "a path has no query: write what stands before it, or `%3F` and `%23` for the signs"
            }
            '%' if !encodes(path, index) => {
                "two hexadecimal digits follow `%`: write `%25` for the sign"
            }
            letter if letter.is_control() => {
                "a path has no control characters: write them as `%0A`"
            }
            _ => continue,
        };
        return Err(error(index + 1, message));
    }
    Ok(())
}

/// Whether the `%` of this index, in characters, begins an encoded byte.
fn encodes(path: &str, index: usize) -> bool {
    let mut digits = path.chars().skip(index + 1);
    let mut is_hex = || digits.next().is_some_and(|digit| digit.is_ascii_hexdigit());
    is_hex() && is_hex()
}

/// The name of a segment's parameter, if it is one.
fn check_segment(segment: &str, column: usize, is_last: bool) -> Result<Option<&str>, PathError> {
    if matches!(normal::segment(segment).as_slice(), b"." | b"..") {
        let message =
            format!("`{segment}` never reaches an endpoint: write the path that it leads to");
        return Err(error(column, message));
    }
    let Some(name) = braced(segment) else {
        let Some(at) = segment
            .chars()
            .position(|letter| letter == '{' || letter == '}')
        else {
            return Ok(None);
        };
        let message = "a parameter takes a whole segment: write `/a/{name}`, or `%7B` and `%7D` for the signs";
        return Err(error(column + at, message));
    };
    let (name, is_rest) = name
        .strip_suffix('*')
        .map_or((name, false), |name| (name, true));
    if is_rest && !is_last {
        let message = format!("`{segment}` takes all that follows: write it at the end");
        return Err(error(column, message));
    }
    let is_name = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-');
    if name.is_empty() || !is_name {
        let message =
            "a parameter's name has letters, digits, `_` and `-`: write `{name}` or `{rest*}`";
        return Err(error(column + 1, message));
    }
    Ok(Some(name))
}

pub(super) fn braced(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn error(column: usize, message: impl Into<String>) -> PathError {
    let message = message.into();
    PathError { column, message }
}
