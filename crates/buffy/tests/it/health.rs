//! What a load balancer in front sees of an upstream's gate (semantics of §8).

use buffy_test::{FakeUpstream, RawClient, Reply, eventually, request};

use crate::kit::{More, TestBuffy, admin, outcome};

const UP: More<'_> = More {
    upstream: "gate: {health_path: /up}",
    buffy: "",
    listener: "",
    admin: "",
    endpoint: "",
    endpoints: "",
};

#[test]
fn test_17_the_outer_health_path_is_good_while_closed_and_readiness_fails_first_on_shutdown() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "shutdown: {delay: 60s}",
        ..UP
    };
    let mut buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    buffy.gate("close");
    let mut outer = buffy.client();
    for _ in 0..3 {
        let answer = outer.get("/up").response();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.field("x-buffy-gate"), Some("closed"));
        assert_eq!(answer.field("cache-control"), Some("no-store"));
        assert_eq!(answer.text(), "held by buffy");
    }
    assert_eq!((buffy.held(), upstream.count()), (0, 0));

    let (port, admin_port) = (buffy.port(), buffy.admin_port());
    let stopping = buffy.begin_stop();
    eventually("readiness fails", || {
        admin(admin_port, "GET", "/readyz").status == 503
    });

    let mut outer = RawClient::connect(port);
    assert_eq!(outer.get("/up").response().status, 200, "still accepted");
    drop(stopping);
}

#[test]
fn a_gate_that_is_open_is_passed_and_the_upstream_answers_for_itself() {
    let upstream = FakeUpstream::start();
    upstream.reply("/up", Reply::text(418, "a teapot"));
    let buffy = TestBuffy::forwarding(&upstream, UP);
    buffy.eventually_open();

    let answer = buffy.get("/up?x=1");

    assert_eq!((answer.status, answer.text()), (418, "a teapot".to_owned()));
    assert_eq!(answer.field("x-buffy-gate"), None);
}

#[test]
fn an_upstream_that_is_down_counts_as_held() {
    let upstream = FakeUpstream::absent();
    let buffy = TestBuffy::forwarding(&upstream, UP);

    let answer = buffy.get("/up");

    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("x-buffy-gate"), Some("down"));
}

#[test]
fn one_that_dies_under_the_question_counts_as_held() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(&upstream, UP);
    buffy.eventually_open();
    upstream.kill();

    let answer = buffy.get("/up");

    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.field("x-buffy-gate"), Some("down"));
}

#[test]
fn a_stop_is_told() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(&upstream, UP);
    buffy.gate("stop");

    let answer = buffy.get("/up");

    assert_eq!(answer.status, 503);
    assert_eq!(outcome(&answer), "stopped");
}

#[test]
fn only_that_path_and_only_to_look() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(&upstream, UP);
    buffy.gate("close");

    let mut client = buffy.client();
    client.send(request("HEAD", "/up", &[], b""));
    let answer = client.response_to_head();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("content-length"), Some("13"));
    assert_eq!(answer.text(), "");

    let mut held = Vec::new();
    for (method, target) in [("POST", "/up"), ("GET", "/up/"), ("GET", "/UP")] {
        let mut client = buffy.client();
        client.send(request(method, target, &[], b""));
        held.push(client);
        buffy.eventually_holds(held.len());
    }
}
