//! Sessions, their state and counts, pinned answers, the clock that answers go by, and seeds.

use buffy_test::{RawClient, eventually, request};
use serde_json::{Value, json};

use crate::kit::{More, TestBuffy, forwarding};

/// One endpoint `orders` with these responses.
fn config(buffy: &str, responses: &str) -> String {
    let endpoints =
        format!("- id: orders\n  path: /orders/{{id}}\n  type: respond\n  response:{responses}");
    let more = More {
        buffy,
        endpoints: &endpoints,
        ..More::default()
    };
    forwarding("http://127.0.0.1:9", more)
}

#[track_caller]
fn get(buffy: &TestBuffy, target: &str, fields: &[(&str, &str)]) -> String {
    let mut all = vec![("Host", "a")];
    all.extend(fields);
    let asked = request("GET", target, &all, b"");
    buffy.client().send(asked).response().text()
}

const COUNTING: &str = "
      - {name: warming, times: 2, content: 'warming'}
      - {name: ok, content: '{{ session }}:{{ count }}'}";

#[test]
fn each_session_counts_for_itself() {
    let buffy = TestBuffy::start(&config("session: header X-Session", COUNTING));
    let of = |fields: &[(&str, &str)]| get(&buffy, "/orders/7", fields);
    for _ in 0..2 {
        assert_eq!(of(&[]), "warming");
        assert_eq!(of(&[("x-session", "a")]), "warming");
        assert_eq!(of(&[("baggage", "user=1, buffy=b;p=1")]), "warming");
    }
    assert_eq!(of(&[]), ":3");
    assert_eq!(of(&[("X-Session", "a")]), "a:3");
    assert_eq!(of(&[("Baggage", "buffy=b")]), "b:3");
    assert_eq!(of(&[("X-Session", "b")]), "b:4");
    let status = buffy.admin("GET", "/_admin/status").json();
    assert_eq!(status["answers"]["sessions"], 2);
}

#[test]
fn state_is_set_with_the_choice_and_seen_by_the_answer() {
    let buffy = TestBuffy::start(&config(
        "",
        "
      - {name: paid, if: 'state.orders.{id}=paid', content: 'paid by {{ state.by }}'}
      - name: ok
        content: 'now {{ state.by }}'
        set: {'orders.{id}': paid, by: '{{ query.by }}'}",
    ));
    assert_eq!(get(&buffy, "/orders/7?by=me", &[]), "now me");
    assert_eq!(get(&buffy, "/orders/7", &[]), "paid by me");
    assert_eq!(get(&buffy, "/orders/8?by=you", &[]), "now you");
    let state = buffy.api("GET", "state", &Value::Null).json();
    assert!(state.to_string().contains("\"7\":\"paid\""), "{state}");
}

#[test]
fn no_two_requests_take_the_same_turn() {
    let buffy = TestBuffy::start(&config(
        "",
        "
      - {name: once, times: 50, content: 'once'}
      - {name: ok, content: 'more'}",
    ));
    let port = buffy.port();
    let ask = || {
        let mut client = RawClient::connect(port);
        let answers = (0..25).map(|_| client.get("/orders/1").response().text());
        answers.filter(|answer| answer == "once").count()
    };
    let once: usize = std::thread::scope(|threads| {
        let asking: Vec<_> = (0..8).map(|_| threads.spawn(ask)).collect();
        asking.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(once, 50);
}

#[test]
fn counts_outlive_a_reload_with_the_names() {
    let buffy = TestBuffy::start(&config("", COUNTING));
    assert_eq!(get(&buffy, "/orders/7", &[]), "warming");
    let text = config(
        "",
        "
      - {name: first, if: query.never, content: x}
      - {name: warming, times: 2, content: 'still warming'}
      - {name: ok, content: '{{ count }}'}",
    );
    buffy.reload(&text);
    assert_eq!(get(&buffy, "/orders/7", &[]), "still warming");
    assert_eq!(get(&buffy, "/orders/7", &[]), "3");
}

#[test]
fn a_pinned_answer_is_served_so_often_even_where_no_session_is_needed() {
    let buffy = TestBuffy::start(&config(
        "",
        "
      - {name: ok, content: ok}
      - {name: busy, if: query.never, return_code: 503, content: busy}",
    ));
    let pin = json!({"endpoint": "orders", "response": "busy", "times": 2});
    let answer = buffy.api("PUT", "use", &pin);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answers: Vec<_> = (0..3).map(|_| get(&buffy, "/orders/1", &[])).collect();
    assert_eq!(answers, ["busy", "busy", "ok"]);
}

#[test]
fn answers_wait_by_a_clock_that_can_be_set_forward() {
    let buffy = TestBuffy::start(&config(
        "",
        "
      - {name: late, delay: 30m, content: '{{ now() }}'}",
    ));
    let mut client = buffy.asking("/orders/1");
    eventually("it is answered as soon as the clock is set", || {
        let advance = json!({"advance": "2h"});
        let answer = buffy.api("PUT", "clock", &advance);
        assert_eq!(answer.status, 200, "{}", answer.text());
        client.has_answer()
    });
    assert_eq!(client.response().status, 200);
}

#[test]
fn the_same_seed_gives_the_same_answers() {
    let responses = "
      - {name: chaos, chance: 30%, content: chaos}
      - {name: ok, content: '{{ uuid() }} {{ random(1, 1000) }}'}";
    let play = |seed: &str, session: &str| {
        let buffy = TestBuffy::start(&config(
            &format!("session: header S, seed: {seed}"),
            responses,
        ));
        let answers = (0..20).map(|_| get(&buffy, "/orders/7", &[("S", session)]));
        answers.collect::<Vec<_>>()
    };
    let answers = play("42", "a");
    assert!(answers.iter().any(|answer| answer == "chaos"));
    assert_eq!(answers, play("42", "a"));
    assert_ne!(answers, play("43", "a"));
    assert_ne!(answers, play("42", "b"));
}

#[test]
fn a_seed_that_was_not_written_is_told_and_can_be_written() {
    let responses = "
      - {name: ok, content: '{{ uuid() }}'}";
    let first = TestBuffy::start(&config("", responses));
    let seed = first.admin("GET", "/_admin/status").json()["answers"]["seed"].clone();
    let again = TestBuffy::start(&config(&format!("seed: {seed}"), responses));
    assert_eq!(get(&first, "/orders/1", &[]), get(&again, "/orders/1", &[]));
}
