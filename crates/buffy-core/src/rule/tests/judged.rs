use serde_json::json;

use super::*;
use crate::config::{Match, Then};

fn rules(table: &[(DocumentKind, &str, Then)]) -> Vec<Match> {
    let entries = table.iter().enumerate();
    entries
        .map(|(index, &(kind, rule, then))| Match {
            id: format!("match{index}"),
            kind,
            rule: Rule::parse(rule, kind).unwrap(),
            then,
        })
        .collect()
}

#[test]
fn the_first_rule_that_matches_decides() {
    let seed = rules(&[
        (JSON, "status=\"*ok*\" && num=10", Then::Open),
        (JSON, "status=\"*error*\"", Then::Close),
    ]);
    let mixed = rules(&[
        (JSON, "ready=true", Then::Open),
        (TEXT, "*maintenance*", Then::Close),
        (STATUS, "418 || 200", Then::Open),
    ]);
    let miss = |code| {
        let message = "rule match0 reads JSON, and the answer with status";
        Judgement::Miss(format!("{message} {code} is none"))
    };
    for (rules, code, text, expected) in [
        (
            &seed,
            200,
            "{\"status\": \"ok\", \"num\": 10}",
            Judgement::Open(0),
        ),
        (
            &seed,
            204,
            "{\"status\": \"ok\", \"num\": 10}",
            Judgement::Open(0),
        ),
        (
            &seed,
            503,
            "{\"status\": \"ok\", \"num\": 10}",
            Judgement::Unmatched,
        ),
        (
            &seed,
            302,
            "{\"status\": \"ok\", \"num\": 10}",
            Judgement::Unmatched,
        ),
        (&seed, 503, "{\"status\": \"error\"}", Judgement::Close(1)),
        (
            &seed,
            200,
            "{\"status\": \"starting\"}",
            Judgement::Unmatched,
        ),
        (&seed, 200, "status=ok", miss(200)),
        (&seed, 502, "", miss(502)),
        (&mixed, 503, "down for maintenance", Judgement::Close(1)),
        (&mixed, 418, "teapot", Judgement::Open(2)),
        (&mixed, 500, "oops", miss(500)),
        (&mixed, 500, "{}", Judgement::Unmatched),
    ] {
        let document = Document {
            code,
            headers: &[],
            text,
            json: serde_json::from_str(text).ok(),
        };
        assert_eq!(judge(rules, None, &document), expected, "{code} {text}");
    }
}

#[test]
fn every_open_needs_the_expected_version() {
    let rule = |id: &str, text: &str, then| Match {
        id: id.to_owned(),
        rule: Rule::parse(text, JSON).unwrap(),
        kind: JSON,
        then,
    };
    let rules = [
        rule("ok", "status=ok", Then::Open),
        rule("any", "status", Then::Close),
    ];
    let expected = Rule::parse("build=\"1.4.2\"", JSON).unwrap();
    let judged = |text: &str| {
        let document = Document {
            code: 200,
            headers: &[],
            text,
            json: serde_json::from_str(text).ok(),
        };
        judge(&rules, Some(&expected), &document)
    };
    assert_eq!(
        judged(r#"{"status": "ok", "build": "1.4.2"}"#),
        Judgement::Open(0)
    );
    assert_eq!(
        judged(r#"{"status": "ok", "build": "1.4.1"}"#),
        Judgement::Close(1)
    );
    assert_eq!(judged(r#"{"status": "ok"}"#), Judgement::Close(1));
    assert_eq!(judged(r#"{"build": "1.4.2"}"#), Judgement::Unmatched);
}

#[test]
fn every_term_is_explained() {
    let long = "x".repeat(100);
    let text = json!({"status": "an error", "long": long, "list": [1, 2, 3, 4, 5]}).to_string();
    let document = Document {
        code: 503,
        headers: &[],
        text: &text,
        json: serde_json::from_str(&text).ok(),
    };
    let rule = "status=\"*ok*\" && num=10 || !(code=503) || long || $.list[*]>4 || header.a";
    let terms: Vec<String> = Rule::parse(rule, JSON)
        .unwrap()
        .explain(&document)
        .into_iter()
        .map(|term| format!("{} got {} {}", term.text, term.got, term.held))
        .collect();
    let shown = format!("long got \"{}…\" true", "x".repeat(80));
    assert_eq!(
        terms,
        [
            "status=\"*ok*\" got \"an error\" false",
            "num=10 got missing false",
            "code=503 got 503 true",
            shown.as_str(),
            "$.list[*]>4 got 1, 2, 3, 2 more true",
            "header.a got missing false",
        ]
    );
}

#[test]
fn only_rules_on_the_code_name_it() {
    for (kind, rule, expected) in [
        (JSON, "a=1", false),
        (JSON, "a=1 || !(b && code<500)", true),
        (JSON, "$.code=1 || [\"code\"]=1", false),
        (STATUS, "200", true),
        (TEXT, "*ok*", false),
    ] {
        assert_eq!(
            Rule::parse(rule, kind).unwrap().names_code(),
            expected,
            "{rule}"
        );
    }
}

#[test]
fn sets_of_status_codes() {
    for (text, shown, inside, outside) in [
        ("200", "200", 200, 201),
        ("200-299", "200-299", 299, 300),
        (" 200 - 299 , 304 ", "200-299,304", 304, 303),
        ("200-200", "200", 200, 199),
    ] {
        let ranges = StatusRanges::parse(text).unwrap();
        assert_eq!(ranges.to_string(), shown);
        assert!(ranges.contains(inside), "{text} has {inside}");
        assert!(!ranges.contains(outside), "{text} has not {outside}");
        assert_eq!(StatusRanges::parse(shown).unwrap(), ranges);
    }
    for (text, expected) in [
        (
            "",
            "`` is no status or range of them: write `200-299` or `200-299,304`",
        ),
        (
            "2xx",
            "`2xx` is no status or range of them: write `200-299` or `200-299,304`",
        ),
        (
            "200,",
            "`` is no status or range of them: write `200-299` or `200-299,304`",
        ),
        (
            "099",
            "`099` is no status or range of them: write `200-299` or `200-299,304`",
        ),
        ("299-200", "`299-200` runs backwards: write `200-299`"),
    ] {
        assert_eq!(StatusRanges::parse(text).unwrap_err(), expected);
    }
}
