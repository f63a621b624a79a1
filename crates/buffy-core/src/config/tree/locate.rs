//! From a character of a scalar's text back to its place in the file.
//!
//! Folding, indentation and escapes change white space and the number of bytes, but not which
//! visible characters there are, nor their order: so they are counted.

use super::{Scalar, Style};
use crate::config::report::Place;

/// The place of the `character`th character (from 0) of the text; just behind the last visible
/// one where there is none.
pub(super) fn character(
    file: &str,
    place: Place,
    scalar: &Scalar,
    character: usize,
) -> Option<Place> {
    let visible = |text: &str| {
        text.chars()
            .filter(|character| !character.is_whitespace())
            .count()
    };
    let index = scalar
        .text
        .char_indices()
        .nth(character)
        .map_or(scalar.text.len(), |(at, _)| at);
    let (before, _) = scalar.text.split_at_checked(index)?;
    let wanted = visible(before);
    let source = file.get(place.start..place.end)?;
    let mut units = Units {
        source,
        style: scalar.style,
        at: 0,
    };
    let (at, length) = match units.nth(wanted) {
        Some(found) => found,
        None => (source.trim_end().len(), 0),
    };
    let (start, before) = (place.start + at, source.get(..at)?);
    Some(Place {
        line: line(place.line, before),
        start,
        end: start + length.max(1),
    })
}

fn line(first: usize, before: &str) -> usize {
    let breaks = before.matches('\n').count();
    let alone = before.matches('\r').count() - before.matches("\r\n").count();
    first + breaks + alone
}

/// The visible characters of a scalar as written: where each begins, and its bytes.
struct Units<'s> {
    source: &'s str,
    style: Style,
    at: usize,
}

impl Units<'_> {
    /// One character or escape: its bytes, and whether it is seen.
    fn unit(&self) -> Option<(usize, bool)> {
        let rest = self.source.get(self.at..)?;
        let first = rest.chars().next()?;
        let plain = (first.len_utf8(), !first.is_whitespace());
        Some(match self.style {
            Style::Plain | Style::Block => plain,
            Style::SingleQuoted if rest.starts_with("''") && self.at > 0 => (2, true),
            Style::SingleQuoted => (plain.0, plain.1 && first != '\''),
            Style::DoubleQuoted if first == '\\' => {
                let escaped = rest.chars().nth(1)?;
                let length = 1 + escaped.len_utf8();
                match escaped {
                    'x' => (length + 2, true),
                    'u' => (length + 4, true),
                    'U' => (length + 8, true),
                    'n' | 't' | 'r' | 'v' | 'f' | 'N' | 'L' | 'P' | '_' | ' ' | '\n' | '\r'
                    | '\t' => (length, false),
                    _ => (length, true),
                }
            }
            Style::DoubleQuoted => (plain.0, plain.1 && first != '"'),
        })
    }
}

impl Iterator for Units<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let (length, seen) = self.unit()?;
            let at = self.at;
            self.at += length;
            if seen {
                return Some((at, length));
            }
        }
    }
}
