//! What happens to a request that waits, and to its client.

use std::time::{Duration, Instant};

use buffy_test::{FakeUpstream, RawClient, Reply, Step, eventually, for_a_while, request};

use crate::kit::{More, TestBuffy, outcome};

#[test]
fn a_held_request_is_answered_when_the_gate_opens() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut held = buffy.client();
    held.send(request("GET", "/x", &[("X-Id", "7")], b""));
    buffy.eventually_holds(1);
    held.stays_silent(Duration::from_millis(50));
    assert_eq!(upstream.count(), 0);

    buffy.gate("open");

    let answer = held.response();
    assert_eq!((answer.status, answer.field("x-id")), (200, Some("7")));
    let waited: u64 = answer.field("x-buffy-held-ms").unwrap().parse().unwrap();
    assert!((50..20_000).contains(&waited), "{waited}");
    assert_eq!(answer.field("x-buffy-attempts"), Some("1"));
    assert!(
        answer
            .field("server-timing")
            .unwrap()
            .starts_with("hold;dur=")
    );
    let received = upstream.requests().remove(0);
    assert!(received.field("x-buffy-held-ms").is_some());
    assert_eq!(received.field("x-buffy-attempt"), Some("1"));
    assert_eq!((upstream.count(), buffy.held()), (1, 0));
}

#[test]
fn a_request_that_did_not_wait_does_not_say_that_it_did() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let answer = buffy.get("/");
    assert_eq!(answer.field("x-buffy-held-ms"), None);
    assert_eq!(answer.field("server-timing"), None);
    assert_eq!(upstream.requests().remove(0).field("x-buffy-attempt"), None);
}

#[test]
fn held_requests_leave_in_the_order_of_their_arrival() {
    let upstream = FakeUpstream::start();
    // Each leaves on a connection of its own: the order of the connections is that of release.
    let last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    upstream.reply_otherwise(Reply::raw(last).then(Step::Close));
    let more = More {
        buffy: "workers: 1",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let mut clients: Vec<_> = (0..100).map(|n| buffy.holding(&format!("/{n}"))).collect();

    buffy.gate("open");

    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    let mut requests = upstream.requests();
    requests.sort_by_key(|one| one.connection);
    let places: Vec<usize> = requests
        .iter()
        .map(|one| one.target[1..].parse().unwrap())
        .collect();
    assert_eq!(places, (0..100).collect::<Vec<_>>());
}

#[test]
fn test_02_close_lift_close_leaks_nobody_through_the_second_close() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    for round in 1..=10 {
        buffy.gate("close");
        let mut clients: Vec<_> = (0..20).map(|_| buffy.asking("/")).collect();
        buffy.eventually_holds(20);

        buffy.gate("open");
        buffy.gate("close");

        // Whoever was admitted before the second close is in flight; all others have their place.
        eventually("nobody is in flight", || buffy.inflight() == 0);
        let gone = upstream.count();
        let held = buffy.held();
        assert_eq!(gone + held, 20 * round, "each is either answered or held");
        for_a_while("nobody leaks", Duration::from_millis(30), || {
            upstream.count() == gone
        });
        assert_eq!(buffy.held(), held);

        buffy.gate("open");
        for client in &mut clients {
            assert_eq!(client.response().status, 200);
        }
        assert_eq!(upstream.count(), 20 * round, "each is sent once");
    }
}

#[test]
fn a_request_that_waits_too_long_gets_hit_timeout() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "timeout: 1",
            ..More::default()
        },
    );
    buffy.gate("close");
    let mut keeps = buffy.client();
    let began = Instant::now();
    let answer = keeps.get("/").response();
    let waited = began.elapsed();

    assert_eq!(answer.status, 503);
    assert_eq!(outcome(&answer), "hit_timeout");
    assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    assert_eq!(
        answer.field("content-type"),
        Some("application/problem+json")
    );
    let retry_after: u32 = answer.field("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&retry_after));
    assert!(
        waited >= Duration::from_secs(1) && waited < Duration::from_secs(10),
        "{waited:?}"
    );
    assert_eq!((buffy.held(), upstream.count()), (0, 0));

    buffy.gate("open");
    assert_eq!(
        keeps.get("/again").response().status,
        200,
        "the connection was kept"
    );
}

