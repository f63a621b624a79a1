//! A caller names its answer, its delay, or asks why.

use std::sync::Arc;

use buffy_test::{Response, TempFolder, request};
use serde_json::json;

use crate::kit::TestBuffy;
use crate::respond::{answering, responding};

const RESPONSES: &str = "  - {name: gold, if: header.x-tier=gold, content: gold}
  - {name: ok, content: 'ok {{ count }}', set: {seen: true}}
  - {name: broken, if: query.never=1, return_code: 500, content: broken}
";

fn get(buffy: &TestBuffy, fields: &[(&str, &str)]) -> Response {
    let mut client = buffy.client();
    client.send(request("GET", "/it/1", fields, b"")).response()
}

#[test]
fn a_caller_names_its_answer() {
    let buffy = responding(RESPONSES);
    for (field, value, expected) in [
        ("X-Buffy-Response", "broken", "500 broken"),
        (
            "X-Buffy-Response",
            "not_found",
            "404 { \"status\": \"not found\" }",
        ),
        ("Prefer", "example=gold", "200 gold"),
        ("Prefer", "wait=1, code=500", "500 broken"),
        ("Prefer", "example=\"broken\"", "500 broken"),
        ("Prefer", "example=unknown", "200 ok 6"),
        ("X-Tier", "gold", "200 gold"),
    ] {
        let answer = get(&buffy, &[(field, value)]);
        let shown = format!("{} {}", answer.status, answer.text().trim());
        assert_eq!(shown, expected, "{field}: {value}");
    }
    let wrong = get(&buffy, &[("X-Buffy-Response", "brokn")]);
    assert_eq!(wrong.status, 400);
    let title = wrong.json().get("title").cloned();
    let said =
        "X-Buffy-Response: `it` has no response of this name, but gold, ok, broken, not_found";
    assert_eq!(title, Some(json!(said)));
    let wrong = get(&buffy, &[("X-Buffy-Delay", "soon")]);
    assert_eq!(wrong.status, 400);
}

#[test]
fn a_caller_says_how_late_its_answer_is() {
    let buffy = responding("  - {name: ok, delay: forever, content: ok}\n");
    let answer = get(&buffy, &[("X-Buffy-Delay", "0ms")]);
    assert_eq!(answer.text(), "ok");
    let began = std::time::Instant::now();
    get(&buffy, &[("X-Buffy-Delay", "50ms")]);
    assert!(began.elapsed() >= std::time::Duration::from_millis(50));
}

#[test]
fn a_caller_is_told_why_and_nothing_is_counted() {
    let buffy = responding(RESPONSES);
    for _ in 0..2 {
        let answer = get(&buffy, &[("X-Buffy-Explain", "1"), ("X-Tier", "lead")]);
        assert_eq!(answer.status, 200);
        let said = answer.json();
        assert_eq!(said["response"], "ok", "{said}");
        assert_eq!(said["count"], 1);
        let tried = &said["tried"][0];
        assert_eq!(tried["response"], "gold");
        assert_eq!(tried["failed"], "header.x-tier=gold");
        assert_eq!(tried["got"], "lead");
        assert_eq!(tried["line"], 8, "{said}");
    }
    assert_eq!(get(&buffy, &[]).text(), "ok 1");
}

#[test]
fn an_endpoint_may_heed_no_wishes() {
    let endpoint = format!(
        "- id: it\n  path: /it/{{id}}\n  type: respond\n  overrides: false\n  response:\n{RESPONSES}"
    );
    let buffy = answering(&Arc::new(TempFolder::new()), "", &endpoint);
    let fields = [
        ("X-Buffy-Response", "broken"),
        ("X-Buffy-Delay", "soon"),
        ("X-Buffy-Explain", "1"),
        ("Prefer", "code=500"),
    ];
    assert_eq!(get(&buffy, &fields).text(), "ok 1");
}
