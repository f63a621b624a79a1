//! Whatever is not understood is told so that it can be mended.

use std::fmt::Debug;

use axum::body::Body;
use axum::http::Request;

use super::Fields;
use crate::admin::problem::Problem;

fn said(query: &str, body: &str) -> Result<Fields, String> {
    let request = Request::post(format!("/x?{query}"))
        .body(Body::from(body.to_owned()))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    runtime
        .block_on(Fields::of(request))
        .map_err(|problem| told(&problem))
}

fn told(problem: &Problem) -> String {
    problem.detail().to_owned()
}

/// What comes of one field of a JSON body, by one way of reading.
fn read<T: Debug>(value: &str, how: impl Fn(&Fields, &str) -> Result<T, Problem>, expected: &str) {
    let fields = said("", &format!("{{\"x\": {value}}}")).unwrap();
    let found = how(&fields, "x").map_or_else(|problem| told(&problem), |read| format!("{read:?}"));
    assert_eq!(found, expected, "{value}");
}

#[test]
fn the_query_and_the_body_are_one() {
    let fields = said("reason=a%20migration", "{\"actor\": \"ann\", \"ttl\": 5}").unwrap();
    assert_eq!(
        fields.names().collect::<Vec<_>>(),
        ["reason", "actor", "ttl"]
    );
    assert_eq!(fields.text("reason").unwrap().unwrap(), "a migration");
    assert_eq!(fields.text("actor").unwrap().unwrap(), "ann");
    assert!(said("", " \n").unwrap().names().next().is_none());
}

#[test]
fn a_body_that_is_no_object_is_told() {
    let like = "The body is no JSON object, like `{\"reason\": \"a migration\"}`: ";
    let or = ". What is asked may also be said in the query.";
    for (body, expected) in [
        ("{", "EOF while parsing an object at line 1 column 1"),
        ("reason=x", "expected value at line 1 column 1"),
        (
            "[1]",
            "invalid type: sequence, expected an object at line 1 column 0",
        ),
        ("{} {}", "trailing characters at line 1 column 4"),
    ] {
        assert_eq!(said("", body).unwrap_err(), format!("{like}{expected}{or}"));
    }
}

#[test]
fn nothing_is_said_twice() {
    for (query, body) in [
        ("a=1&a=2", ""),
        ("a=1", "{\"a\": 2}"),
        ("", "{\"a\": 1, \"a\": 2}"),
    ] {
        assert_eq!(said(query, body).unwrap_err(), "`a` is said twice.");
    }
}

#[test]
fn an_unknown_field_is_told_with_the_nearest_known_one() {
    let known = ["actor", "reason", "ttl"];
    for (name, expected) in [
        (
            "reson",
            "`reson` is unknown here. Did you mean `reason`? There are: actor, reason, ttl.",
        ),
        (
            "force",
            "`force` is unknown here. There are: actor, reason, ttl.",
        ),
    ] {
        let fields = said(&format!("actor=x&{name}=1"), "").unwrap();
        assert_eq!(told(&fields.only(&known).unwrap_err()), expected);
    }
    let nothing = told(&said("a=1", "").unwrap().only(&[]).unwrap_err());
    assert_eq!(nothing, "`a` is unknown here: nothing is to be said.");
}

#[test]
fn texts() {
    read("\"a b\"", Fields::text, "Some(\"a b\")");
    read("\"\"", Fields::text, "None");
    read("null", Fields::text, "None");
    read("5", Fields::text, "`x` is 5; write a text.");
    read("[\"a\"]", Fields::text, "`x` is [\"a\"]; write a text.");
    let control = "`x` has control characters; write it in one line.";
    read("\"a\\nb\"", Fields::text, control);
    let long = format!("\"{}\"", "é".repeat(1001));
    read(&long, Fields::text, "`x` is longer than 1000 characters.");
}

#[test]
fn tokens() {
    let token = "\"deploy-2026.03_01~a\"";
    read(token, Fields::token, &format!("Some({token})"));
    let expected = "`x` is no token; write the one that the order was answered with, or one of \
                    your own: 16 to 128 letters, digits, `-`, `.`, `_` and `~`.";
    for wrong in ["\"short\"", "\"sixteen letters!\"", "\"äääääääääääääääää\""] {
        read(wrong, Fields::token, expected);
    }
}

#[test]
fn durations() {
    for (value, expected) in [
        ("30", "Some(30s)"),
        ("0.5", "Some(500ms)"),
        ("\"30\"", "Some(30s)"),
        ("\"1.5h\"", "Some(5400s)"),
        ("null", "None"),
    ] {
        read(value, Fields::duration, expected);
    }
    let write = "write seconds as a number, or a number with its unit: `30s`, `5m`, `1h`.";
    for value in ["-1", "\"soon\"", "\"5 parsecs\"", "true", "[1]", "1e30"] {
        let found = value.parse::<serde_json::Value>().unwrap();
        read(value, Fields::duration, &format!("`x` is {found}; {write}"));
    }
}

#[test]
fn moments() {
    read(
        "\"2026-03-01T12:00:00.5Z\"",
        Fields::moment,
        "Some(1772366400500)",
    );
    read(
        "\"2026-03-01T13:00:00+01:00\"",
        Fields::moment,
        "Some(1772366400000)",
    );
    for wrong in ["\"9pm\"", "\"1900-01-01T00:00:00Z\"", "1772366400"] {
        let expected = format!("`x` is {wrong}; write a time as `2026-03-01T12:00:00Z`.");
        read(wrong, Fields::moment, &expected);
    }
}

#[test]
fn flags_and_counts() {
    read("true", Fields::flag, "true");
    read("\"false\"", Fields::flag, "false");
    read("null", Fields::flag, "false");
    read(
        "\"yes\"",
        Fields::flag,
        "`x` is \"yes\"; write `true` or `false`.",
    );
    read("1", Fields::flag, "`x` is 1; write `true` or `false`.");
    read("3", Fields::count, "Some(3)");
    read("\"3\"", Fields::count, "Some(3)");
    for wrong in ["0", "-1", "1.5", "\"many\"", "true"] {
        let expected = format!("`x` is {wrong}; write a whole number, at least 1.");
        read(wrong, Fields::count, &expected);
    }
}

#[test]
fn lists() {
    read("[\"a\", \"b\"]", Fields::list, "Some([\"a\", \"b\"])");
    read("\"a,b\"", Fields::list, "Some([\"a\", \"b\"])");
    for wrong in ["[]", "[1]", "\"a,,b\"", "5"] {
        let expected =
            format!("`x` is {wrong}; write a list of texts: `[\"a\", \"b\"]`, in a query `a,b`.");
        read(wrong, Fields::list, &expected);
    }
    let long = format!("[{}]", "1,".repeat(99) + "1");
    let shown = &long[..40];
    let expected =
        format!("`x` is {shown}…; write a list of texts: `[\"a\", \"b\"]`, in a query `a,b`.");
    read(&long, Fields::list, &expected);
}

#[test]
fn words() {
    let words = [("all", 1), ("writes", 2)];
    let word = |fields: &Fields, name: &str| fields.word(name, &words);
    read("\"writes\"", word, "Some(2)");
    read(
        "\"reads\"",
        word,
        "`x` is \"reads\"; write one of `all`, `writes`.",
    );
    read("5", word, "`x` is 5; write one of `all`, `writes`.");
}
