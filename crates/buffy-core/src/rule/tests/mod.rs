use proptest::prelude::*;
use serde_json::json;

use super::*;

mod documented;
mod equalities;
mod failing;
mod judged;
mod mistakes;
mod printed;
mod replies;
mod requests;

const JSON: DocumentKind = DocumentKind::Json;
const TEXT: DocumentKind = DocumentKind::Text;
const STATUS: DocumentKind = DocumentKind::Status;
const HEADER: DocumentKind = DocumentKind::Header;

/// Whether a rule holds for a status, two header fields, and a body.
fn holds(kind: DocumentKind, rule: &str, code: u16, text: &str) -> bool {
    let headers = [
        ("X-State".to_owned(), "ok".to_owned()),
        ("X-Load".to_owned(), "7".to_owned()),
        ("x-load".to_owned(), "90".to_owned()),
    ];
    let document = Document {
        code,
        headers: &headers,
        text,
        json: serde_json::from_str(text).ok(),
    };
    let rule = Rule::parse(rule, kind).unwrap_or_else(|error| panic!("{rule}: {error}"));
    rule.judge(&document)
}

#[track_caller]
fn check(kind: DocumentKind, text: &str, table: &[(&str, bool)]) {
    for (rule, expected) in table {
        assert_eq!(holds(kind, rule, 200, text), *expected, "{rule}");
    }
}

