//! The YAML as a tree in which every value knows its place.
//!
//! Read within limits of size, depth, nodes and aliases, so that a file of a kilobyte cannot ask
//! for a gigabyte. Variables of plain scalars are expanded here, after the YAML was parsed: no
//! value of the environment can change the structure of the file.

mod budget;
mod build;
mod frame;
mod locate;
mod syntax;
#[cfg(test)]
mod tests;
mod variable;

use std::ops::Range;

use super::Surroundings;
use super::report::{Place, Report};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A variable that has no value here: any text, number or section may come of it.
    Unknown,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// Text, a number or a boolean: what it is depends on who asks.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub text: String,
    pub style: Style,
    /// Some of it came from the environment: it must not be shown.
    pub expanded: bool,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|` or `>`.
    Block,
}

/// One `key: value` of a map.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    pub place: Place,
    pub value: Node,
}

/// A file that cannot be read any further; its problems are in the report.
pub(super) struct Unreadable;

/// The tree of a file's one document.
pub(super) fn parse(report: &Report<'_>, around: &Surroundings<'_>) -> Result<Node, Unreadable> {
    build::build(report, around)
}

impl Node {
    /// What it is, for messages about what it should have been.
    pub(super) fn is_a(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Unknown => "unknown",
            Value::Scalar(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// From the key of a map to the next one, or to the end; none where it is not written.
    pub(super) fn lines_of(&self, key: &str) -> Range<usize> {
        let Value::Map(entries) = &self.value else {
            return 0..0;
        };
        let mut from = entries.iter().skip_while(|entry| entry.key != key);
        let Some(first) = from.next().map(|entry| entry.place.line) else {
            return 0..0;
        };
        // What follows on the same line does not end it before that line does.
        let next = from.next().map(|entry| entry.place.line.max(first + 1));
        first..next.unwrap_or(usize::MAX)
    }

    /// Whether it is a list or a map.
    pub(super) fn is_structure(&self) -> bool {
        matches!(self.value, Value::List(_) | Value::Map(_))
    }

    /// The place of the `character`th character (from 0) of a scalar's text; the whole scalar's
    /// where that cannot be told.
    pub(super) fn place_of(&self, report: &Report<'_>, character: usize) -> Place {
        match &self.value {
            Value::Scalar(scalar) if !scalar.expanded => {
                locate::character(report.text(), self.place, scalar, character)
                    .unwrap_or(self.place)
            }
            Value::Scalar(_) | Value::Null | Value::Unknown | Value::List(_) | Value::Map(_) => {
                self.place
            }
        }
    }
}
