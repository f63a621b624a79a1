//! What a YAML syntax error means to the one who wrote it.

use granit_parser::{ErrorKind, ScanError};

use crate::config::report::{Place, Report};

/// Tells of a syntax error, unless one was told on its line already, which it then follows from.
pub(super) fn explain(report: &Report<'_>, error: &ScanError) {
    let mark = error.marker();
    if report.last_line() == Some(mark.line()) {
        return;
    }
    let text = report.text();
    let start = mark.byte_offset().unwrap_or(text.len()).min(text.len());
    let width = text
        .get(start..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    let place = Place {
        line: mark.line(),
        start,
        end: start + width,
    };
    let (message, hint) = trap(text, start).unwrap_or_else(|| words(error.kind()));
    report.error(place, message, hint);
}

/// A value that YAML reads as something else than text, though text was meant.
fn trap(text: &str, start: usize) -> Option<(String, String)> {
    let first = text
        .get(..start)?
        .rfind(['\n', '\r'])
        .map_or(0, |at| at + 1);
    let line = text.get(first..)?.lines().next()?;
    let (key, value) = line.split_once(": ")?;
    let value = value.trim();
    // Within `{ }` a line has several keys and values.
    if key.contains(['"', '\'', '#', '{', '[']) {
        return None;
    }
    let key = key.trim().trim_start_matches("- ");
    let quoted = format!("write `{key}: '{}'`", value.replace('\'', "''"));
    let begins = value.chars().next()?;
    if matches!(begins, '!' | '*' | '&' | '@' | '%' | '`' | '|' | '>') {
        return Some((
            format!("a value that begins with `{begins}` must be in quotes"),
            quoted,
        ));
    }
    if matches!(begins, '[' | '{') && value.contains("${") {
        let hint = "write the list or map as a block, one value a line".to_owned();
        return Some((
            "`${…}` cannot stand inside of `[ ]` or `{ }`".to_owned(),
            hint,
        ));
    }
    let inside = value.strip_prefix(begins)?;
    if matches!(begins, '"' | '\'') && inside.contains(begins) && !inside.ends_with(begins) {
        let message = "a value that begins with a quote ends with it";
        return Some((
            message.to_owned(),
            format!("put all of it in quotes: {quoted}"),
        ));
    }
    (!matches!(begins, '[' | '{' | '"' | '\'') && value.contains(": ")).then(|| {
        (
            "a value with `: ` in it must be in quotes".to_owned(),
            quoted,
        )
    })
}

fn words(kind: &ErrorKind) -> (String, String) {
    use ErrorKind as Kind;
    let tab = matches!(
        kind,
        Kind::TabNotAllowed
            | Kind::TabInBlockIndentation
            | Kind::TabInIndentation
            | Kind::TabAtBlockScalarStart
            | Kind::TabInPlainScalar
    );
    let indentation = matches!(
        kind,
        Kind::ExpectedBlockMappingKey
            | Kind::ExpectedBlockSequenceEntry
            | Kind::InvalidIndentation
            | Kind::InvalidBlockScalarIndent
            | Kind::BlockSequenceEntryNotAllowed
            | Kind::MappingKeyNotAllowed
            | Kind::MappingValueNotAllowed
    );
    let bracket = matches!(
        kind,
        Kind::UnclosedFlowCollection { .. }
            | Kind::MismatchedFlowCollectionEnd { .. }
            | Kind::MisplacedFlowCollectionEnd
            | Kind::ExpectedFlowMappingSeparator
            | Kind::ExpectedFlowSequenceSeparator
            | Kind::UnexpectedEofFlowMapping
            | Kind::UnexpectedEofFlowSequence
            | Kind::InvalidColonPlacement
    );
    let (message, hint) = if tab {
        ("a tab stands where YAML wants spaces", "indent with spaces")
    } else if indentation {
        (
            "this line does not fit the ones before it",
            "keys of one section begin in one column",
        )
    } else if bracket {
        (
            "a `[` or `{` is not closed, or a comma is missing",
            "inside of them a value with one of `[ ] { } ,` in it must be in quotes",
        )
    } else if matches!(kind, Kind::UnclosedQuotedScalar) {
        ("a quote is not closed", "")
    } else if matches!(kind, Kind::SimpleKeyExpected) {
        ("a key without its `:`", "write `key: value`")
    } else if matches!(kind, Kind::RecursionLimitExceeded) {
        ("too many lists and maps inside of each other", "")
    } else {
        (
            "this is not YAML",
            "values with special characters go in quotes",
        )
    };
    (message.to_owned(), hint.to_owned())
}
