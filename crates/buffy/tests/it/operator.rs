//! What operators say of a gate, entry by entry: tokens, leases, forces, rules, versions.

use std::sync::Arc;
use std::time::Duration;

use buffy_test::{FakeUpstream, TempFolder, eventually, eventually_some, for_a_while, request};
use serde_json::{Value, json};

use crate::kit::{More, TestBuffy, forwarding};

/// What the API answers to a change that is made.
#[track_caller]
fn post(buffy: &TestBuffy, verb: &str, body: &Value) -> Value {
    let answer = buffy.api("POST", &format!("gates/up/{verb}"), body);
    assert_eq!(answer.status, 200, "{verb}: {}", answer.text());
    answer.json()
}

fn entries(buffy: &TestBuffy) -> Vec<Value> {
    let gate = buffy.api("GET", "gates/up", &Value::Null).json();
    let entries = gate.get("operator").and_then(Value::as_array);
    entries.cloned().unwrap_or_default()
}

/// What a hook that hears of the gate was told.
fn told(hook: &FakeUpstream, kind: &str) -> Option<Value> {
    let requests = hook.requests();
    let whole = requests.iter().filter(|one| one.whole);
    whole
        .map(|one| serde_json::from_slice(&one.body).expect("a message is JSON"))
        .find(|message: &Value| message.get("type").is_some_and(|own| own == kind))
}

fn with_hook(upstream: &FakeUpstream, hook: &FakeUpstream) -> TestBuffy {
    let admin = format!("notify: {{webhook: \"{}/\"}}", hook.url());
    let buffy = TestBuffy::forwarding(
        upstream,
        More {
            admin: &admin,
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy
}

#[test]
fn test_21_two_close_and_the_gate_stays_closed_until_both_have_lifted_their_own() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let alice = post(
        &buffy,
        "close",
        &json!({"actor": "alice", "reason": "deploy"}),
    );
    let bob = post(&buffy, "close", &json!({"actor": "bob"}));
    assert_ne!(alice["token"], bob["token"]);
    let mut held = buffy.holding("/");

    let lifted = post(&buffy, "open", &json!({"token": alice["token"]}));
    assert_eq!(lifted["lifted"][0]["actor"], "alice");
    assert_eq!(
        (&lifted["verdict"], &lifted["reasons"]),
        (&json!("closed"), &json!(["closed by bob"]))
    );
    for_a_while("it stays held", Duration::from_millis(50), || {
        buffy.held() == 1
    });

    let again = buffy.api("POST", "gates/up/open", &json!({"token": alice["token"]}));
    assert_eq!(again.status, 409, "{}", again.text());
    assert_eq!(buffy.held(), 1);
    post(&buffy, "open", &json!({"token": bob["token"]}));
    assert_eq!(held.response().status, 200);
}

#[test]
fn test_22_reads_pass_while_writes_are_held_before_and_after_a_crash() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    post(&buffy, "close", &json!({"hold": "writes"}));
    let mut write = buffy.client();
    write.post("/", b"x");
    buffy.eventually_holds(1);
    let read = |method: &str| {
        let answer = buffy
            .client()
            .send(request(method, "/", &[], b""))
            .head()
            .status;
        assert_eq!(answer, 200, "{method}");
    };
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        read(method);
    }

    upstream.kill();
    buffy.eventually_not_open();
    let mut get = buffy.asking("/");
    buffy.eventually_holds(2);
    upstream.listen();
    assert_eq!(get.response().status, 200);
    read("GET");
    for_a_while("the write waits", Duration::from_millis(50), || {
        buffy.held() == 1
    });

    post(&buffy, "open", &Value::Null);
    assert_eq!(write.response().text(), "x");
}

#[test]
fn test_13_the_lease_of_a_job_that_died_is_followed_and_told() {
    let (hook, upstream) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = with_hook(&upstream, &hook);
    let body = json!({"actor": "ci", "reason": "deploy", "ttl": "1s"});
    post(&buffy, "close", &body);
    let mut held = buffy.holding("/");
    assert_eq!(
        held.response().status,
        200,
        "lifted, as nothing else was asked for"
    );
    assert_eq!(entries(&buffy), Vec::<Value>::new());
    let message = eventually_some("it is told", || told(&hook, "gate.lease_expired"));
    let data = &message["data"];
    assert_eq!(
        (&data["actor"], &data["then"]),
        (&json!("ci"), &json!("lifted"))
    );
    assert_eq!(
        data["message"],
        "The lease of ci's close of up ran out, and it is lifted: deploy"
    );
}

