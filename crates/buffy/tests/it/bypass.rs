//! Signed values that pass a closed gate (semantics of §9).

use std::time::Duration;

use buffy::bypass::Signer;
use buffy_test::{FakeUpstream, RawClient, Reply, eventually, request};

use crate::kit::{More, TestBuffy, forwarding, outcome, read};

const SECRET: &str = "0123456789abcdef";
const FIELD: &str = "X-Buffy-Bypass";

/// A Buffy whose gate knows values signed with the secret, and one that is good.
fn start(upstream: &FakeUpstream, more: More<'_>) -> (TestBuffy, String) {
    let gate = format!("gate: {{bypass: {{secret: {SECRET}}}}}");
    let more = More {
        upstream: &gate,
        ..more
    };
    (TestBuffy::forwarding(upstream, more), value(more, 2 << 40))
}

fn value(more: More<'_>, expires: u64) -> String {
    let text = forwarding("http://127.0.0.1:1", more);
    let config = read(std::path::Path::new("/"), &text);
    let signer = config.upstreams.first().and_then(Signer::of);
    signer.expect("`up` has a bypass").value(expires)
}

fn asking(buffy: &TestBuffy, name: &str, value: &str) -> RawClient {
    let mut client = buffy.client();
    client.get_with("/smoke", &[(name, value)]);
    client
}

