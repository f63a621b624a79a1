//! What an operator does to answers: state, pins, the clock, events for open streams.

use std::time::{Duration, Instant};

use buffy_test::{RawClient, Response, eventually, request};
use serde_json::{Value, json};

use crate::kit::TestBuffy;
use crate::schema::conforms;

const CONFIGURATION: &str = "version: 0.1
buffy:
  listen: [{id: public, bind: 127.0.0.1, port: 0}]
  admin: {bind: 127.0.0.1, port: 0}
  session: header X-Buffy-Session
endpoints:
- id: orders
  path: /orders/{id}
  type: respond
  response:
  - {name: paid, if: 'state.orders.{id}=paid', content: paid}
  - {name: ok, content: open, set: {'orders.{id}': seen}}
  - {name: down, times: 1, return_code: 503, content: down}
- {id: plain, path: /plain, type: respond, response: [{name: ok, content: plain}, {name: busy, times: 1, return_code: 503}]}
- {id: slow, path: /slow, type: respond, response: [{delay: 1h, content: slow}]}
- {id: feed, path: /feed, type: respond, response: [{stream: {as: sse, events: [{data: first}], end: keep}}]}
- {id: shop, path: /shop/, type: data, data: {orders: [{id: 1}]}}
";

fn asking(buffy: &TestBuffy, target: &str, session: &str) -> RawClient {
    let fields = [("Host", "a.example"), ("X-Buffy-Session", session)];
    let mut client = buffy.client();
    client.send(request("GET", target, &fields, b""));
    client
}

#[track_caller]
fn text(buffy: &TestBuffy, target: &str, session: &str) -> String {
    asking(buffy, target, session).response().text()
}

#[track_caller]
fn done(buffy: &TestBuffy, method: &str, path: &str, body: &Value) -> Value {
    let answer: Response = buffy.api(method, path, body);
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
    answer.json()
}

#[test]
fn state_is_read_and_set_for_each_session_and_forgotten_by_a_reset() {
    let buffy = TestBuffy::start(CONFIGURATION);
    assert_eq!(text(&buffy, "/orders/7", ""), "open");
    let seen = json!({"orders": {"7": "seen"}});
    assert_eq!(done(&buffy, "GET", "state", &Value::Null), seen);
    assert_eq!(
        done(&buffy, "GET", "state?session=s1", &Value::Null),
        json!({})
    );
    let paid = json!({"orders": {"7": "paid"}});
    assert_eq!(done(&buffy, "PUT", "state?session=s1", &paid), paid);
    assert_eq!(text(&buffy, "/orders/7", "s1"), "paid");
    assert_eq!(text(&buffy, "/orders/7", ""), "open");
    done(&buffy, "POST", "reset?session=s1", &Value::Null);
    assert_eq!(text(&buffy, "/orders/7", "s1"), "open");
    assert_eq!(done(&buffy, "GET", "state", &Value::Null), seen);
    let wrong = buffy.api("PUT", "state", &json!([1]));
    assert_eq!(wrong.status, 400, "{}", wrong.text());
}

