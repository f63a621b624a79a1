//! How many are on their way to a target at once, and in which order they go (semantics of §6).

use buffy_test::{FakeUpstream, RawClient, Reply, eventually, for_a_while};
use serde_json::Value;

use crate::kit::{More, TestBuffy};

/// Those who are held, in the order in which they go.
fn in_order(buffy: &TestBuffy) -> Vec<String> {
    let answer = buffy.admin("GET", "/_admin/api/v1/held?upstream=up&limit=10000");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let held = answer.json().get("held").and_then(Value::as_array).cloned();
    let path = |one: &Value| {
        let path = one.get("path").and_then(Value::as_str);
        path.unwrap_or_default().to_owned()
    };
    held.unwrap_or_default().iter().map(path).collect()
}

fn targets(upstream: &FakeUpstream) -> Vec<String> {
    let requests = upstream.requests().into_iter();
    requests.map(|one| one.target).collect()
}

fn slow_gate(upstream: &FakeUpstream, more: &str) -> TestBuffy {
    let buffy = TestBuffy::forwarding(
        upstream,
        More {
            upstream: more,
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy
}

#[test]
fn test_07_five_thousand_go_in_order_twenty_at_a_time() {
    const HELD: usize = 5_000;
    const AT_ONCE: usize = 20;
    let upstream = FakeUpstream::start();
    // Whoever is not sent within the patience is overtaken, so it is longer than a task may sleep;
    // and as many go at first as may, since nobody is answered meanwhile.
    let release = "max_inflight: 20, release: {start: 20, patience: 20s}";
    let buffy = slow_gate(&upstream, release);
    buffy.gate("close");
    let mut clients: Vec<RawClient> = (0..HELD)
        .map(|number| buffy.asking(&format!("/{number}")))
        .collect();
    buffy.eventually_holds(HELD);
    let order = in_order(&buffy);
    assert_eq!(order.len(), HELD);
    // Nobody is answered before as many are there as may be.
    upstream.pause();

    buffy.gate("open");
    eventually("as many as may be are there", || {
        upstream.under_way() == AT_ONCE
    });
    for_a_while(
        "no more are there",
        std::time::Duration::from_millis(50),
        || upstream.under_way() == AT_ONCE,
    );
    upstream.resume();

    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(upstream.peak(), AT_ONCE);
    let came = targets(&upstream);
    assert_eq!(came.len(), HELD, "each came once");
    let place: std::collections::HashMap<&str, usize> = order
        .iter()
        .enumerate()
        .map(|(place, target)| (target.as_str(), place))
        .collect();
    let farthest = came
        .iter()
        .enumerate()
        .map(|(at, target)| at.abs_diff(place[target.as_str()]))
        .max();
    assert!(farthest < Some(AT_ONCE), "{farthest:?} places from his");
}

#[test]
fn one_at_a_time_they_come_exactly_as_they_stood() {
    let upstream = FakeUpstream::start();
    let buffy = slow_gate(&upstream, "max_inflight: 1");
    buffy.gate("close");
    let mut clients: Vec<RawClient> = (0..300)
        .map(|number| buffy.asking(&format!("/{number}")))
        .collect();
    buffy.eventually_holds(300);
    let order = in_order(&buffy);
    buffy.gate("open");
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(targets(&upstream), order);
    assert_eq!(upstream.peak(), 1);
}

#[test]
fn a_full_target_holds_those_who_come_and_says_so() {
    let upstream = FakeUpstream::start();
    let buffy = slow_gate(&upstream, "max_inflight: 2");
    upstream.pause();
    let mut first = [buffy.asking("/1"), buffy.asking("/2")];
    eventually("two are there", || upstream.under_way() == 2);
    let mut waiting = [buffy.holding("/3"), buffy.holding("/4")];
    let status = buffy.admin("GET", "/_admin/status").text();
    assert!(status.contains("saturated: all of"), "{status}");
    assert!(buffy.is_open(), "a full target is no closed gate");
    assert_eq!(upstream.under_way(), 2);

    upstream.resume();
    for client in first.iter_mut().chain(&mut waiting) {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(upstream.peak(), 2);
    let status = buffy.admin("GET", "/_admin/status").text();
    assert!(!status.contains("saturated: all of"), "{status}");
}

#[test]
fn a_slot_of_a_client_that_leaves_is_free_again() {
    let upstream = FakeUpstream::start();
    let buffy = slow_gate(&upstream, "max_inflight: 1");
    for _ in 0..20 {
        upstream.reply_next(Reply::silent());
        let before = upstream.count();
        let leaver = buffy.asking("/leaver");
        eventually("it is there", || upstream.count() > before);
        let mut next = buffy.holding("/next");
        leaver.reset();
        assert_eq!(next.response().status, 200);
    }
    buffy.eventually_holds(0);
    eventually("nothing is on its way", || buffy.inflight() == 0);
}