#[test]
fn a_signed_value_passes_the_closed_gate_and_everybody_else_is_held() {
    let upstream = FakeUpstream::start();
    let (buffy, value) = start(&upstream, More::default());
    buffy.eventually_open();
    buffy.gate("close");
    let mut held = buffy.holding("/held");

    let answer = asking(&buffy, FIELD, &value).response();

    assert_eq!(answer.status, 200);
    assert_eq!(buffy.held(), 1, "the other one still waits");
    let received = upstream.requests().remove(0);
    assert_eq!(received.target, "/smoke");
    assert_eq!(received.field(FIELD), None, "it is not forwarded");
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_cookie_does_as_well_and_is_taken_out_of_the_others() {
    let upstream = FakeUpstream::start();
    let (buffy, value) = start(&upstream, More::default());
    buffy.eventually_open();
    buffy.gate("close");

    let jar = format!("a=1; {FIELD}={value}; b=2");
    assert_eq!(asking(&buffy, "Cookie", &jar).response().status, 200);
    let alone = format!("{FIELD}={value}");
    assert_eq!(asking(&buffy, "Cookie", &alone).response().status, 200);

    let received = upstream.requests();
    assert_eq!(received[0].field("cookie"), Some("a=1; b=2"));
    assert_eq!(received[1].field("cookie"), None);
}

#[test]
fn a_field_of_another_name_carries_it_and_is_never_forwarded() {
    let upstream = FakeUpstream::start();
    let gate = format!("gate: {{bypass: {{header: X-Smoke, secret: {SECRET}}}}}");
    let more = More {
        upstream: &gate,
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    buffy.gate("close");

    let good = value(more, 2 << 40);
    assert_eq!(asking(&buffy, "x-smoke", &good).response().status, 200);
    buffy.gate("open");
    assert_eq!(asking(&buffy, "X-Smoke", "guessed").response().status, 200);

    for received in upstream.requests() {
        assert_eq!(received.field("x-smoke"), None);
    }
}

#[test]
fn whatever_is_no_good_value_waits_like_everybody_else() {
    let upstream = FakeUpstream::start();
    let (buffy, good) = start(
        &upstream,
        More {
            endpoint: "timeout: 1",
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy.gate("close");
    let gate = format!("gate: {{bypass: {{secret: {SECRET}}}}}");
    let expired = value(
        More {
            upstream: &gate,
            ..More::default()
        },
        1_000,
    );
    for bad in [expired.as_str(), "", &good[..good.len() - 1]] {
        let answer = asking(&buffy, FIELD, bad).response();
        assert_eq!(outcome(&answer), "hit_timeout", "{bad}");
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_stop_is_never_passed() {
    let upstream = FakeUpstream::start();
    let (buffy, value) = start(&upstream, More::default());
    buffy.eventually_open();
    buffy.gate("stop");

    let answer = asking(&buffy, FIELD, &value).response();

    assert_eq!(outcome(&answer), "stopped");
    assert_eq!(upstream.count(), 0);
}

#[test]
fn where_no_target_is_up_it_waits_outside_of_the_queue() {
    let upstream = FakeUpstream::absent();
    let (buffy, value) = start(&upstream, More::default());
    buffy.gate("close");
    let mut smoke = asking(&buffy, FIELD, &value);
    let mut held = buffy.holding("/held");
    smoke.stays_silent(Duration::from_millis(50));
    assert_eq!(buffy.held(), 1, "it has no place in the queue");

    upstream.listen();

    assert_eq!(smoke.response().status, 200);
    assert_eq!(buffy.held(), 1);
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn one_that_waits_for_a_target_is_turned_away_by_a_stop_and_at_its_deadline() {
    let upstream = FakeUpstream::absent();
    let (buffy, value) = start(&upstream, More::default());
    let mut stopped = asking(&buffy, FIELD, &value);
    let short = [(FIELD, value.as_str()), ("Prefer", "wait=1")];
    let answer = buffy.client().get_with("/", &short).response();
    assert_eq!(outcome(&answer), "hit_timeout");

    buffy.gate("stop&message=moved");

    let answer = stopped.response();
    assert_eq!(outcome(&answer), "stopped");
}

#[test]
fn those_who_wait_for_a_target_are_counted_by_the_process() {
    let upstream = FakeUpstream::absent();
    let (buffy, value) = start(
        &upstream,
        More {
            buffy: "limits: {held: 1}",
            ..More::default()
        },
    );
    let mut clients = [(); 2].map(|()| asking(&buffy, FIELD, &value));

    // One of the two has the only place.
    let mut refused = None;
    eventually("one of them is turned away", || {
        refused = clients.iter_mut().position(RawClient::has_answer);
        refused.is_some()
    });
    let [first, second] = &mut clients;
    let (refused, waits) = match refused {
        Some(0) => (first, second),
        _ => (second, first),
    };
    assert_eq!(outcome(&refused.response()), "hit_max_queue");
    waits.stays_silent(Duration::from_millis(20));

    drop(clients);

    eventually("the place is free again", || {
        let short = [(FIELD, value.as_str()), ("Prefer", "wait=1")];
        let answer = buffy.client().get_with("/", &short).response();
        outcome(&answer) == "hit_timeout"
    });
}

#[test]
fn a_target_that_refuses_it_is_tried_again_and_the_gate_learns_nothing() {
    let upstream = FakeUpstream::start();
    // So rarely that no probe tells in this test.
    let gate = format!("interval: 600000, gate: {{bypass: {{secret: {SECRET}}}}}");
    let more = More {
        upstream: &gate,
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    buffy.gate("close");
    upstream.refuse();
    let mut smoke = asking(&buffy, FIELD, &value(more, 2 << 40));
    smoke.stays_silent(Duration::from_millis(50));
    assert_eq!(buffy.metric("buffy_upstream_up{upstream=\"up\"}"), 1);

    upstream.listen();

    assert_eq!(smoke.response().status, 200);
}

#[test]
fn a_drain_does_not_wait_for_it() {
    let upstream = FakeUpstream::start();
    upstream.reply("/smoke", Reply::silent());
    let (buffy, value) = start(&upstream, More::default());
    buffy.eventually_open();
    buffy.gate("close");
    let smoke = asking(&buffy, FIELD, &value);
    eventually("it is on its way", || upstream.under_way() == 1);

    let drained = buffy.gate("close&drain=60s");

    assert_eq!(drained.status, 200, "{}", drained.text());
    assert_eq!(upstream.under_way(), 1);
    drop(smoke);
}

#[test]
fn a_request_whose_connection_is_lost_is_repeated_by_the_same_rules() {
    let upstream = FakeUpstream::start();
    let (buffy, value) = start(&upstream, More::default());
    buffy.eventually_open();
    buffy.gate("close");
    upstream.reply_next(Reply::close_unanswered());
    assert_eq!(asking(&buffy, FIELD, &value).response().status, 200);
    assert_eq!(upstream.count(), 2, "a GET is sent again");

    upstream.reply_next(Reply::close_unanswered());
    let post = request("POST", "/", &[(FIELD, &value)], b"x");
    let answer = buffy.client().send(post).response();
    assert_eq!(answer.status, 502);
    assert_eq!(answer.field("x-buffy-forwarded"), Some("maybe"));
    assert!(!buffy.is_open());
}
