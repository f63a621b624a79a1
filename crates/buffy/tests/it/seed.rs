//! The seed's own configuration, byte for byte but for its ports.

use std::sync::Arc;

use buffy_test::{FakeUpstream, RawClient, TempFolder, eventually, get, post};
use serde_json::json;

use crate::kit::{TestBuffy, admin};

const SEED: &str = include_str!("../../../../examples/seed/buffy.yaml");
const FILE: &str = include_str!("../../../../examples/seed/file.json");
const PATH: &str = "/api/endpoint1/index.html";

struct Seed {
    buffy: TestBuffy,
    service1: FakeUpstream,
    _service2: FakeUpstream,
}

/// Nothing listens at the upstreams.
fn start() -> Seed {
    start_with(|text| text)
}

fn start_with(change: impl Fn(String) -> String) -> Seed {
    let folder = Arc::new(TempFolder::new());
    folder.write("file.json", FILE);
    let (service1, service2) = (FakeUpstream::absent(), FakeUpstream::absent());
    let text = SEED
        .replace("port: 7000", "port: 0")
        .replace("port: 7001", "port: 0")
        .replace("localhost:9091", &format!("127.0.0.1:{}", service1.port()))
        .replace("localhost:9092", &format!("127.0.0.1:{}", service2.port()))
        .replace("interval: 2000", "interval: 200");
    let buffy = TestBuffy::start_in(&folder, &change(text));
    Seed {
        buffy,
        service1,
        _service2: service2,
    }
}

fn held(buffy: &TestBuffy) -> usize {
    buffy.metric("buffy_held_requests{upstream=\"service1\"}")
}

#[test]
fn it_answers_what_it_answers_itself_with_nothing_listening_at_its_upstreams() {
    let Seed { buffy, .. } = start();
    let ping = buffy.get("/api/ping");
    assert_eq!(ping.status, 200);
    assert_eq!(
        ping.json(),
        json!({"status": "pong", "desc": "example3: ping/pong"})
    );
    assert_eq!(ping.field("content-type"), Some("application/json"));

    let pool = buffy.get("/api/endpoint2?a=1");
    assert_eq!(pool.json()["status"], "ok");
    assert_eq!(pool.json()["_served"], "/api/endpoint2?a=1");
    assert_eq!(pool.json()["_endpoint"], "example2");
    assert_eq!(pool.field("x-buffy-url"), Some("/api/endpoint2?a=1"));
    assert_eq!(pool.field("x-buffy-endpoint-id"), Some("example2"));

    let file = buffy.get("/api/file");
    assert_eq!(
        (file.status, file.json()),
        (200, json!({"status": "this is file.json"}))
    );

    let none = buffy.get("/elsewhere");
    assert_eq!(none.field("cache-control"), Some("no-store"));
    assert_eq!(
        (none.status, none.text().trim()),
        (501, r#"{ "status": "not found (no endpoints)"}"#)
    );
    assert_eq!(
        buffy.get("/api/pingpong").status,
        501,
        "a path is no prefix"
    );
}

#[test]
fn a_request_is_held_and_is_answered_when_a_matching_backend_appears() {
    let Seed {
        buffy, service1, ..
    } = start();
    let mut waiting = buffy.asking(PATH);
    eventually("it is held", || held(&buffy) == 1);
    let pings = "/_ping";
    service1.status_page(pings, 200, &json!({"status": "starting", "num": 10}));
    service1.listen();
    eventually("the rules were asked", || service1.polls() >= 3);
    assert_eq!((service1.count(), held(&buffy)), (0, 1));

    service1.status_page(pings, 200, &json!({"status": "ok", "num": 10}));
    let answer = waiting.response();
    assert_eq!((answer.status, answer.text()), (200, format!("GET {PATH}")));
    assert_eq!(answer.field("x-buffy-timeout"), Some("20"));
    assert_eq!(answer.field("x-buffy-upstream"), Some("service1"));
    let received = service1.requests().remove(0);
    assert_eq!(received.field("x-buffy-endpoint-id"), Some("example1"));
    assert_eq!(received.field("x-buffy-url"), Some(PATH));

    service1.status_page(pings, 200, &json!({"status": "an error"}));
    eventually("the rules close it", || {
        buffy.metric("buffy_gate_open{upstream=\"service1\"}") == 0
    });
}

#[test]
fn the_fourth_that_waits_finds_no_place() {
    let Seed { buffy, .. } = start();
    let _three: Vec<RawClient> = (0..3).map(|_| buffy.asking(PATH)).collect();
    eventually("three are held", || held(&buffy) == 3);
    let fourth = get(buffy.port(), PATH);
    assert_eq!(fourth.status, 503);
    assert_eq!(
        fourth.json(),
        json!({"status": "not enough resource", "max": 40})
    );
    assert_eq!(held(&buffy), 3);
}

#[test]
fn one_that_waits_for_its_whole_timeout_is_told_so() {
    let Seed { buffy, .. } = start_with(|text| text.replace("timeout: 20", "timeout: 1"));
    let answer = buffy.get(PATH);
    assert_eq!(
        (answer.status, answer.json()),
        (503, json!({"status": "timeout", "desc": "timeout"}))
    );
    assert!(answer.field("retry-after").is_some());
    assert_eq!(answer.field("x-buffy-url"), Some(PATH));
    assert_eq!(answer.field("x-buffy-endpoint-id"), Some("example1"));
    assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
}

#[test]
fn a_path_below_an_endpoint_without_not_found_is_404_and_names_the_endpoint() {
    let Seed { buffy, .. } = start();
    let answer = buffy.get("/api/file/of-no-one");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.field("x-buffy-endpoint-id"), Some("example4"));
    assert_eq!(answer.field("x-buffy-url"), Some("/api/file/of-no-one"));
}

#[test]
fn other_methods_are_405_with_allow() {
    let Seed { buffy, .. } = start();
    for path in [PATH, "/api/ping", "/api/file"] {
        let answer = post(buffy.port(), path, b"x");
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.field("x-buffy-url"), Some(path));
        assert!(answer.field("x-buffy-endpoint-id").is_some(), "{path}");
        let allow = answer.field("allow").unwrap();
        assert!(allow.split(", ").any(|method| method == "GET"), "{allow}");
    }
}

#[test]
fn its_admin_is_bound_wide_so_a_change_needs_a_token() {
    let Seed { buffy, .. } = start();
    let target = "/_admin/gate?upstream=service1&action=close";
    let refused = admin(buffy.admin_port(), "POST", target);
    assert!(matches!(refused.status, 401 | 403), "{}", refused.status);
    let token = std::fs::read_to_string(buffy.folder().path().join("state/admin.token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let fields = [("Authorization", bearer.as_str())];
    let answer = crate::kit::admin_with(buffy.admin_port(), "POST", target, &fields);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(admin(buffy.admin_port(), "GET", "/livez").status, 200);
}
