//! Interim responses, and clients that ask whether to go on with their bodies.

use std::time::Duration;

use buffy_test::{FakeUpstream, Reply, Step, for_a_while};

use crate::kit::{More, TestBuffy};

fn open(upstream: &FakeUpstream) -> TestBuffy {
    let buffy = TestBuffy::forwarding_to(upstream);
    buffy.eventually_open();
    buffy
}

#[test]
fn the_upstreams_100_is_relayed_to_a_client_that_expects_it() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.head().status, 100);
    assert_eq!(
        upstream.requests().remove(0).field("expect"),
        Some("100-continue")
    );
    client.send("hello");
    assert_eq!(client.response().text(), "hello");
    assert_eq!(client.get("/next").response().text(), "GET /next");
}

#[test]
fn a_client_that_waits_for_its_100_is_not_blamed_for_the_upstream() {
    let upstream = FakeUpstream::start();
    upstream.reply("/", Reply::script([Step::WaitToBeTold]));
    let more = More {
        endpoint: "timeouts: {body_idle: 100ms, first_byte: 300ms}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let answer = client.response();
    assert_eq!(
        (answer.status, answer.field("x-buffy-forwarded")),
        (504, Some("yes"))
    );
}

#[test]
fn a_client_that_was_told_to_go_on_and_does_not_is_too_slow() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "timeouts: {body_idle: 300ms, first_byte: 10m}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.head().status, 100);
    assert_eq!(client.response().status, 408);
}

#[test]
fn a_client_that_does_not_wait_for_its_100_may_take_its_time() {
    let upstream = FakeUpstream::start();
    // It reads and never says that the client may go on, as many servers do.
    let continued = Reply::script([Step::WaitToBeTold, Step::ReadBody, Step::Echo]);
    upstream.reply("/", continued);
    let more = More {
        endpoint: "timeouts: {body_idle: 10s, first_byte: 1s}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    for byte in [b"s", b"l", b"o"] {
        client.send(byte);
        for_a_while("it is under way", Duration::from_millis(500), || {
            !client.has_answer()
        });
    }
    client.send(b"w");
    upstream.tell();
    assert_eq!(client.response().text(), "slow");
}

#[test]
fn a_final_answer_instead_of_a_100_is_relayed() {
    let upstream = FakeUpstream::start();
    let refusal = "HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    upstream.reply(
        "/",
        Reply::script([Step::Send(refusal.into()), Step::Close]),
    );
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.response().status, 417);
}

#[test]
fn other_expectations_fail_and_1_0_ones_are_ignored() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.get_with("/", &[("Expect", "a-miracle")]);
    assert_eq!(client.response().status, 417);
    let mut old = buffy.client();
    old.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    let answer = old.response();
    assert_eq!((answer.text(), answer.interim.len()), ("ok".into(), 0));
}

#[test]
fn a_100_that_nobody_expects_goes_no_further() {
    let upstream = FakeUpstream::start();
    let unasked = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    upstream.reply("/", Reply::raw(unasked));
    let buffy = open(&upstream);
    let answer = buffy.get("/");
    assert_eq!((answer.interim.len(), answer.text()), (0, "ok".into()));
}

#[test]
fn interim_responses_are_relayed_to_those_who_understand_them() {
    let upstream = FakeUpstream::start();
    upstream.reply(
        "/hints",
        Reply::raw(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ),
    );
    let buffy = open(&upstream);
    let answer = buffy.get("/hints");
    let statuses: Vec<u16> = answer.interim.iter().map(|(status, _)| *status).collect();
    assert_eq!((statuses, answer.text()), (vec![103, 102], "ok".into()));
    assert!(
        answer.interim[0]
            .1
            .contains(&("Link".into(), "</a>".into()))
    );

    let mut old = buffy.client();
    old.send("GET /hints HTTP/1.0\r\n\r\n");
    let answer = old.response();
    assert_eq!((answer.interim.len(), answer.text()), (0, "ok".into()));
}

#[test]
fn too_many_interim_responses_and_an_unasked_101_are_502() {
    let upstream = FakeUpstream::start();
    let many = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(17) + "HTTP/1.1 204 No Content\r\n\r\n";
    upstream.reply("/many", Reply::raw(many));
    upstream.reply(
        "/101",
        Reply::raw("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
    );
    let buffy = open(&upstream);
    assert_eq!(buffy.get("/many").status, 502);
    assert_eq!(buffy.get("/101").status, 502);
}
