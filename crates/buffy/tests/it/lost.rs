//! Repeat or not: what follows when a connection to the upstream is lost (semantics of §5).

use std::time::{Duration, Instant};

use buffy_test::{FakeUpstream, RawClient, Reply, Response, Step, eventually, request};

use crate::kit::{More, TestBuffy, outcome};

/// 502, `upstream_error`: sent, and the connection was lost.
#[track_caller]
fn assert_is_maybe(answer: &Response) {
    assert_eq!(
        (answer.status, outcome(answer).as_str()),
        (502, "upstream_error")
    );
    assert_eq!(answer.field("x-buffy-forwarded"), Some("maybe"));
    assert_eq!(answer.field("retry-after"), None);
    assert_eq!(answer.field("cache-control"), Some("no-store"));
}

fn open(upstream: &FakeUpstream) -> TestBuffy {
    let buffy = TestBuffy::forwarding_to(upstream);
    buffy.eventually_open();
    buffy
}

#[test]
fn test_05_a_post_is_delivered_once_when_the_backend_dies_and_a_get_is_repeated() {
    for end in [Reply::close_unanswered(), Reply::reset_unanswered()] {
        let upstream = FakeUpstream::start();
        let buffy = open(&upstream);
        upstream.reply_next(end.clone());
        assert_is_maybe(&buffy_test::post(buffy.port(), "/post", b"once"));
        let posts = upstream.requests();
        assert_eq!(posts.len(), 1);
        assert!(posts[0].whole && posts[0].body == b"once");
        buffy.eventually_open();

        upstream.reply_next(end);
        assert_eq!(buffy.get("/get").status, 200);
        let targets: Vec<_> = upstream
            .requests()
            .into_iter()
            .map(|one| one.target)
            .collect();
        assert_eq!(targets, ["/post", "/get", "/get"]);
        let tries = upstream.requests();
        assert_ne!(
            tries[1].connection, tries[2].connection,
            "the repeat has a fresh connection"
        );
    }
}

#[test]
fn test_05_the_backend_is_killed_under_a_post_and_under_a_get() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    upstream.pause();
    let mut post = buffy.client();
    post.post("/post", b"once");
    let mut get = buffy.asking("/get");
    eventually("both were read whole", || {
        let requests = upstream.requests();
        requests.len() == 2 && requests.iter().all(|one| one.whole)
    });

    upstream.kill();
    assert_is_maybe(&post.response());
    buffy.eventually_holds(1);
    upstream.resume();
    upstream.listen();

    let answer = get.response();
    assert_eq!((answer.status, answer.text()), (200, "GET /get".into()));
    assert_eq!(answer.field("x-buffy-attempts"), Some("2"));
    let of = |target: &str| {
        upstream
            .requests()
            .iter()
            .filter(|one| one.target == target)
            .count()
    };
    assert_eq!((of("/post"), of("/get")), (1, 2));
}

#[test]
fn what_may_be_repeated_is_and_what_may_not_is_not() {
    let repeated = [
        request("GET", "/", &[], b""),
        request("HEAD", "/", &[], b""),
        request("OPTIONS", "/", &[], b""),
        request("TRACE", "/", &[], b""),
        request("PUT", "/", &[], b"whole"),
        request("DELETE", "/", &[], b""),
        request("GET", "/", &[("If-Match", "\"a\"")], b""),
    ];
    let sent_once = [
        request("POST", "/", &[], b"x"),
        request("PATCH", "/", &[], b"x"),
        request("PURGE", "/", &[], b""),
        request("PUT", "/", &[("If-Match", "\"a\"")], b"x"),
        request("DELETE", "/", &[("If-Unmodified-Since", "yesterday")], b""),
    ];
    for (messages, times) in [(repeated.as_slice(), 2), (&sent_once, 1)] {
        for message in messages {
            let upstream = FakeUpstream::start();
            let buffy = open(&upstream);
            upstream.reply_next(Reply::close_unanswered());
            let mut client = buffy.client();
            client.send(message);
            let text = String::from_utf8_lossy(message);
            let answer = client.head();
            assert_eq!(upstream.count(), times, "{text}");
            assert_eq!(answer.status, if times == 2 { 200 } else { 502 }, "{text}");
        }
    }
}

#[test]
fn a_body_that_is_no_longer_whole_is_not_repeated() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    upstream.reply_next(Reply::close_unanswered());
    let answer = RawClient::connect(buffy.port())
        .send(request("PUT", "/", &[], &vec![b'x'; 65 * 1024]))
        .response();
    assert_is_maybe(&answer);
    assert_eq!(upstream.count(), 1);
    buffy.eventually_open();

    upstream.reply_next(Reply::close_unanswered());
    let body = vec![b'y'; 60 * 1024];
    let answer = RawClient::connect(buffy.port())
        .send(request("PUT", "/", &[], &body))
        .response();
    assert!(answer.status == 200 && answer.body == body);
}