#[test]
fn the_rules_of_the_seed() {
    let opens = r#"status="*ok*" && num=10"#;
    let closes = r#"status="*error*""#;
    for (text, open, close) in [
        (r#"{"status": "ok", "num": 10}"#, true, false),
        (r#"{"status": "all ok here", "num": "10"}"#, true, false),
        (r#"{"status": "ok", "num": 11}"#, false, false),
        (r#"{"status": "ok"}"#, false, false),
        (r#"{"status": "OK", "num": 10}"#, false, false),
        (r#"{"status": "an error", "num": 10}"#, false, true),
        (r#"{"status": {"ok": 1}, "num": 10}"#, false, false),
        (r#"["ok", 10]"#, false, false),
        ("not JSON", false, false),
    ] {
        assert_eq!(holds(JSON, opens, 200, text), open, "{opens} on {text}");
        assert_eq!(holds(JSON, closes, 200, text), close, "{closes} on {text}");
    }
}

#[test]
fn fields_of_the_document() {
    let text = r#"{"a": {"b": [{"c": "x y"}, 5]}, "n": null, "t": true, "f": false, "code": 7,
        "da-sh": "d", "k8s.io/x": "k", "big": 9007199254740993, "real": 1.5, "word": "w", "in": 1,
        "list": ["p", "q"], "star": "a*b", "quote": "say \"hi\"", "back": "a\\b", "empty": ""}"#;
    check(
        JSON,
        text,
        &[
            ("a.b[0].c=\"x y\"", true),
            ("a.b[0].c='x y'", true),
            ("a.b[1]=5", true),
            ("a.b[2]", false),
            ("a.b[1].c", false),
            ("a", true),
            ("missing", false),
            ("!missing", true),
            ("n", true),
            ("n=null", true),
            ("missing=null", false),
            ("t=true", true),
            ("f=true", false),
            ("f", true),
            ("da-sh=d", true),
            ("[\"k8s.io/x\"]=k", true),
            ("[\"code\"]=7", true),
            ("$.code=7", true),
            ("code=200", true),
            ("in=1", true),
            ("in in [1]", true),
            ("star=\"a*b\"", true),
            ("star~'^a\\*b$'", true),
            ("word~'\\*'", false),
            ("quote=\"say \\\"hi\\\"\"", true),
            ("quote='say \"hi\"'", true),
            ("back=\"a\\\\b\"", true),
            ("back='a\\b'", true),
            ("empty=\"\"", true),
            ("empty=*", true),
            ("header.x-state=ok", true),
            ("text=\"*k8s*\"", true),
        ],
    );
}

#[test]
fn numbers_compare_as_numbers() {
    let text = r#"{"n": 10, "s": "10", "r": 10.0, "pad": "010", "v": "1.10", "w": "ten",
        "neg": -2.5, "big": 9007199254740993, "huge": 18446744073709551615, "b": true}"#;
    check(
        JSON,
        text,
        &[
            ("n=10", true),
            ("s=10", true),
            ("r=10", true),
            ("n=10.0", true),
            ("n=1e1", true),
            ("pad=10", true),
            ("n=\"10\"", true),
            ("r=\"10\"", false),
            ("v=1.1", true),
            ("v=\"1.1\"", false),
            ("w=10", false),
            ("w!=10", true),
            ("n<11", true),
            ("n<10", false),
            ("n<=10", true),
            ("n>9.5", true),
            ("n>=10", true),
            ("s>9", true),
            ("w>9", false),
            ("w<9", false),
            ("b<9", false),
            ("neg=-2.5", true),
            ("neg<\"-2\"", true),
            ("missing<9", false),
            ("big=9007199254740992", false),
            ("big=9007199254740993", true),
            ("huge=18446744073709551615", true),
            ("huge>18446744073709551614", true),
            ("n=1*", true),
            ("n in [9, 10]", true),
        ],
    );
}

#[test]
fn what_is_missing_satisfies_only_a_negation() {
    check(
        JSON,
        r#"{"list": ["a", "b"], "object": {}}"#,
        &[
            ("x=1", false),
            ("x!=1", true),
            ("x~a", false),
            ("x!~a", true),
            ("x in [1]", false),
            ("x", false),
            ("x=*", false),
            ("!(x=1)", true),
            ("!x=1", true),
            // Objects and arrays have no text.
            ("list=a", false),
            ("list=*", false),
            ("list!=a", true),
            ("list~a", false),
            ("list", true),
            ("$.list[*]=b", true),
            ("object!~x", true),
        ],
    );
}

#[test]
fn a_json_path_holds_if_any_node_does() {
    check(
        JSON,
        r#"{"checks": [{"name": "db", "status": "up"}, {"name": "mq", "status": "down", "n": 3}]}"#,
        &[
            ("$..status=down", true),
            ("$..status=up", true),
            ("$..status=gone", false),
            ("$..status!=up", true),
            ("!($..status=down)", false),
            ("$..nothing", false),
            ("$..nothing!=1", true),
            ("$.checks[?@.name=='db' && @.status=='up']", true),
            (
                "($.checks[?(@.name=='mq' || @.name==\"x\")].n>2)&&code=200",
                true,
            ),
            ("$.checks[0]['status']~^u", true),
            ("$.checks[*].n in (3, 4)", true),
            ("$", true),
        ],
    );
    check(JSON, "not JSON", &[("$", false), ("$..a!=1", true)]);
}

#[test]
fn and_binds_closer_than_or_and_not_takes_a_comparison() {
    check(
        JSON,
        r#"{"a": 1, "b": 2}"#,
        &[
            ("a=1 || a=2 && b=3", true),
            ("(a=1 || a=2) && b=3", false),
            ("a=9 || a=1 && b=2", true),
            ("!a=1 || b=3", false),
            ("!a=2&&b=2", true),
            ("!!a", true),
            ("!(a && c)", true),
            ("  ( a )  ", true),
        ],
    );
}

#[test]
fn globs_and_patterns() {
    check(
        JSON,
        r#"{"s": "one two one", "e": "", "u": "größe"}"#,
        &[
            ("s=\"one*\"", true),
            ("s=\"*one\"", true),
            ("s=\"one*one\"", true),
            ("s=\"*two*\"", true),
            ("s=\"*one*one*\"", true),
            ("s=\"*one*two*two*\"", false),
            ("s=\"one two one*one\"", false),
            ("s=\"**\"", true),
            ("s=\"*TWO*\"", false),
            ("s!=\"*two*\"", false),
            ("s in [a, *two*]", true),
            ("e=*", true),
            ("e=\"*x*\"", false),
            ("u=gr*e", true),
            ("u=*öß*", true),
            ("s~two", true),
            ("s~^two", false),
            ("s~\"^one\\b.*\\bone$\"", true),
            ("s!~'^two'", true),
            ("u~'^\\w+$'", true),
        ],
    );
}

#[test]
fn text_rules_are_on_the_whole_text() {
    check(
        TEXT,
        " service ok \n",
        &[
            ("*ok*", true),
            ("\"*ok*\"", true),
            ("*ok", true),
            ("ok", false),
            ("\"service ok\"", true),
            ("'service ok'", true),
            ("text=\"service ok\"", true),
            ("text~'ok$'", true),
            ("*ok* && code=200", true),
            ("!(*fail*) && (*ok* || *fine*)", true),
            ("!*fail*", true),
            ("text in [\"service ok\", fine]", true),
            ("header.X-STATE=ok", true),
            ("$.a", false),
        ],
    );
    check(
        TEXT,
        "10\n",
        &[
            ("10", true),
            ("10.0", true),
            ("text<11", true),
            ("\"10.0\"", false),
        ],
    );
    check(TEXT, "{\"a\": 1}", &[("$.a=1", true)]);
}

#[test]
fn status_rules_are_on_the_code() {
    for (rule, code, expected) in [
        ("200", 200, true),
        ("200", 201, false),
        ("2*", 204, true),
        ("2*", 302, false),
        ("200-299", 299, true),
        ("200-299", 300, false),
        ("\"200-299\" || 304", 304, true),
        ("code<300", 299, true),
        ("code<300", 300, false),
        ("code in [200, 300-399]", 302, true),
        ("code!=2*", 500, true),
        ("code=200-299", 250, true),
        ("code~'^20[04]$'", 204, true),
        ("!503", 200, true),
        ("503 && header.x-state=ok", 503, true),
    ] {
        assert_eq!(holds(STATUS, rule, code, ""), expected, "{rule} on {code}");
    }
}

#[test]
fn header_rules_are_on_the_fields() {
    check(
        HEADER,
        "fine",
        &[
            ("x-state=ok", true),
            ("X-STATE=ok", true),
            ("x-state=OK", false),
            ("header.x-state=ok", true),
            ("x-load=90", true),
            ("x-load>80", true),
            ("x-load<5", false),
            ("x-gone", false),
            ("x-gone!=1", true),
            ("x-state && code=200 && text=fine", true),
        ],
    );
}

proptest! {
    #[test]
    fn a_glob_is_the_pattern_it_looks_like(glob in "[ab*]{0,8}", text in "[ab]{0,8}") {
        let pattern = format!("^{}$", glob.replace('*', ".*"));
        let body = json!({ "v": text }).to_string();
        let by_glob = holds(JSON, &format!("v=\"{glob}\""), 200, &body);
        let by_pattern = holds(JSON, &format!("v~\"{pattern}\""), 200, &body);
        prop_assert_eq!(by_glob, by_pattern, "{} on {}", glob, text);
    }
}
