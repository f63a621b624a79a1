//! Drains: closing, and waiting until nothing that the close holds is on its way.

use std::time::Duration;

use buffy_test::{FakeUpstream, RawClient, Reply, Step, eventually};
use serde_json::{Value, json};

use crate::kit::{TestBuffy, api_request};

/// A request of the admin API whose answer is waited for elsewhere.
fn closing(buffy: &TestBuffy, body: &Value) -> RawClient {
    let mut client = RawClient::connect(buffy.admin_port());
    client.send(api_request("POST", "gates/up/close", body));
    eventually("the close stands", || stands(buffy));
    client
}

fn stands(buffy: &TestBuffy) -> bool {
    let gate = buffy.api("GET", "gates/up", &Value::Null).json();
    gate["operator"]
        .as_array()
        .is_some_and(|all| !all.is_empty())
}

/// An upstream that answers nobody until it is resumed, and so many requests on their way to it.
fn under_way(upstream: &FakeUpstream, buffy: &TestBuffy, count: usize) -> Vec<RawClient> {
    buffy.eventually_open();
    upstream.pause();
    let clients = (0..count).map(|_| buffy.asking("/under-way")).collect();
    eventually("they are under way", || upstream.under_way() == count);
    clients
}

#[test]
fn a_drain_is_over_when_what_was_under_way_is_answered() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 3);
    let mut drain = closing(&buffy, &json!({"drain": "30s", "actor": "ci"}));
    let mut held = buffy.holding("/held");
    drain.stays_silent(Duration::from_millis(50));

    upstream.resume();
    let answer = drain.response();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["inflight"], 0);
    assert_eq!(answer.json()["reasons"], json!(["closed by ci"]));
    assert!(
        clients
            .iter_mut()
            .all(|client| client.response().status == 200)
    );
    assert_eq!((buffy.held(), upstream.count()), (1, 3));

    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_drain_that_takes_too_long_says_what_is_left_and_the_close_stands() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 2);
    let answer = buffy.api("POST", "gates/up/close", &json!({"drain": "50ms"}));
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(answer.json()["left"], json!({"inflight": 2, "endless": 0}));
    assert!(stands(&buffy));
    upstream.resume();
    assert!(
        clients
            .iter_mut()
            .all(|client| client.response().status == 200)
    );
}

#[test]
fn test_03_a_lift_during_a_drain_gives_nobody_a_5xx() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 5);
    for round in 1..=5 {
        let mut drain = closing(&buffy, &json!({"drain": "30s"}));
        let mut held = buffy.holding("/held");
        buffy.gate("open");
        let answer = drain.response();
        assert_eq!(answer.status, 409, "it was lifted: {}", answer.text());
        eventually("the held one goes on", || {
            upstream.under_way() == 4 + 2 * round
        });
        clients.push(held);
        held = buffy.asking("/new");
        eventually("a new one passes", || upstream.count() == 5 + 2 * round);
        clients.push(held);
        eventually("all are under way", || {
            upstream.under_way() == 5 + 2 * round
        });
    }
    upstream.resume();
    let statuses: Vec<_> = clients
        .iter_mut()
        .map(|client| client.response().status)
        .collect();
    assert_eq!(statuses, vec![200; 15]);
}

#[test]
fn a_drain_of_writes_waits_for_no_read() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut read = under_way(&upstream, &buffy, 1).remove(0);
    let answer = buffy.api(
        "POST",
        "gates/up/close",
        &json!({"drain": "30s", "hold": "writes"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    buffy.gate("open");

    let mut write = buffy.client();
    write.post("/write", b"x");
    eventually("the write is under way", || upstream.under_way() == 2);
    let mut drain = closing(&buffy, &json!({"drain": "30s", "hold": "writes"}));
    drain.stays_silent(Duration::from_millis(50));
    upstream.resume();
    assert_eq!(drain.response().status, 200);
    assert_eq!(
        (read.response().status, write.response().status),
        (200, 200)
    );
}

#[test]
fn a_drain_of_a_rule_waits_for_whoever_was_admitted_before_it() {
    let upstream = FakeUpstream::start();
    for path in ["/a", "/b"] {
        let reply = Reply::script([Step::ReadBody, Step::WaitToBeTold, Step::Echo]);
        upstream.reply(path, reply);
    }
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let mut before = buffy.asking("/b");
    eventually("it is under way", || upstream.under_way() == 1);
    let mut drain = closing(&buffy, &json!({"drain": "30s", "hold": "path=/a"}));
    let mut held = buffy.holding("/a");
    let mut since = buffy.asking("/b");
    eventually("what the rule does not hold passes", || {
        upstream.under_way() == 2
    });
    drain.stays_silent(Duration::from_millis(50));

    upstream.tell();
    assert_eq!(before.response().status, 200);
    let answer = drain.response();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        upstream.under_way(),
        1,
        "whoever came since is not waited for"
    );

    buffy.gate("open");
    eventually("the held one goes", || upstream.under_way() == 2);
    upstream.tell();
    upstream.tell();
    assert_eq!(
        (held.response().status, since.response().status),
        (200, 200)
    );
}

#[test]
fn a_lease_begins_when_the_drain_is_over() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 1);
    let mut drain = closing(&buffy, &json!({"drain": "1h", "ttl": "300ms"}));
    let mut held = buffy.holding("/held");
    // Far longer than the lease lasts, once it has begun.
    drain.stays_silent(Duration::from_millis(600));
    assert_eq!(buffy.held(), 1);

    upstream.resume();
    assert_eq!(drain.response().status, 200);
    assert_eq!(clients[0].response().status, 200);
    assert_eq!(
        held.response().status,
        200,
        "the lease ran out, and the close with it"
    );
    assert!(!stands(&buffy));
}
