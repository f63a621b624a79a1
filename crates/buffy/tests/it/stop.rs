//! How Buffy ends: nobody is left without an answer.

use std::time::Duration;

use buffy_test::{Broken, FakeUpstream, RawClient, Reply, Step, eventually, for_a_while};

use crate::kit::{More, TestBuffy, admin};

#[test]
fn the_held_keep_waiting_while_the_admin_can_still_open_the_gate() {
    let upstream = FakeUpstream::start();
    let mut buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut clients: Vec<_> = (0..20).map(|_| buffy.asking("/")).collect();
    buffy.eventually_holds(20);
    let (port, admin_port) = (buffy.port(), buffy.admin_port());

    let stopping = buffy.begin_stop();
    eventually("it is not ready", || {
        admin(admin_port, "GET", "/readyz").status == 503
    });
    eventually("the listener is closed", || {
        RawClient::try_connect(port).is_err()
    });
    for_a_while("all wait", Duration::from_millis(50), || {
        !clients.iter_mut().any(RawClient::has_answer) && !stopping.is_finished()
    });
    assert_eq!(admin(admin_port, "GET", "/livez").status, 200);

    let opened = admin(admin_port, "POST", "/_admin/gate?upstream=up&action=open");
    assert_eq!(opened.status, 200);
    for client in &mut clients {
        let answer = client.response();
        assert_eq!(
            (answer.status, answer.field("connection")),
            (200, Some("close"))
        );
    }
    stopping.join().unwrap();
    assert!(RawClient::try_connect(admin_port).is_err());
    assert_eq!(upstream.count(), 20);
}

#[test]
fn the_held_are_answered_when_the_backend_comes_back_in_time() {
    let upstream = FakeUpstream::absent();
    let mut buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients: Vec<_> = (0..20).map(|_| buffy.asking("/")).collect();
    buffy.eventually_holds(20);
    let stopping = buffy.begin_stop();
    upstream.listen();
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    stopping.join().unwrap();
}

#[test]
fn what_cannot_be_held_any_longer_is_told_to_come_back() {
    let upstream = FakeUpstream::absent();
    let more = More {
        buffy: "shutdown: {hold: 300ms}",
        ..More::default()
    };
    let mut buffy = TestBuffy::forwarding(&upstream, more);
    let mut clients: Vec<_> = (0..5).map(|_| buffy.asking("/")).collect();
    buffy.eventually_holds(5);
    let stopping = buffy.begin_stop();
    for client in &mut clients {
        let answer = client.response();
        assert_eq!(
            (answer.status, answer.field("connection")),
            (503, Some("close"))
        );
        assert_eq!(answer.field("retry-after"), Some("1"));
        assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
        assert!(client.is_ended());
    }
    stopping.join().unwrap();
}

#[test]
fn what_is_in_flight_ends_and_what_comes_on_an_idle_connection_is_the_last() {
    let upstream = FakeUpstream::start();
    let mut buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let mut idle = buffy.client();
    assert_eq!(idle.get("/").response().status, 200);
    upstream.reply("/slow", Reply::silent());
    let mut slow = buffy.asking("/slow");
    eventually("it is under way", || upstream.under_way() == 1);

    let port = buffy.port();
    let stopping = buffy.begin_stop();
    eventually("the listener is closed", || {
        RawClient::try_connect(port).is_err()
    });
    // A worker that has nothing under way is gone already, and has closed its connections.
    match idle.get("/last").try_response() {
        Ok(last) => assert_eq!(
            (last.status, last.field("connection")),
            (200, Some("close"))
        ),
        Err(broken) => assert!(matches!(broken, Broken::Closed | Broken::Reset)),
    }
    assert!(idle.is_ended());
    assert!(!slow.has_answer() && !stopping.is_finished());
    upstream.tell();
    let answer = slow.response();
    assert_eq!(
        (answer.status, answer.field("connection")),
        (200, Some("close"))
    );
    stopping.join().unwrap();
}

#[test]
fn what_is_in_flight_for_longer_than_the_grace_is_cut() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "shutdown: {grace: 300ms}",
        ..More::default()
    };
    let mut buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    upstream.reply("/slow", Reply::silent());
    let mut slow = buffy.asking("/slow");
    eventually("it is under way", || upstream.under_way() == 1);
    buffy.begin_stop().join().unwrap();
    assert!(
        slow.try_response()
            .map_or(true, |answer| answer.status >= 500)
    );
}

#[test]
fn readiness_fails_before_the_listeners_close() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "shutdown: {delay: 1s}",
        ..More::default()
    };
    let mut buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let (port, admin_port) = (buffy.port(), buffy.admin_port());
    let stopping = buffy.begin_stop();
    eventually("it is not ready", || {
        admin(admin_port, "GET", "/readyz").status == 503
    });
    assert_eq!(
        buffy_test::get(port, "/").status,
        200,
        "it serves during the delay"
    );
    stopping.join().unwrap();
    assert!(RawClient::try_connect(port).is_err());
}

#[test]
fn the_ports_are_free_when_it_has_stopped() {
    let upstream = FakeUpstream::start();
    let mut buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    assert_eq!(buffy.get("/").status, 200);
    let ports = [buffy.port(), buffy.admin_port()];
    buffy.stop();
    for port in ports {
        assert!(RawClient::try_connect(port).is_err());
    }
}

#[test]
fn all_who_connected_before_the_end_are_answered() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "workers: 1",
        listener: "connections_max: 1",
        ..More::default()
    };
    let mut buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut first = buffy.client();
    assert_eq!(first.get("/first").response().status, 200);
    let mut clients: Vec<_> = (0..300).map(|_| buffy.asking("/")).collect();
    buffy.begin_stop();
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
}

#[test]
fn a_last_answer_is_read_although_the_next_request_was_sent_already() {
    let upstream = FakeUpstream::start();
    let large = "x".repeat(1024 * 1024);
    upstream.reply_next(Reply::script([
        Step::WaitToBeTold,
        Step::Send(
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{large}",
                large.len()
            )
            .into(),
        ),
    ]));
    let mut buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let mut client = buffy.asking("/");
    eventually("it is under way", || upstream.under_way() == 1);
    let (port, admin_port) = (buffy.port(), buffy.admin_port());
    let _stopping = buffy.begin_stop();
    eventually("the listener is closed", || {
        RawClient::try_connect(port).is_err()
    });
    upstream.tell();
    eventually("it is answered, or all is over", || {
        RawClient::try_connect(admin_port).is_err() || buffy.inflight() == 0
    });
    client.get("/next");
    let answer = client.response();
    assert_eq!(
        (answer.status, answer.field("connection")),
        (200, Some("close"))
    );
    assert_eq!(answer.body.len(), large.len());
}
