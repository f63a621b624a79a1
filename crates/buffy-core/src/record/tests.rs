use std::time::Duration;

use serde_json::json;

use super::*;
use crate::config::{self, Surroundings, Unset};

fn raw(method: &str, target: &str, status: u16, answered: &str) -> Raw {
    Raw {
        method: method.to_owned(),
        target: target.to_owned(),
        content: Some(Vec::new()),
        status,
        fields: vec![("Content-Type".into(), "application/json".into())],
        answered: Some(answered.as_bytes().to_vec()),
        ..Raw::default()
    }
}

fn sample(method: &str, target: &str, status: u16, answered: &str) -> Sample {
    Sample::new(raw(method, target, status, answered))
}

fn asking(method: &str, target: &str, asked: &str, status: u16, answered: &str) -> Sample {
    Sample::new(Raw {
        content: Some(asked.as_bytes().to_vec()),
        ..raw(method, target, status, answered)
    })
}

/// The responses of a recording, without what stands around them.
#[track_caller]
fn check(samples: &[Sample], expected: &str) {
    let recorded = merge(samples, "up", "rec");
    let begin = recorded
        .yaml
        .find("endpoints:\n")
        .expect("there are endpoints");
    let lines = recorded.yaml[begin..].lines().skip(1).map(str::trim);
    let lines = lines.filter(|line| {
        let dull = [
            "# Answers:",
            "type:",
            "headers: {\"Content-Type\": \"application/json\"}",
        ];
        !dull.iter().any(|dull| line.starts_with(dull))
    });
    let expected: Vec<_> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(lines.collect::<Vec<_>>(), expected, "{}", recorded.yaml);
}

