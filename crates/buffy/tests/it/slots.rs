//! How many are on their way to a target at once, in which order, and to which target they go.

use buffy_test::{FakeUpstream, RawClient, Reply, eventually, for_a_while};
use serde_json::Value;

use crate::kit::{More, TestBuffy};

/// Those who are held, in the order in which they go.
fn in_order(buffy: &TestBuffy) -> Vec<String> {
    let answer = buffy.admin("GET", "/_admin/api/v1/held?upstream=up&limit=10000");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let held = answer.json()["held"].as_array().cloned();
    let path = |one: &Value| one["path"].as_str().unwrap_or_default().to_owned();
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
    let buffy = slow_gate(&upstream, "max_inflight: 20, release: {patience: 50ms}");
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
    assert_eq!(targets(&upstream)[2..], ["/3", "/4"]);
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

/// A Buffy with one worker, so that turns are taken by it alone, before these targets.
fn before(targets: &[(&FakeUpstream, u32)], more: &str) -> TestBuffy {
    let each: Vec<String> = targets
        .iter()
        .map(|(target, weight)| format!("{{url: \"{}\", weight: {weight}}}", target.url()))
        .collect();
    let text = format!(
        "version: 0.1\n\
         buffy: {{listen: [{{id: public, bind: 127.0.0.1, port: 0}}], \
         admin: {{bind: 127.0.0.1, port: 0}}, workers: 1}}\n\
         upstreams:\n- {{id: up, targets: [{}], interval: 50, {more}}}\n\
         endpoints:\n- {{id: all, path: /, type: proxy, upstream: up, timeout: 60}}\n",
        each.join(", ")
    );
    let buffy = TestBuffy::start(&text);
    buffy.eventually_open();
    for (target, _) in targets {
        eventually_up(&buffy, target);
    }
    buffy
}

fn eventually_up(buffy: &TestBuffy, target: &FakeUpstream) {
    let url = target.url();
    eventually("the target is up", || state_of(buffy, &url) == "up");
}

fn state_of(buffy: &TestBuffy, url: &str) -> String {
    let status = buffy.admin("GET", "/_admin/api/v1/gates/up").json();
    let targets = status["targets"].as_array().cloned().unwrap_or_default();
    let own = targets.iter().find(|one| one["url"] == *url);
    own.and_then(|one| one["state"].as_str())
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn turns_are_taken_by_weight() {
    let (heavy, light) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = before(&[(&heavy, 2), (&light, 1)], "max_inflight: 0");
    for number in 0..30 {
        assert_eq!(buffy.get(&format!("/{number}")).status, 200);
    }
    assert_eq!((heavy.count(), light.count()), (20, 10));
}

#[test]
fn the_target_with_the_fewest_on_their_way_is_next() {
    let (busy, idle) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = before(&[(&busy, 1), (&idle, 1)], "balance: least_inflight");
    busy.pause();
    let mut stuck = buffy.asking("/stuck");
    eventually("it is there", || busy.under_way() == 1);
    for number in 0..10 {
        assert_eq!(buffy.get(&format!("/{number}")).status, 200);
    }
    assert_eq!((busy.count(), idle.count()), (1, 10));
    busy.resume();
    assert_eq!(stuck.response().status, 200);
}

#[test]
fn the_first_that_is_up_is_used_and_one_that_comes_back_again() {
    let (first, second) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = before(&[(&first, 1), (&second, 1)], "balance: first");
    assert_eq!(buffy.get("/1").status, 200);
    assert_eq!((first.count(), second.count()), (1, 0));

    first.kill();
    for number in 0..5 {
        assert_eq!(buffy.get(&format!("/{number}")).status, 200);
    }
    assert_eq!((first.count(), second.count()), (1, 5));

    first.listen();
    eventually_up(&buffy, &first);
    assert_eq!(buffy.get("/back").status, 200);
    assert_eq!((first.count(), second.count()), (2, 5));
}

#[test]
fn each_target_takes_as_many_as_it_may() {
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = before(&[(&one, 1), (&other, 1)], "max_inflight: 3");
    one.pause();
    other.pause();
    let mut clients: Vec<_> = (0..10)
        .map(|number| buffy.asking(&format!("/{number}")))
        .collect();
    eventually("both are full", || {
        (one.under_way(), other.under_way()) == (3, 3)
    });
    buffy.eventually_holds(4);
    one.resume();
    other.resume();
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!((one.peak(), other.peak()), (3, 3));
}
