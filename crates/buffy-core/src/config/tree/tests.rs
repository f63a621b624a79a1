//! Places, in every style of writing.

use super::{Node, Value, parse};
use crate::config::report::Report;
use crate::config::{Surroundings, Unset};

/// The text that follows the place of the `character`th character of the first key's value.
#[track_caller]
fn check(yaml: &str, character: usize, expected: (usize, &str)) {
    let report = Report::new("x.yaml", yaml);
    let around = Surroundings {
        env: &|_| None,
        file: &|_| unreachable!(),
        folder: &|_| Err("there is none".to_owned()),
        unset: Unset::Refuse,
    };
    let Ok(Node {
        value: Value::Map(entries),
        ..
    }) = parse(&report, &around)
    else {
        panic!("a map");
    };
    let place = entries[0].value.place_of(&report, character);
    assert_eq!((place.line, &yaml[place.start..]), expected);
}

#[test]
fn plain() {
    check("a: one two\n", 4, (1, "two\n"));
    check("a: one\n  two\n", 4, (2, "two\n"));
}

#[test]
fn quoted() {
    check("a: 'it''s so'\n", 3, (1, "s so'\n"));
    check("a: 'it''s so'\n", 5, (1, "so'\n"));
    check("a: \"é\\t\\u00e9 \\\"x\"\n", 2, (1, "\\u00e9 \\\"x\"\n"));
    check("a: \"é\\t\\u00e9 \\\"x\"\n", 5, (1, "x\"\n"));
}

#[test]
fn blocks() {
    check("a: |\n  one\n  two\n", 4, (3, "two\n"));
    check("a: >\n  one\n  two\n\n  three\n", 8, (5, "three\n"));
    check("a: |\r\n  one\r\n  two\r\n", 4, (3, "two\r\n"));
}

#[test]
fn the_end() {
    check("a: one\n", 3, (1, "\n"));
}