#[test]
fn test_20_a_get_that_kills_the_backend_is_sent_three_times_at_most_and_the_others_are_answered() {
    let upstream = FakeUpstream::start();
    let more = More {
        upstream: "interval: 50",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    upstream.reply("/death", Reply::silent());
    let sendings = |target: &str| {
        let requests = upstream.requests();
        requests.iter().filter(|one| one.target == target).count()
    };
    let mut deadly = buffy.asking("/death");
    let mut others = Vec::new();
    for deaths in 1..=3 {
        eventually("it is there again", || sendings("/death") == deaths);
        upstream.kill();
        // Back before it was seen down, it would get the request one time less.
        buffy.eventually_down();
        others.extend((0..5).map(|n| buffy.asking(&format!("/life/{n}"))));
        upstream.listen();
        buffy.eventually_open();
    }
    assert_is_maybe(&deadly.response());
    assert_eq!(sendings("/death"), 3, "never once more");
    for other in &mut others {
        assert_eq!(other.response().status, 200);
    }
}

#[test]
fn a_get_that_took_longer_than_it_might_have_been_held_is_repeated() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "timeout: 1",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    upstream.reply_next(Reply::script([Step::WaitToBeTold, Step::Close]));
    let mut client = buffy.asking("/slow");
    client.stays_silent(Duration::from_millis(1100));
    upstream.tell();
    assert_eq!(client.response().status, 200);
    assert_eq!(upstream.count(), 2);
}

#[test]
fn no_answer_in_time_is_504_and_nothing_is_repeated() {
    for method in ["GET", "POST"] {
        let upstream = FakeUpstream::start();
        let more = More {
            endpoint: "timeouts: {first_byte: 300ms}",
            ..More::default()
        };
        let buffy = TestBuffy::forwarding(&upstream, more);
        buffy.eventually_open();
        upstream.reply("/slow", Reply::silent());
        let began = Instant::now();
        let answer = RawClient::connect(buffy.port())
            .send(request(method, "/slow", &[], b""))
            .response();
        assert!(began.elapsed() >= Duration::from_millis(300));
        assert_eq!(
            (answer.status, outcome(&answer).as_str()),
            (504, "upstream_timeout")
        );
        assert_eq!(answer.field("x-buffy-forwarded"), Some("yes"));
        assert_eq!(answer.field("retry-after"), None);
        assert_eq!(upstream.count(), 1);
        eventually("the connection is given up", || upstream.under_way() == 0);
    }
}

#[test]
fn an_answer_that_stops_coming_is_cut() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "timeouts: {idle: 300ms}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let begun = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    upstream.reply("/", Reply::raw(begun).then(Step::WaitToBeTold));
    let answer = buffy.asking("/").try_response().unwrap();
    assert_eq!(
        (answer.status, answer.complete, answer.text()),
        (200, false, "hello".into())
    );
    assert_eq!(upstream.count(), 1, "what has begun is never repeated");
}

#[test]
fn a_5xx_of_the_upstream_is_its_own_answer() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    for status in [500, 502, 503, 504] {
        upstream.reply_next(Reply::text(status, "mine"));
        let answer = buffy.get("/");
        assert_eq!((answer.status, answer.text()), (status, "mine".into()));
        assert_eq!(answer.field("x-buffy-forwarded"), None);
    }
    assert_eq!(upstream.count(), 4);
    assert!(buffy.is_open());
}

#[test]
fn the_configured_upstream_error_is_sent_with_the_fields() {
    let upstream = FakeUpstream::start();
    let named = "response: [{name: upstream_error, return_code: 599, content: sorry}]";
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: named,
            ..More::default()
        },
    );
    buffy.eventually_open();
    upstream.reply_next(Reply::close_unanswered());
    let answer = buffy_test::post(buffy.port(), "/", b"x");
    assert_eq!(
        (answer.status, answer.text().trim().to_owned()),
        (599, "sorry".into())
    );
    assert_eq!(answer.field("x-buffy-forwarded"), Some("maybe"));
}

#[test]
fn bypass_says_502_no_where_nothing_was_sent() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "proxy_mode: bypass",
        upstream: "interval: 60000",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    upstream.refuse();
    let answer = buffy.get("/");
    assert_eq!(
        (answer.status, outcome(&answer).as_str()),
        (502, "upstream_error")
    );
    assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
    assert_eq!(upstream.count(), 0);
}

#[test]
fn test_06_stale_connections_of_the_pool_cost_nobody_an_error() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    for round in 0..5 {
        // A pool full of connections, which die with the backend.
        upstream.pause();
        let mut clients: Vec<_> = (0..20).map(|_| buffy.asking("/")).collect();
        eventually("all are under way", || upstream.under_way() == 20);
        upstream.resume();
        assert!(
            clients
                .iter_mut()
                .all(|client| client.response().status == 200)
        );
        buffy.gate("close");
        upstream.kill();
        upstream.listen();

        let mut gets: Vec<_> = (0..10).map(|_| buffy.asking("/get")).collect();
        let mut posts: Vec<_> = (0..10).map(|_| buffy.client()).collect();
        for post in &mut posts {
            post.post("/post", b"once");
        }
        buffy.eventually_holds(20);
        buffy.gate("open");
        for client in gets.iter_mut().chain(&mut posts) {
            assert_eq!(client.response().status, 200);
        }
        assert_eq!(upstream.count(), 40 * (round + 1), "each is sent once");
    }
}

#[test]
fn a_pooled_connection_that_was_closed_is_not_used() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    for n in 1..=20 {
        let mut client = buffy.client();
        assert_eq!(client.get("/").response().status, 200);
        upstream.close_idle();
        eventually("all are closed", || upstream.open() == 0);
        // It may not be repeated: sent on the closed connection it would be lost.
        assert_eq!(client.post("/", b"once").response().status, 200);
        assert_eq!(upstream.count(), 2 * n);
        upstream.close_idle();
        eventually("all are closed", || upstream.open() == 0);
    }
}
