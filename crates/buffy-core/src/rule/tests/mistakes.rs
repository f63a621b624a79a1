use super::*;

/// A kind and a rule, then what a user reads; an empty line between two.
const TABLE: &str = include_str!("mistakes.txt");

#[test]
fn mistakes_have_a_column_and_say_what_to_write() {
    let mut count = 0;
    for case in TABLE.split("\n\n") {
        let (written, expected) = case.split_once('\n').expect(case);
        let (kind, rule) = written.split_once(' ').unwrap_or((written, ""));
        let kind = match kind {
            "json" => JSON,
            "text" => TEXT,
            "status" => STATUS,
            "header" => HEADER,
            _ => panic!("no kind of rule: {case}"),
        };
        let error = Rule::parse(rule, kind).expect_err(rule);
        assert_eq!(error.to_string(), expected.trim_end(), "{rule}");
        count += 1;
    }
    assert!(count >= 40, "the table has {count} cases");
}

#[test]
fn length_and_depth_are_bounded() {
    let wrapped = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    let negated = |depth: usize| format!("{}a", "!".repeat(depth));
    let bracketed =
        |depth: usize| format!("$[?{}@.a{}]", "(".repeat(depth - 1), ")".repeat(depth - 1));
    for (longest, one_more, expected) in [
        (
            wrapped(32),
            wrapped(33),
            "column 34: nested more than 32 deep: write several rules",
        ),
        (
            negated(32),
            negated(33),
            "column 34: nested more than 32 deep: write several rules",
        ),
        (
            "ä".repeat(4096),
            "ä".repeat(4097),
            "column 4097: a rule has at most 4096 characters: write several rules",
        ),
        (
            bracketed(8),
            bracketed(9),
            "column 11: brackets nested more than 8 deep: write a simpler JSONPath",
        ),
    ] {
        assert!(Rule::parse(&longest, JSON).is_ok(), "{longest}");
        let error = Rule::parse(&one_more, JSON).expect_err(&one_more);
        assert_eq!(error.to_string(), expected);
    }
}