#[test]
fn a_refusal_says_who_closed_why_since_when_and_how_long_it_waited() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "timeout: 1",
            ..More::default()
        },
    );
    buffy.gate("close&reason=migration&actor=alice");

    let answer = buffy.get("/");

    for told in ["x-buffy-elapsed", "x-buffy-held-ms", "server-timing"] {
        assert!(answer.field(told).is_some(), "{told}");
    }
    assert_eq!(answer.field("x-buffy-attempts"), Some("0"));
    let problem = answer.json();
    assert_eq!(problem["gate"], "up");
    assert_eq!(problem["detail"], "closed by alice: migration");
    assert_eq!(problem["forwarded"], "no");
    assert!(
        problem["waited_seconds"].as_f64().unwrap() >= 1.0,
        "{problem}"
    );
    let since = problem["since"].as_str().unwrap();
    assert!(
        since.ends_with('Z') && since.len() == "2026-01-01T00:00:00.000Z".len(),
        "{since}"
    );
}

#[test]
fn a_client_may_wait_less_than_the_endpoint_would() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    client.get_with("/", &[("Prefer", "respond-async"), ("Prefer", "wait=1")]);
    let answer = client.response();
    assert_eq!(
        (answer.status, outcome(&answer).as_str()),
        (503, "hit_timeout")
    );

    buffy.gate("open");
    buffy
        .client()
        .get_with("/", &[("Prefer", "wait=1")])
        .response();
    assert_eq!(
        upstream.requests().remove(0).field("prefer"),
        Some("wait=1")
    );
}

#[test]
fn a_named_response_replaces_the_default_and_keeps_the_fields() {
    let upstream = FakeUpstream::start();
    let named = r#"timeout: 1, response: [{name: hit_timeout, return_code: 504, content: '{"late": true}'}]"#;
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: named,
            ..More::default()
        },
    );
    buffy.gate("close");
    let answer = buffy.get("/");
    assert_eq!(
        (answer.status, answer.json()["late"].as_bool()),
        (504, Some(true))
    );
    assert_eq!(answer.field("content-type"), Some("application/json"));
    assert!(answer.field("retry-after").is_some());
    assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
    assert_eq!(answer.field("cache-control"), Some("no-store"));
}

#[test]
fn a_browser_is_told_in_html() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "timeout: 1",
            ..More::default()
        },
    );
    buffy.gate("close");
    let mut client = buffy.client();
    client.get_with(
        "/",
        &[("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")],
    );
    let answer = client.response();
    assert_eq!(answer.status, 503);
    assert!(
        answer
            .field("content-type")
            .unwrap()
            .starts_with("text/html")
    );
}

#[test]
fn test_18_a_stop_refuses_all_that_are_held_at_once_with_its_message() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut clients: Vec<_> = (0..50).map(|_| buffy.asking("/")).collect();
    buffy.eventually_holds(50);

    buffy.gate("stop&message=back%20at%20noon");

    for client in &mut clients {
        let answer = client.response();
        assert_eq!((answer.status, outcome(&answer).as_str()), (503, "stopped"));
        assert!(answer.text().contains("back at noon"), "{}", answer.text());
        assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
    }
    assert_eq!(buffy.held(), 0);
    let late = buffy.get("/");
    assert!(late.status == 503 && late.text().contains("back at noon"));
    assert_eq!(upstream.count(), 0);

    buffy.gate("open");
    assert_eq!(buffy.get("/").status, 200);
}

#[test]
fn a_stop_leaves_alone_what_is_under_way() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    upstream.reply("/slow", Reply::silent());
    let mut slow = buffy.asking("/slow");
    eventually("it is under way", || upstream.under_way() == 1);
    buffy.gate("stop");
    assert_eq!(buffy.get("/").status, 503);
    upstream.tell();
    assert_eq!(slow.response().status, 200);
}

#[test]
fn what_was_pipelined_behind_a_held_request_is_answered_after_it() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    client.send(
        [
            request("GET", "/1", &[], b""),
            request("GET", "/2", &[], b""),
        ]
        .concat(),
    );
    buffy.eventually_holds(1);
    for_a_while("one of them has a place", Duration::from_millis(30), || {
        buffy.held() == 1
    });

    buffy.gate("open");
    assert_eq!(client.response().text(), "GET /1");
    assert_eq!(client.response().text(), "GET /2");
}