#[test]
fn a_lease_may_end_in_a_stop_or_leave_the_close() {
    let (hook, upstream) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = with_hook(&upstream, &hook);
    post(
        &buffy,
        "close",
        &json!({"reason": "moving", "ttl": "1s", "on_expiry": "stop"}),
    );
    let mut held = buffy.holding("/");
    let refused = held.response();
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("moving"), "{}", refused.text());
    assert_eq!(entries(&buffy)[0]["order"], "stop");
    post(&buffy, "open", &Value::Null);

    post(
        &buffy,
        "close",
        &json!({"ttl": "200ms", "on_expiry": "keep", "actor": "keeper"}),
    );
    let kept =
        || told(&hook, "gate.lease_expired").is_some_and(|told| told["data"]["then"] != "lifted");
    eventually("it is told", kept);
    eventually("it has no lease any more", || {
        entries(&buffy)[0]["lease"].is_null()
    });
    assert_eq!(entries(&buffy)[0]["actor"], "keeper");
    buffy.holding("/");
}

#[test]
fn a_lease_that_is_renewed_goes_on() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let close = post(&buffy, "close", &json!({"ttl": "1s"}));
    let first = entries(&buffy)[0]["lease"]["until"].clone();
    post(
        &buffy,
        "renew",
        &json!({"token": close["token"], "ttl": "1h"}),
    );
    assert_ne!(entries(&buffy)[0]["lease"]["until"], first);
    for_a_while("it stands", Duration::from_millis(1200), || {
        entries(&buffy).len() == 1
    });

    let unknown = buffy.api(
        "POST",
        "gates/up/renew",
        &json!({"token": "that-of-nobody-here", "ttl": "1h"}),
    );
    assert_eq!(unknown.status, 409, "{}", unknown.text());
    let endless = post(&buffy, "close", &Value::Null);
    let body = json!({"token": endless["token"], "ttl": "1h"});
    let answer = buffy.api("POST", "gates/up/renew", &body);
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.text().contains("has no lease"), "{}", answer.text());
}

#[test]
fn a_close_that_names_no_ttl_gets_the_lease_of_the_configuration_and_a_stop_none() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            upstream: "gate: {lease: 1h, on_expiry: keep}",
            ..More::default()
        },
    );
    post(&buffy, "close", &Value::Null);
    post(&buffy, "close", &json!({"ttl": "2h", "on_expiry": "lift"}));
    post(&buffy, "stop", &Value::Null);
    let leases: Vec<_> = entries(&buffy)
        .into_iter()
        .map(|entry| {
            (
                entry["lease"]["ttl_seconds"].as_f64(),
                entry["lease"]["on_expiry"].clone(),
            )
        })
        .collect();
    let expected = [
        (Some(3600.0), json!("keep")),
        (Some(7200.0), json!("lift")),
        (None, Value::Null),
    ];
    assert_eq!(leases, expected);
}

#[test]
fn what_ran_out_while_nobody_ran_is_acted_on_before_anything_is_accepted() {
    let upstream = FakeUpstream::start();
    let folder = Arc::new(TempFolder::new());
    let text = forwarding(&upstream.url(), More::default());
    let mut buffy = TestBuffy::start_in(&folder, &text);
    buffy.eventually_open();
    post(&buffy, "close", &json!({"actor": "ci", "ttl": "300ms"}));
    post(
        &buffy,
        "stop",
        &json!({"actor": "ann", "ttl": "1h", "message": "moving"}),
    );
    buffy.stop();
    let over = std::time::Instant::now() + Duration::from_millis(400);
    eventually("the lease is over", || std::time::Instant::now() > over);

    let buffy = TestBuffy::start_in(&folder, &text);
    let left = entries(&buffy);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["actor"], "ann");
    assert_eq!(buffy.get("/").status, 503);
}

