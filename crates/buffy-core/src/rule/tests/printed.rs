use proptest::prelude::*;

use super::*;

#[test]
fn the_canonical_form() {
    for (kind, rule, expected) in [
        (JSON, "status = '*ok*'&&num=10", "status=\"*ok*\" && num=10"),
        (JSON, "a||(b&&!c)", "a || (b && !c)"),
        (JSON, "!(a||b) && ((c))", "!(a || b) && c"),
        (JSON, "a in (b, 'c\"d', 1)", "a in [\"b\", \"c\\\"d\", 1]"),
        (
            JSON,
            "[\"code\"].b[0][\"c d\"]<='5'",
            "[\"code\"].b[0][\"c d\"]<=5",
        ),
        (
            JSON,
            "$..a[?@.b == 'c']~\"\\d\"",
            "$..a[?@.b == 'c']~\"\\\\d\"",
        ),
        (TEXT, "*ok*", "text=\"*ok*\""),
        (
            STATUS,
            "2* || 200-299 || '304'",
            "code=\"2*\" || code=200-299 || code=304",
        ),
        (HEADER, "X-State!=ok", "header.x-state!=\"ok\""),
    ] {
        let read = Rule::parse(rule, kind).unwrap();
        assert_eq!(read.to_string(), expected, "{rule}");
        assert_eq!(read.text(), rule);
        assert_eq!(Rule::parse(expected, kind).unwrap(), read, "{rule}");
    }
}

/// Texts made of what rules are made of, so that many of them are rules.
fn rule_like() -> impl Strategy<Value = String> {
    let tokens = [
        "a",
        "b.c",
        "[0]",
        "[\"d e\"]",
        "code",
        "text",
        "header.x-y",
        "$..a",
        "$.a[?@.b=='c']",
        "=",
        "!=",
        "~",
        "!~",
        "<",
        ">=",
        " in ",
        "[",
        "]",
        "(",
        ")",
        ",",
        "&&",
        "||",
        "!",
        " ",
        "10",
        "-1.5",
        "2*",
        "200-299",
        "\"",
        "'",
        "\\",
        "ok",
        "\"*ok*\"",
        "'it s'",
        "$",
        ".",
        "ö",
        "*",
    ];
    proptest::collection::vec(proptest::sample::select(tokens.to_vec()), 0..14)
        .prop_map(|tokens| tokens.concat())
}

fn kinds() -> impl Strategy<Value = DocumentKind> {
    proptest::sample::select(vec![JSON, TEXT, STATUS, HEADER])
}

/// Rules that are right by construction.
fn rules() -> impl Strategy<Value = String> {
    let subjects = [
        "a",
        "b[0].c-d",
        "[\"x y\"]",
        "code",
        "text",
        "header.x",
        "$..a",
    ];
    let checks = [
        "=200",
        "!=200",
        "~'[0-9]\"'",
        "!~\"a\\\\b\"",
        "<5",
        ">='1.5'",
        " in [200, '3*']",
    ];
    let test = (
        proptest::sample::select(subjects.to_vec()),
        proptest::sample::select(checks.to_vec()),
    )
        .prop_map(|(subject, check)| format!("{subject}{check}"));
    test.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|rule| format!("!({rule})")),
            proptest::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(")&&("))),
            proptest::collection::vec(inner, 2..4).prop_map(|parts| parts.join(" || ")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_a_rule_or_an_error_in_place(text in prop_oneof![any::<String>(), rule_like()], kind in kinds()) {
        match Rule::parse(&text, kind) {
            Ok(rule) => {
                let again = Rule::parse(&rule.to_string(), kind);
                prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", rule);
            }
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
        }
    }

    #[test]
    fn what_is_printed_reads_as_the_same_rule(text in rules()) {
        let rule = Rule::parse(&text, JSON).unwrap();
        let again = Rule::parse(&rule.to_string(), JSON);
        prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", rule);
    }
}
