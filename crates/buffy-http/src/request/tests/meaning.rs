//! What else a head says: about its connection, its body and its method.

use super::parsed;
use crate::{HeadError, Limits, RequestHead};

#[test]
fn keep_alive() {
    let check = |version: &str, connection: &str, expected: bool| {
        let raw = format!("GET / HTTP/{version}\r\nHost: a\r\nConnection: {connection}\r\n\r\n");
        assert_eq!(
            parsed(raw.as_bytes()).keep_alive(),
            expected,
            "{version} {connection}"
        );
    };
    check("1.1", "", true);
    check("1.1", "Close", false);
    check("1.1", "keep-alive, close", false);
    check("1.0", "", false);
    check("1.0", "Keep-Alive", true);
    check("1.0", "keep-alive, close", false);
}

#[test]
fn expect() {
    let expects = |version: &str, value: &str| {
        let raw = format!("PUT / HTTP/{version}\r\nHost: a\r\nExpect: {value}\r\n\r\n");
        let mut head = RequestHead::new();
        let outcome = head.parse(raw.as_bytes(), &mut 0, &Limits::DEFAULT);
        outcome.map(|_| head.expects_continue())
    };
    assert_eq!(expects("1.1", "100-Continue"), Ok(true));
    assert_eq!(expects("1.1", ""), Ok(false), "nothing is expected");
    assert_eq!(expects("1.1", "200-ok"), Err(HeadError::Expectation));
    assert_eq!(
        expects("1.1", "100-continue, x"),
        Err(HeadError::Expectation)
    );
    assert_eq!(
        expects("1.0", "100-continue"),
        Ok(false),
        "ignored in HTTP/1.0"
    );
    assert_eq!(HeadError::Expectation.status(), 417);
}

#[test]
fn upgrade_and_trailers_are_told() {
    let head =
        parsed(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert_eq!(head.upgrade(), Some(b"websocket".as_slice()));
    let head = parsed(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");
    assert_eq!(head.upgrade(), None, "Connection must name it");
    let head = parsed(b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert_eq!(head.upgrade(), None, "not in HTTP/1.0");
    assert!(parsed(b"GET / HTTP/1.0\r\nTE: gzip, Trailers\r\n\r\n").accepts_trailers());
    assert!(!parsed(b"GET / HTTP/1.0\r\nTE: gzip\r\n\r\n").accepts_trailers());
}

#[test]
fn methods_are_told_apart() {
    let tell = |method: &str| {
        let head = parsed(format!("{method} / HTTP/1.0\r\n\r\n").as_bytes());
        (head.is_head(), head.is_safe(), head.is_put_or_delete())
    };
    assert_eq!(tell("HEAD"), (true, true, false));
    assert_eq!(tell("GET"), (false, true, false));
    assert_eq!(tell("DELETE"), (false, false, true));
    assert_eq!(tell("POST"), (false, false, false));
    assert_eq!(tell("head"), (false, false, false));
    assert!(parsed(b"PUT / HTTP/1.0\r\nif-MATCH: *\r\n\r\n").has_conditional());
    assert!(!parsed(b"PUT / HTTP/1.0\r\nIf: *\r\n\r\n").has_conditional());
}

#[test]
fn wishes_are_noticed() {
    let wishes = |field: &str| {
        let raw = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n{field}: x\r\n\r\n");
        parsed(raw.as_bytes()).has_wishes()
    };
    for field in ["X-Buffy-Response", "x_buffy_session", "prefer", "Baggage"] {
        assert!(wishes(field), "{field}");
    }
    for field in ["X-Request-Id", "Traceparent", "Bagage"] {
        assert!(!wishes(field), "{field}");
    }
}
