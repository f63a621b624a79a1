//! What is said to who asks wrongly: the whole sentence, because it is all that he has.

use super::fixture::Setup;

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn who_asks_wrongly_is_told_what_to_write_and_changes_nothing() {
    let admin = Setup::new().serve();
    for (asked, body, status, detail) in WRONG {
        let (method, path) = asked.split_once(' ').unwrap();
        let target = format!("/_admin/api/v1/{path}");
        let answer = admin.send(method, &target, &[JSON], body.as_bytes());
        let said = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(
            (answer.status, said.as_str()),
            (*status, *detail),
            "{asked} {body}"
        );
        let media = answer.field("content-type");
        assert_eq!(media, Some("application/problem+json"), "{asked}");
    }
    let gate = admin
        .ask("GET", "/_admin/api/v1/gates/service1", &[])
        .json();
    assert_eq!(gate["operator"], serde_json::json!([]));
}

const CLOSE: &str = "POST gates/service1/close";
const OPEN: &str = "POST gates/service1/open";
const STOP: &str = "POST gates/service1/stop";
const RENEW: &str = "POST gates/service1/renew";
const EXPECT: &str = "PUT gates/service1/expect_version";

const RELEASE: &str = "POST held/release";

/// What is asked, its body, the status, and what is said.
const WRONG: &[(&str, &str, u16, &str)] = &[
    (
        CLOSE,
        r#"{"reson": "x"}"#,
        400,
        "`reson` is unknown here. Did you mean `reason`? There are: actor, reason, hold, ttl, \
         on_expiry, drain, cut, token.",
    ),
    (
        CLOSE,
        r#"{"message": "back at nine"}"#,
        400,
        "`message` goes with `stop`, not with `close`.",
    ),
    (
        CLOSE,
        r#"{"ttl": "5 minutes"}"#,
        400,
        "`ttl` is \"5 minutes\"; write seconds as a number, or a number with its unit: `30s`, \
         `5m`, `1h`.",
    ),
    (
        CLOSE,
        r#"{"ttl": 0}"#,
        400,
        "`ttl` is zero; write how long: `5m`.",
    ),
    (
        CLOSE,
        r#"{"drain": "2h"}"#,
        400,
        "`drain` is longer than an hour; write less.",
    ),
    (
        CLOSE,
        r#"{"on_expiry": "open"}"#,
        400,
        "`on_expiry` is \"open\"; write one of `lift`, `stop`, `keep`.",
    ),
    (
        CLOSE,
        r#"{"token": "mine"}"#,
        400,
        "`token` is no token; write the one that the order was answered with, or one of your own: \
         16 to 128 letters, digits, `-`, `.`, `_` and `~`.",
    ),
    (
        CLOSE,
        r#"{"hold": "reads"}"#,
        400,
        "`hold` is neither `all` nor `writes`, nor a rule on requests: column 1: a rule on \
         requests knows `method`, `path`, `host`, `query.NAME` and `header.NAME`, and not `reads`.",
    ),
    (
        CLOSE,
        r#"{"reason": ["x"]}"#,
        400,
        "`reason` is [\"x\"]; write a text.",
    ),
    (
        OPEN,
        r#"{"ttl": "1h"}"#,
        400,
        "`ttl` goes with `force`: an open without it has no end. Write `\"force\": true`, or leave \
         `ttl` out.",
    ),
    (
        OPEN,
        r#"{"force": true, "token": "0123456789abcdef"}"#,
        400,
        "`token` lifts one entry, and `force` all of them: write one or the other.",
    ),
    (
        OPEN,
        r#"{"force": "yes"}"#,
        400,
        "`force` is \"yes\"; write `true` or `false`.",
    ),
    (
        OPEN,
        r#"{"token": "0123456789abcdef"}"#,
        409,
        "Nothing was done: no entry has this token: it was lifted, or its lease ran out.",
    ),
    (
        STOP,
        r#"{"until": "nine"}"#,
        400,
        "`until` is \"nine\"; write a time as `2026-03-01T12:00:00Z`.",
    ),
    (
        STOP,
        r#"{"hold": "all"}"#,
        400,
        "`hold` goes with `close`, not with `stop`.",
    ),
    (
        RENEW,
        r#"{"ttl": "5m"}"#,
        400,
        "`token` is missing; write the one that the close or stop was answered with.",
    ),
    (
        RENEW,
        r#"{"token": "0123456789abcdef"}"#,
        400,
        "`ttl` is missing; write how long it is to stand from now on: `5m`.",
    ),
    (
        RENEW,
        r#"{"token": "0123456789abcdef", "ttl": 60}"#,
        409,
        "Nothing was done: no entry has this token: it was lifted, or its lease ran out.",
    ),
    (
        RENEW,
        r#"{"reason": "x"}"#,
        400,
        "`reason` goes with `close` and `open` and `stop`, not with `renew`.",
    ),
    (
        EXPECT,
        "",
        400,
        "`if` is missing; write a rule on the status document, `\"if\": \"build=\\\"1.4.2\\\"\"`, \
         or `null` to expect none.",
    ),
    (
        EXPECT,
        r#"{"if": "build=="}"#,
        400,
        "`if` is no rule: column 6: `==` is no operator: write `=`.",
    ),
    (
        EXPECT,
        r#"{"if": "build=\"1.4.2\""}"#,
        409,
        "Nothing was done: this upstream has no autogate, so there is no status document that \
         could name a version: configure `autogate`.",
    ),
    (
        "POST gates/service1/bypass",
        r#"{"ttl": 60}"#,
        409,
        "`service1` takes no bypass; write `gate: {bypass: {secret: …}}` at it in the \
         configuration.",
    ),
    (
        "POST gates/service1/bypass",
        r#"{"for": "10m"}"#,
        400,
        "`for` is unknown here. There are: ttl.",
    ),
    (
        "GET held?limit=0",
        "",
        400,
        "`limit` is \"0\"; write a whole number, at least 1.",
    ),
    (
        "GET held?limit=100000",
        "",
        400,
        "`limit` is more than 10000; write less.",
    ),
    (
        "GET held?upstream=app",
        "",
        404,
        "There is no upstream `app`. There are: service1.",
    ),
    (
        RELEASE,
        "",
        400,
        "Nobody is meant; write `ids` as `GET held` shows them, or `upstream`, with `if` (a rule \
         on requests) and `count` where not all are.",
    ),
    (
        RELEASE,
        r#"{"ids": [1]}"#,
        400,
        "`ids` is [1]; write a list of texts: `[\"a\", \"b\"]`, in a query `a,b`.",
    ),
    (
        RELEASE,
        r#"{"ids": ["first"]}"#,
        400,
        "`ids` has `first`, which is no id; write them as `GET held` shows them.",
    ),
    (
        RELEASE,
        r#"{"ids": ["a1"], "count": 1}"#,
        400,
        "`if` and `count` go with `upstream`, not with `ids`.",
    ),
    (
        RELEASE,
        r#"{"upstream": "service1", "if": "header.x-plan=\"gold\""}"#,
        400,
        "`if` names a header field, and those of held requests are not kept; use `method`, \
         `path`, `host` and `query.NAME`.",
    ),
    (
        RELEASE,
        r#"{"upstream": "service1", "count": "many"}"#,
        400,
        "`count` is \"many\"; write a whole number, at least 1.",
    ),
    (
        "POST gates/servce1/close",
        "",
        404,
        "There is no upstream `servce1`. Did you mean `service1`?",
    ),
    (
        "GET gate",
        "",
        404,
        "There is no such path. Under the configured `admin.path` there are status, config, gate, \
         requests, verify, reset, state, use, push, clock, api/v1/gates, api/v1/held, api/v1/why, \
         api/v1/record and api/v1/reload; metrics, livez and readyz are there and at the root.",
    ),
];