#[test]
fn a_force_overrides_the_rules_until_its_end() {
    let upstream = FakeUpstream::start();
    upstream.status_page("/_ping", 200, &json!({"status": "error"}));
    let buffy = by_ping(&upstream);
    eventually("the target is up", || {
        buffy.metric("buffy_upstream_up{upstream=\"up\"}") == 1
    });
    post(&buffy, "close", &json!({"actor": "ann"}));
    let mut held = buffy.holding("/");

    let forced = post(
        &buffy,
        "open",
        &json!({"force": true, "ttl": "1h", "actor": "bob"}),
    );
    assert_eq!(
        (&forced["verdict"], &forced["lifted"][0]["actor"]),
        (&json!("open"), &json!("ann"))
    );
    assert_eq!(held.response().status, 200);
    assert_eq!(entries(&buffy)[0]["order"], "force");

    post(&buffy, "open", &json!({"token": forced["token"]}));
    let mut held = buffy.holding("/");
    post(&buffy, "open", &json!({"force": true, "ttl": "300ms"}));
    assert_eq!(held.response().status, 200);
    eventually("it is over", || entries(&buffy).is_empty());
    buffy.eventually_not_open();
    buffy.holding("/");
}

#[test]
fn the_gate_opens_only_for_the_version_that_is_expected() {
    let upstream = FakeUpstream::start();
    let page = |build: &str| json!({"status": "ok", "build": build});
    upstream.status_page("/_ping", 200, &page("1.4.1"));
    let buffy = by_ping(&upstream);
    buffy.eventually_open();

    let answer = buffy.api(
        "PUT",
        "gates/up/expect_version",
        &json!({"if": "build=\"1.4.2\""}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut held = buffy.holding("/");
    let polls = upstream.polls();
    eventually("it is polled again", || upstream.polls() > polls + 3);
    assert_eq!(buffy.held(), 1, "the old version answers, however often");

    upstream.status_page("/_ping", 200, &page("1.4.2"));
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_close_by_rule_holds_what_it_matches_and_lets_the_rest_pass() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    post(
        &buffy,
        "close",
        &json!({"hold": "path=\"/api/*\" && !header.x-smoke"}),
    );
    assert_eq!(buffy.get("/other").status, 200);
    let smoke = buffy
        .client()
        .get_with("/api/items", &[("X-Smoke", "1")])
        .response();
    assert_eq!(smoke.status, 200);
    let mut held = buffy.holding("/api/items");
    assert_eq!(
        buffy.get("/other").status,
        200,
        "nobody waits behind what a rule holds"
    );
    // Another rule that does not match it, and back: it is judged anew, and stays.
    let other = post(&buffy, "close", &json!({"hold": "path=/other"}));
    let mut second = buffy.holding("/other");
    post(&buffy, "open", &json!({"token": other["token"]}));
    assert_eq!(second.response().status, 200);
    assert_eq!(buffy.held(), 1);
    post(&buffy, "open", &Value::Null);
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_close_is_kept_with_all_that_was_said_of_it() {
    let upstream = FakeUpstream::start();
    let folder = Arc::new(TempFolder::new());
    let text = forwarding(&upstream.url(), More::default());
    let mut buffy = TestBuffy::start_in(&folder, &text);
    buffy.eventually_open();
    let rule = "path=\"/api/*\"";
    let close = post(
        &buffy,
        "close",
        &json!({"actor": "ci", "ttl": "1h", "on_expiry": "stop", "hold": rule}),
    );
    post(
        &buffy,
        "stop",
        &json!({"actor": "ann", "message": "moving", "until": "2030-01-01T00:00:00Z"}),
    );
    let before = entries(&buffy);
    buffy.stop();

    let buffy = TestBuffy::start_in(&folder, &text);
    assert_eq!(entries(&buffy), before);
    let lifted = post(&buffy, "open", &json!({"token": close["token"]}));
    assert_eq!(lifted["lifted"][0]["actor"], "ci");
}

fn by_ping(upstream: &FakeUpstream) -> TestBuffy {
    let autogate = format!(
        "interval: 100, autogate: {{uri: \"{}/_ping\", matches: [\
         {{id: ok, type: json, if: 'status=ok', then: OPEN}}, \
         {{id: error, type: json, if: 'status=error', then: CLOSE}}]}}",
        upstream.url()
    );
    TestBuffy::forwarding(
        upstream,
        More {
            upstream: &autogate,
            ..More::default()
        },
    )
}
