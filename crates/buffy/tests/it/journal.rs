//! The journal: what was asked of endpoints that answer themselves, listed, waited for, forgotten.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use buffy::journal::WAITING_MAX;
use buffy_test::{DEADLINE, FakeUpstream, RawClient, Response, eventually_some, request};
use serde_json::{Value, json};

use crate::kit::{More, TestBuffy, api_request};
use crate::schema::conforms;

const ENDPOINTS: &str = "
- id: orders
  path: /api/orders/{id}
  type: respond
  response:
  - {name: rejected, if: 'method=PUT && body.qty<=0', return_code: 422, json: {error: bad order}}
  - {name: paid, if: query.expand=items, content: paid}
  - {name: ok, if: 'method!=DELETE', content: '{\"n\": 1}'}
- {id: plain, path: /plain, type: respond, response: [{content: plain}]}";

/// A Buffy with endpoints that answer, and `all` of the rest that is forwarded.
fn answering(upstream: &FakeUpstream, buffy: &str) -> TestBuffy {
    let more = More {
        buffy,
        endpoint: "path: /up/",
        endpoints: ENDPOINTS,
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(upstream, more);
    buffy.eventually_open();
    buffy
}

#[track_caller]
fn ask(buffy: &TestBuffy, method: &str, target: &str, fields: &[(&str, &str)]) -> Response {
    send(buffy, method, target, fields, b"")
}

#[track_caller]
fn send(
    buffy: &TestBuffy,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Response {
    let fields: Vec<_> = [("Host", "a.example")]
        .iter()
        .chain(fields)
        .copied()
        .collect();
    let mut client = buffy.client();
    client
        .send(request(method, target, &fields, body))
        .response()
}

/// What the journal lists of a query.
#[track_caller]
fn listed(buffy: &TestBuffy, query: &str) -> Value {
    let answer = buffy.api("GET", &format!("requests{query}"), &Value::Null);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let listed = answer.json();
    conforms("requests", &listed);
    listed
}

/// The targets of what is listed.
#[track_caller]
fn targets(buffy: &TestBuffy, query: &str) -> Vec<String> {
    let listed = listed(buffy, query);
    let all = listed.get("requests").and_then(Value::as_array);
    let all = all.expect("a list of requests").iter();
    let target = |one: &Value| one.get("target").and_then(Value::as_str).map(str::to_owned);
    all.filter_map(target).collect()
}

#[test]
fn what_was_asked_is_listed_with_what_answered_it_and_without_secrets() {
    let upstream = FakeUpstream::start();
    let buffy = answering(&upstream, "session: header X-Buffy-Session");
    let secret = [
        ("Authorization", "Bearer abc"),
        ("Cookie", "sid=abc"),
        ("X-Api-Key", "abc"),
        ("X-Plan", "gold"),
        ("X-Buffy-Session", "s1"),
    ];
    let answer = send(&buffy, "PUT", "/api/orders/7?x=1", &secret, b"{\"qty\": 0}");
    assert_eq!(answer.status, 422, "{}", answer.text());
    let listed = listed(&buffy, "");
    assert_eq!(listed["count"], 1);
    let one = &listed["requests"][0];
    for (name, expected) in [
        ("endpoint", json!("orders")),
        ("response", json!("rejected")),
        ("session", json!("s1")),
        ("status", json!(422)),
        ("method", json!("PUT")),
        ("target", json!("/api/orders/7?x=1")),
        ("client", json!("127.0.0.1")),
        ("body", json!("{\"qty\": 0}")),
        ("body_bytes", json!(10)),
        ("resumed", json!(false)),
    ] {
        assert_eq!(one[name], expected, "{name}");
    }
    let headers = one["headers"].as_array().unwrap();
    let value = |name: &str| {
        let found = headers.iter().find(|header| header["name"] == name);
        found.map(|header| header["value"].as_str().unwrap())
    };
    assert_eq!(value("Authorization"), Some("Bearer [redacted]"));
    assert_eq!(value("Cookie"), Some("[redacted]"));
    assert_eq!(value("X-Api-Key"), Some("[redacted]"));
    assert_eq!(value("X-Plan"), Some("gold"));
    assert!(!listed.to_string().contains("abc"));
}

#[test]
fn secrets_are_told_neither_of_targets_nor_of_what_came_nearest() {
    let more = More {
        endpoints: "
- id: login
  path: /login
  type: respond
  response: [{name: ok, if: 'header.authorization=\"Bearer x\"', content: hi}]",
        ..More::default()
    };
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(&upstream, more);
    let secret = [
        ("Authorization", "Bearer hush"),
        ("Referer", "https://a.example/?code=1&id_token=hush"),
    ];
    let answer = ask(&buffy, "GET", "/login?x=1&access_token=hush", &secret);
    assert_eq!(answer.status, 501, "{}", answer.text());
    let listed = listed(&buffy, "");
    let one = &listed["requests"][0];
    assert_eq!(one["target"], "/login?x=1&access_token=[redacted]");
    assert_eq!(one["closest"]["got"], "[redacted]");
    let verified = buffy.api("GET", "verify", &Value::Null);
    assert_eq!(verified.status, 417);
    for text in [listed.to_string(), verified.text()] {
        assert!(!text.contains("hush"), "{text}");
    }
}

#[test]
fn those_who_wait_leave_the_admin_api_to_others_and_end_when_buffy_does() {
    let upstream = FakeUpstream::start();
    let mut buffy = answering(&upstream, "journal: 10");
    let admin = buffy.admin_port();
    let wait = || {
        let mut client = RawClient::connect(admin);
        client.send(api_request(
            "GET",
            "requests/wait?n=9&timeout=5m",
            &Value::Null,
        ));
        client
    };
    let mut waiting: Vec<RawClient> = (0..WAITING_MAX).map(|_| wait()).collect();
    let refused = eventually_some("one too many is refused", || {
        let answer = buffy.api("GET", "requests/wait?n=9&timeout=10ms", &Value::Null);
        (answer.status != 408).then_some(answer)
    });
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert_eq!(buffy.api("GET", "requests", &Value::Null).status, 200);

    let ended = buffy.begin_stop();
    assert!(waiting.iter_mut().all(|one| one.response().status == 503));
    ended.join().unwrap();
}

#[test]
fn plain_answers_and_those_of_no_endpoint_are_in_it_and_forwarded_ones_are_not() {
    let upstream = FakeUpstream::start();
    let buffy = answering(&upstream, "session: header X-Buffy-Session");
    assert_eq!(ask(&buffy, "GET", "/up/x", &[]).status, 200);
    assert_eq!(ask(&buffy, "GET", "/plain", &[]).text(), "plain");
    let session = [("X-Buffy-Session", "s1")];
    assert_eq!(ask(&buffy, "GET", "/plain", &session).status, 200);
    assert_eq!(ask(&buffy, "GET", "/nowhere", &[]).status, 501);
    assert_eq!(ask(&buffy, "DELETE", "/api/orders/7", &[]).status, 501);

    assert_eq!(
        targets(&buffy, ""),
        ["/api/orders/7", "/nowhere", "/plain", "/plain"]
    );
    assert_eq!(targets(&buffy, "?limit=1"), ["/api/orders/7"]);
    assert_eq!(targets(&buffy, "?session=s1"), ["/plain"]);
    assert_eq!(targets(&buffy, "?session=&endpoint=plain"), ["/plain"]);
    assert_eq!(
        targets(&buffy, "?unmatched=true"),
        ["/api/orders/7", "/nowhere"]
    );
    let unmatched = listed(&buffy, "?unmatched=true");
    let (orders, none) = (&unmatched["requests"][0], &unmatched["requests"][1]);
    assert_eq!(
        (&orders["endpoint"], &none["endpoint"]),
        (&json!("orders"), &Value::Null)
    );
    assert_eq!(orders["response"], Value::Null);
    let closest = &orders["closest"];
    assert_eq!(closest["endpoint"], "orders", "{unmatched}");
    assert!(closest["failed"].is_string(), "{unmatched}");
    // The short form is the same.
    let short = buffy.admin("GET", "/_admin/requests?limit=1").json();
    assert_eq!(short["requests"][0]["target"], "/api/orders/7");
}

#[test]
fn whoever_waits_for_requests_is_told_when_the_last_of_them_comes() {
    let upstream = FakeUpstream::start();
    let buffy = answering(&upstream, "workers: 2");
    ask(&buffy, "GET", "/plain", &[]);
    let mut waiting = RawClient::connect(buffy.admin_port());
    let path = "requests/wait?endpoint=plain&response=ok&n=3&timeout=60s";
    waiting.send(api_request("GET", path, &Value::Null));
    ask(&buffy, "GET", "/api/orders/7", &[]);
    ask(&buffy, "GET", "/plain", &[]);
    let began = Instant::now();
    ask(&buffy, "GET", "/plain", &[]);
    let answer = waiting.response();
    assert_eq!((answer.status, &answer.json()["count"]), (200, &json!(3)));
    assert!(
        began.elapsed() < DEADLINE,
        "it was told, and did not wait for its end"
    );
    conforms("requests-wait", &answer.json());

    // They count since the reset, so this one is answered at once.
    let answer = buffy.api("GET", "requests/wait?endpoint=orders", &Value::Null);
    assert_eq!(answer.json(), json!({"count": 1}));
    let path = "requests/wait?endpoint=orders&n=2&timeout=50ms";
    let late = buffy.api("GET", path, &Value::Null);
    assert_eq!((late.status, &late.json()["count"]), (408, &json!(1)));
    assert_eq!(late.json()["detail"], "1 of 2 came within 0.05 s.");
}

#[test]
fn a_reset_forgets_one_session_or_all() {
    let upstream = FakeUpstream::start();
    let buffy = answering(&upstream, "session: header X-Buffy-Session");
    for session in ["", "s1", "s2"] {
        ask(&buffy, "GET", "/plain", &[("X-Buffy-Session", session)]);
    }
    assert_eq!(listed(&buffy, "")["count"], 3);
    let reset = buffy.api("POST", "reset?session=s1", &Value::Null);
    conforms("reset", &reset.json());
    assert_eq!(reset.json(), json!({"session": "s1"}));
    assert_eq!(listed(&buffy, "")["count"], 2);
    assert_eq!(listed(&buffy, "?session=s1")["count"], 0);
    let reset = buffy.api("POST", "reset", &json!({"session": ""}));
    assert_eq!(reset.status, 200, "{}", reset.text());
    assert_eq!(listed(&buffy, "")["count"], 1);
    assert_eq!(buffy.api("POST", "reset", &Value::Null).json(), json!({}));
    assert_eq!(listed(&buffy, ""), json!({"count": 0, "requests": []}));
}

#[test]
fn the_ring_is_as_long_as_is_written_also_after_a_reload_and_counts_go_on() {
    let upstream = FakeUpstream::start();
    let buffy = answering(&upstream, "journal: 2");
    for _ in 0..3 {
        ask(&buffy, "GET", "/plain", &[]);
    }
    assert_eq!(targets(&buffy, ""), ["/plain", "/plain"]);
    assert_eq!(listed(&buffy, "")["count"], 3);
    buffy.reload(&crate::kit::forwarding(
        &upstream.url(),
        More {
            buffy: "journal: 0",
            endpoint: "path: /up/",
            endpoints: ENDPOINTS,
            ..More::default()
        },
    ));
    ask(&buffy, "GET", "/plain", &[]);
    assert_eq!(targets(&buffy, ""), [""; 0]);
    assert_eq!(listed(&buffy, "?endpoint=plain")["count"], 4);
}

#[test]
fn what_is_asked_wrongly_is_told_with_what_to_write() {
    let upstream = FakeUpstream::start();
    let buffy = answering(&upstream, "workers: 1");
    for (path, status, words) in [
        ("requests?endpoint=order", 404, "Did you mean `orders`?"),
        ("requests?endpoint=all", 400, "`all` is forwarded"),
        ("requests?limit=0", 400, "at least 1"),
        ("requests?limit=100000", 400, "write less"),
        ("requests?endpiont=orders", 400, "Did you mean `endpoint`?"),
        (
            "requests/wait?endpoint=plain&response=okay",
            404,
            "There are: ok.",
        ),
        (
            "requests/wait?response=ok",
            400,
            "`response` goes with `endpoint`",
        ),
        ("requests/wait?timeout=1h", 400, "longer than 10 min"),
        ("requests/wait?timeout=soon", 400, "write seconds"),
    ] {
        let answer = buffy.api("GET", path, &Value::Null);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{path}: {detail}");
    }
    let long = json!({"session": "x".repeat(129)});
    assert_eq!(buffy.api("POST", "reset", &long).status, 400);
    assert_eq!(buffy.api("GET", "reset", &Value::Null).status, 405);
}

#[test]
fn a_client_that_waits_no_longer_leaves_nobody_waiting() {
    let upstream = FakeUpstream::start();
    let mut buffy = answering(&upstream, "workers: 1");
    let waiting = TcpStream::connect(("127.0.0.1", buffy.admin_port())).unwrap();
    waiting
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let path = "requests/wait?endpoint=plain&timeout=600s";
    std::io::Write::write_all(&mut &waiting, &api_request("GET", path, &Value::Null)).unwrap();
    drop(waiting);
    // It would be waited for, if it were there.
    buffy.stop();
}
