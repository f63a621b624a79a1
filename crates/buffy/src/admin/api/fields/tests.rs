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
fn flags() {
    read("true", Fields::flag, "true");
    read("\"false\"", Fields::flag, "false");
    read("null", Fields::flag, "false");
    read(
        "\"yes\"",
        Fields::flag,
        "`x` is \"yes\"; write `true` or `false`.",
    );
    read("1", Fields::flag, "`x` is 1; write `true` or `false`.");
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