#[test]
fn a_parameter_that_comes_back_makes_one_response_of_many() {
    check(
        &[
            sample("GET", "/orders/7", 200, r#"{"id": 7, "self": "/orders/7"}"#),
            sample("GET", "/orders/8", 200, r#"{"id": 8, "self": "/orders/8"}"#),
            sample("GET", "/orders/99", 404, r#"{"status": "none"}"#),
        ],
        r#"
        - id: orders-id
        path: "/orders/{id}"
        methods: [GET]
        response:
        - name: missing
        if: 'param.id="99"'
        return_code: 404
        json: {"status":"none"}
        - name: ok
        return_code: 200
        json: {"id":"{{ param.id|int }}","self":"/orders/{{ param.id }}"}
        "#,
    );
}

#[test]
fn what_is_missing_alike_is_not_found() {
    check(
        &[
            sample("GET", "/orders/7", 200, r#"{"who": "ann"}"#),
            sample("GET", "/orders/8", 200, r#"{"who": "bob"}"#),
            sample("GET", "/orders/98", 404, "{}"),
            sample("GET", "/orders/99", 404, "{}"),
        ],
        r#"
        - id: orders-id
        path: "/orders/{id}"
        methods: [GET]
        response:
        - name: ok
        if: 'param.id="7"'
        return_code: 200
        json: {"who":"ann"}
        - name: ok-2
        if: 'param.id="8"'
        return_code: 200
        json: {"who":"bob"}
        - name: not_found
        return_code: 404
        json: {}
        "#,
    );
}

#[test]
fn only_what_the_answer_depends_on_is_a_condition() {
    check(
        &[
            asking("POST", "/orders?v=1", r#"{"qty": 0, "at": 1}"#, 422, "{}"),
            asking("POST", "/orders?v=1", r#"{"qty": 5, "at": 2}"#, 201, "{}"),
            asking("POST", "/orders?v=2", r#"{"qty": 5, "at": 3}"#, 201, "{}"),
            sample("GET", "/orders?page=1&_=17", 200, "[1]"),
            sample("GET", "/orders?page=2&_=18", 200, "[2]"),
            sample("GET", "/orders?page=1&_=19", 200, "[1]"),
            sample("GET", "/orders?_=20", 200, "[1]"),
        ],
        r#"
        - id: orders
        path: "/orders"
        methods: [POST, GET]
        response:
        - name: rejected
        if: 'method=POST && body.qty=0'
        return_code: 422
        json: {}
        - name: created
        if: 'method=POST && body.qty=5'
        return_code: 201
        json: {}
        - name: ok
        if: 'method=GET && query.page="1"'
        return_code: 200
        json: [1]
        - name: ok-2
        if: 'method=GET && query.page="2"'
        return_code: 200
        json: [2]
        - name: ok-3
        if: 'method=GET && !query.page'
        return_code: 200
        json: [1]
        "#,
    );
}

#[test]
fn one_request_answered_differently_is_a_sequence() {
    check(
        &[
            sample("GET", "/job", 503, "{}"),
            sample("GET", "/job", 503, "{}"),
            sample("GET", "/job", 200, r#"{"done": true}"#),
        ],
        r#"
        - id: job
        path: "/job"
        methods: [GET]
        response:
        - name: unavailable
        times: 2
        return_code: 503
        json: {}
        - name: ok
        return_code: 200
        json: {"done":true}
        "#,
    );
}

#[test]
fn nothing_secret_is_kept() {
    let mut seen = raw(
        "POST",
        "/login?api_key=k1&page=2",
        200,
        r#"{"access_token": "t1", "user": {"password": "p1", "name": "ann"}, "max_tokens": 5,
            "note": "Bearer eyJhbGciOi.eyJzdWIiOi.c2ln"}"#,
    );
    seen.content = Some(br#"{"secret": "s1"}"#.to_vec());
    seen.fields.extend([
        ("Set-Cookie".into(), "sid=c1; Path=/; HttpOnly".into()),
        ("X-Api-Key".into(), "k2".into()),
        ("Date".into(), "now".into()),
    ]);
    let sample = Sample::new(seen);
    assert_eq!(
        sample.body,
        Body::Json(json!({
            "access_token": REDACTED,
            "user": {"password": REDACTED, "name": "ann"},
            "max_tokens": 5,
            "note": "Bearer REDACTED",
        }))
    );
    assert_eq!(sample.asked, Some(json!({"secret": REDACTED})));
    let text = merge(&[sample], "up", "rec").yaml;
    for secret in ["k1", "k2", "t1", "p1", "s1", "c1", "eyJ", "Date"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    assert!(text.contains("sid=REDACTED; Path=/; HttpOnly"), "{text}");
}

#[test]
fn waits_become_a_delay() {
    let delay = |waits: &[u64]| timing::delay(waits);
    assert_eq!(delay(&[1, 2, 3]), None);
    assert_eq!(delay(&[80]), Some("80ms".into()));
    assert_eq!(delay(&[80, 80, 80, 80, 80, 80]), Some("80ms".into()));
    let spread = delay(&[40, 60, 80, 100, 160]);
    assert_eq!(spread, Some("lognormal(80ms, 0.47)".into()));
}

#[test]
fn events_are_kept_with_their_gaps() {
    let text = "id: 1\ndata: {\"a\":1}\n\ndata: [DONE]\n\ndata: cut";
    let ms = Duration::from_millis;
    let piece = |at, end| Piece { at: ms(at), end };
    let sample = Sample::new(Raw {
        fields: vec![(
            "content-type".into(),
            "text/event-stream; charset=utf-8".into(),
        )],
        pieces: vec![piece(5, 21), piece(320, text.len())],
        ..raw("GET", "/events", 200, text)
    });
    let recorded = merge(&[sample], "up", "rec");
    let [(path, lines)] = recorded.files.as_slice() else {
        panic!("one file: {recorded:?}");
    };
    assert_eq!(path, "rec/events-ok.ndjson");
    assert_eq!(
        String::from_utf8_lossy(lines),
        "{\"at\":5,\"data\":{\"a\":1},\"id\":\"1\"}\n{\"at\":320,\"data\":\"[DONE]\"}\n"
    );
    let stream = r#"stream: {as: sse, file: "file:///rec/events-ok.ndjson"}"#;
    assert!(recorded.yaml.contains(stream), "{}", recorded.yaml);
}

#[test]
fn what_was_longer_than_is_kept_is_left_out() {
    let long = Sample::new(Raw {
        answered: None,
        ..raw("GET", "/long", 200, "")
    });
    let recorded = merge(&[long, sample("GET", "/short", 200, "{}")], "up", "rec");
    assert_eq!((recorded.samples, recorded.left_out), (1, 1));
    assert!(recorded.yaml.contains("is kept: 1.\n"), "{}", recorded.yaml);
    assert!(!recorded.yaml.contains("/long"));
}

#[test]
fn any_text_is_a_configuration_that_serves_it() {
    let texts = [
        "plain",
        "",
        "two\nlines\n",
        "{{URL}} {% if %} {# #} ${HOME} {",
        " leading and 'quotes' \"both\"\t\u{1}",
        "file:///etc/passwd",
        "trailing\n\n",
        "*star & !bang: #hash",
    ];
    let around = Surroundings {
        env: &|_| None,
        file: &|_| Err("no file is named".to_owned()),
        folder: &|_| Err("no folder is named".to_owned()),
        unset: Unset::Refuse,
    };
    for text in texts {
        let sample = Sample::new(Raw {
            fields: vec![("Content-Type".into(), "text/plain".into())],
            ..raw("GET", "/a{b}/x*y", 200, text)
        });
        let yaml = merge(&[sample], "up", "rec").yaml;
        if let Err(problems) = config::read("rec.yaml", &yaml, &around) {
            panic!("{text:?}:\n{yaml}\n{problems}");
        }
    }
}