#[test]
fn a_pinned_response_answers_so_often_in_its_session_whatever_the_rules_say() {
    let buffy = TestBuffy::start(CONFIGURATION);
    let pin = json!({"endpoint": "orders", "response": "down", "times": 2});
    let pinned = done(&buffy, "PUT", "use", &pin);
    conforms("use", &pinned);
    let all = [(); 3].map(|()| text(&buffy, "/orders/7", ""));
    assert_eq!(all, ["down", "down", "open"]);
    // One that needs no session otherwise, too.
    done(
        &buffy,
        "PUT",
        "use",
        &json!({"endpoint": "plain", "response": "busy", "session": "s1"}),
    );
    for _ in 0..3 {
        assert_eq!(asking(&buffy, "/plain", "s1").response().status, 503);
    }
    assert_eq!(asking(&buffy, "/plain", "").response().status, 200);
    done(
        &buffy,
        "DELETE",
        "use?endpoint=plain&session=s1",
        &Value::Null,
    );
    assert_eq!(text(&buffy, "/plain", "s1"), "plain");
    for (said, status, words) in [
        (
            json!({"endpoint": "plain", "response": "bussy"}),
            404,
            "Did you mean `busy`?",
        ),
        (
            json!({"endpoint": "shop", "response": "data"}),
            404,
            "There is no response `data`",
        ),
        (json!({"endpoint": "plain"}), 400, "`response` is missing"),
        (json!({"response": "busy"}), 400, "`endpoint` is missing"),
    ] {
        let answer = buffy.api("PUT", "use", &said);
        assert_eq!(answer.status, status, "{said}: {}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[test]
fn whoever_waits_by_the_clock_goes_on_when_it_is_set_forward() {
    let buffy = TestBuffy::start(CONFIGURATION);
    let before = done(&buffy, "GET", "clock", &Value::Null);
    conforms("clock", &before);
    assert_eq!(before["ahead_seconds"], 0.0);
    let mut slow = asking(&buffy, "/slow", "");
    let path = "requests/wait?endpoint=slow&timeout=60s";
    done(&buffy, "GET", path, &Value::Null);
    let began = Instant::now();
    let after = done(&buffy, "PUT", "clock", &json!({"advance": "2h"}));
    assert_eq!(after["ahead_seconds"], 7200.0);
    assert_eq!(slow.response().text(), "slow");
    assert!(
        began.elapsed() < Duration::from_mins(10),
        "it did not wait its hour"
    );
    let back = buffy.api("PUT", "clock", &json!({"advance": "-2h"}));
    assert_eq!(back.status, 400, "{}", back.text());
    assert_eq!(buffy.api("PUT", "clock", &Value::Null).status, 400);
}

#[test]
fn an_event_is_pushed_to_those_who_listen() {
    let buffy = TestBuffy::start(CONFIGURATION);
    let nobody = done(&buffy, "POST", "push/feed", &json!({"data": 1}));
    conforms("push", &nobody);
    assert_eq!(nobody, json!({"reached": 0}));
    let mut reader = asking(&buffy, "/feed", "s1");
    assert_eq!(reader.head().status, 200);
    let push = |path: &str| {
        let event = json!({"data": {"x": 1}, "event": "news"});
        done(&buffy, "POST", path, &event)["reached"].clone()
    };
    eventually("it listens", || push("push/feed?session=s1") == 1);
    assert_eq!(push("push/feed?session=s2"), 0);
    let mut read = Vec::new();
    while !read.ends_with(b"event: news\ndata: {\"x\":1}\n") {
        read.extend(reader.bytes(1));
    }
    for (path, body, status) in [
        ("push/fed", json!({"data": 1}), 404),
        ("push/feed", json!({}), 400),
        ("push/feed", json!({"datum": 1}), 400),
    ] {
        assert_eq!(
            buffy.api("POST", path, &body).status,
            status,
            "{path} {body}"
        );
    }
    // Who listens no longer is not reached.
    drop(reader);
    eventually("it has gone", || push("push/feed") == 0);
}

#[test]
fn a_reset_gives_back_the_data_of_a_session() {
    let buffy = TestBuffy::start(CONFIGURATION);
    let delete = |session: &str| {
        let fields = [("Host", "a.example"), ("X-Buffy-Session", session)];
        let mut client = buffy.client();
        let answer = client
            .send(request("DELETE", "/shop/orders/1", &fields, b""))
            .response();
        assert!(answer.status < 300, "{}", answer.text());
    };
    delete("s1");
    assert_eq!(
        asking(&buffy, "/shop/orders/1", "s1").response().status,
        404
    );
    assert_eq!(
        asking(&buffy, "/shop/orders/1", "s2").response().status,
        200
    );
    done(&buffy, "POST", "reset?session=s1", &Value::Null);
    assert_eq!(
        asking(&buffy, "/shop/orders/1", "s1").response().status,
        200
    );
}