#[test]
fn a_head_is_held_as_a_get_is() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    client.send(request("HEAD", "/", &[], b""));
    buffy.eventually_holds(1);
    buffy.gate("open");
    let answer = client.response_to_head();
    assert_eq!(
        (answer.status, answer.field("content-length")),
        (200, Some("6"))
    );
    assert_eq!(client.get("/next").response().text(), "GET /next");
}

#[test]
fn nobody_waits_in_bypass() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "proxy_mode: bypass",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    assert_eq!(buffy.get("/").status, 200);
    buffy.gate("close");
    let answer = buffy.get("/");
    assert_eq!((answer.status, outcome(&answer).as_str()), (503, "closed"));
    assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
    assert!(answer.field("retry-after").is_some());
    assert_eq!(upstream.count(), 1);
}

#[test]
fn a_refusal_names_who_closed_and_why() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "timeout: 1",
            ..More::default()
        },
    );
    buffy.gate("close&reason=migration%2042&actor=ci");
    let said = buffy.get("/").text();
    assert!(
        said.contains("migration 42") && said.contains("ci") && said.contains("up"),
        "{said}"
    );
}

#[test]
fn requests_are_held_from_the_kill_of_a_backend_to_its_return() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    assert_eq!(buffy.get("/before").status, 200);
    upstream.kill();

    let mut clients: Vec<_> = (0..20).map(|n| buffy.asking(&format!("/{n}"))).collect();
    let body = request("POST", "/post", &[], b"once");
    let mut poster = buffy.client();
    poster.send(body);
    buffy.eventually_holds(21);
    upstream.listen();

    for client in &mut clients {
        let answer = client.response();
        assert_eq!(answer.status, 200);
        assert!(answer.field("x-buffy-held-ms").is_some());
    }
    assert_eq!(poster.response().text(), "once");
    assert_eq!(upstream.count(), 22);
}

#[test]
fn a_released_request_whose_connection_is_refused_keeps_its_place() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    buffy.gate("close");
    let mut clients: Vec<_> = (0..10).map(|n| buffy.holding(&format!("/{n}"))).collect();
    upstream.kill();
    // The target is believed up still: all are released, refused by it, and held again.
    buffy.gate("open");
    buffy.eventually_not_open();
    buffy.eventually_holds(10);
    assert!(!clients.iter_mut().any(RawClient::has_answer));

    upstream.listen();
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(upstream.count(), 10);
}

#[cfg(target_os = "linux")]
#[test]
fn test_09_a_black_hole_answers_at_the_deadline_and_not_at_the_connect_timeout() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "timeout: 1",
            upstream: "interval: 60000, timeouts: {connect: 15s}",
            ..More::default()
        },
    );
    buffy.eventually_open();
    upstream.swallow();
    let began = Instant::now();
    let answer = buffy.get("/");
    let waited = began.elapsed();
    assert_eq!(
        (answer.status, outcome(&answer).as_str()),
        (503, "hit_timeout")
    );
    assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
    assert!(
        waited >= Duration::from_millis(990) && waited < Duration::from_secs(10),
        "{waited:?}"
    );
    assert!(
        buffy.is_open(),
        "a connect that one request's own deadline cut short tells nothing of the target"
    );
}

#[test]
fn a_place_is_given_back_when_the_first_byte_goes() {
    let upstream = FakeUpstream::start();
    upstream.reply("/slow", Reply::silent());
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut held = buffy.holding("/slow");
    buffy.gate("open");
    eventually("it is under way", || upstream.under_way() == 1);
    eventually("its place is free", || buffy.held() == 0);
    assert_eq!(buffy.inflight(), 1);
    upstream.tell();
    assert_eq!(held.response().status, 200);
    eventually("nothing is in flight", || buffy.inflight() == 0);
}

#[test]
fn a_connection_is_kept_after_its_request_waited_longer_than_idle_ones_are_kept() {
    let upstream = FakeUpstream::absent();
    let more = More {
        buffy: "workers: 1, limits: {keep_alive: 1s}",
        endpoint: "timeout: 2",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let mut client = buffy.asking("/");
    assert_eq!(outcome(&client.response()), "hit_timeout");
    client.stays_silent(Duration::from_millis(100));
    upstream.listen();
    assert_eq!(client.get("/again").response().text(), "GET /again");
}
