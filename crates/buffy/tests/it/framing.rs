//! What is refused, of clients and of upstreams, and that it disturbs nobody else.

use std::time::{Duration, Instant};

use buffy_test::{Broken, FakeUpstream, RawClient, Reply, Step, request};

use crate::kit::{More, TestBuffy};

fn open(upstream: &FakeUpstream, more: More<'_>) -> TestBuffy {
    let buffy = TestBuffy::forwarding(upstream, more);
    buffy.eventually_open();
    buffy
}

/// Whole messages, and the status that refuses each.
const MESSAGES: [(&str, u16); 15] = [
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
    ("GET / HTTX/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /\r\n\r\n", 400),
    ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /\u{20ac} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\nHost: a\n\n", 400),
    ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
];

/// Field lines of a GET.
const LINES: [&str; 7] = [
    "X-A : b",
    " X-A: b",
    "X-A: b\r\n c",
    "no colon",
    ": v",
    "X-A: a\0b",
    "X-A: a\rb",
];

/// Field lines and body of a POST.
const POSTS: [(&str, &str); 19] = [
    ("Content-Length: -1", ""),
    ("Content-Length: +1", "x"),
    ("Content-Length: 1x", "x"),
    ("Content-Length: ", ""),
    ("Content-Length: 99999999999999999999", ""),
    ("Content-Length: 1\r\nContent-Length: 2", HIDDEN),
    (
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "0\r\n\r\n",
    ),
    ("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"),
    ("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
    ("Transfer-Encoding: xchunked", "0\r\n\r\n"),
    (CHUNKED, "-5\r\nhello\r\n0\r\n\r\n"),
    (CHUNKED, "0x5\r\nhello\r\n0\r\n\r\n"),
    (CHUNKED, " 5\r\nhello\r\n0\r\n\r\n"),
    (CHUNKED, "FFFFFFFFFFFFFFFFF\r\n"),
    (CHUNKED, "5\r\nhelloXX\r\n0\r\n\r\n"),
    (
        CHUNKED,
        "5\r\nhello0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (CHUNKED, "5\nhello\r\n0\r\n\r\n"),
    (CHUNKED, "5\r\nhello\r\n0\r\nno colon\r\n\r\n"),
    (CHUNKED, "5\r\nhello\r\n0\r\nX-A : b\r\n\r\n"),
];

const CHUNKED: &str = "Transfer-Encoding: chunked";
const HIDDEN: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn broken_requests_are_refused_and_disturb_nobody() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut other = buffy.client();
    let mut check = |message: &str, status: u16| {
        let mut client = buffy.client();
        client.send(message);
        let met = client.try_response().map(|answer| answer.status);
        // A coding that is not known may be either (RFC 9112 §6.1).
        let is_refused = met == Ok(status) || (message.contains("Transfer-") && met == Ok(501));
        assert!(is_refused, "{message:?}: {met:?}, not {status}");
        assert!(
            client.is_ended(),
            "{message:?}: framing is lost, so the connection is closed"
        );
        assert_eq!(other.get("/other").response().text(), "GET /other");
    };
    for (message, status) in MESSAGES {
        check(message, status);
    }
    for line in LINES {
        check(&format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n"), 400);
    }
    for (fields, body) in POSTS {
        check(
            &format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}"),
            400,
        );
    }
    let seen = upstream.requests();
    assert!(!seen.iter().any(|one| one.target == "/smuggled"));
    assert!(
        seen.iter().all(|one| one.target == "/other" || !one.whole),
        "none was forwarded whole"
    );
}

#[test]
fn heads_have_limits_each_with_its_status() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut other = buffy.client();
    let large = "a".repeat(70 * 1024);
    let long = format!("/{}", "a".repeat(9 * 1024));
    let many: Vec<(String, String)> = (0..200).map(|n| (format!("X-{n}"), "v".into())).collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    for (message, status) in [
        (request("GET", "/", &[("X-Large", &large)], b""), 431),
        (request("GET", &long, &[], b""), 414),
        (request("GET", "/", &many, b""), 431),
    ] {
        let mut client = buffy.client();
        client.send(&message);
        assert_eq!(client.response().status, status);
        assert!(client.is_ended());
        assert_eq!(other.get("/other").response().status, 200);
    }
    let fits = "a".repeat(60 * 1024);
    let answer = buffy
        .client()
        .get_with("/", &[("X-Fits", &fits)])
        .response();
    assert_eq!(answer.status, 200);
    assert!(upstream.requests().iter().all(|one| one.target != long));
}

#[test]
fn limits_are_as_configured() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {header_bytes: 1KiB}",
        ..More::default()
    };
    let buffy = open(&upstream, more);
    let large = "a".repeat(2000);
    let answer = buffy
        .client()
        .get_with("/", &[("X-Large", &large)])
        .response();
    assert_eq!(answer.status, 431);
}

#[test]
fn a_head_that_comes_too_slowly_is_408_and_delays_nobody() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {header_timeout: 500ms}, workers: 1",
        ..More::default()
    };
    let buffy = open(&upstream, more);
    let began = Instant::now();
    let mut slow: Vec<_> = (0..20).map(|_| buffy.client()).collect();
    for client in &mut slow {
        client.send("GET / HTTP/1.1\r\nHost: ");
    }
    let mut other = buffy.client();
    assert_eq!(other.get("/other").response().status, 200);
    for client in &mut slow {
        assert_eq!(client.response().status, 408);
        assert!(client.is_ended());
    }
    assert!(began.elapsed() >= Duration::from_millis(500));
    assert_eq!(
        other.get("/other").response().status,
        200,
        "without a head there is no such limit"
    );
}

#[test]
fn a_refusal_is_read_although_the_client_goes_on_sending() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    let mut message =
        b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 50000\r\n\r\n".to_vec();
    message.resize(message.len() + 50_000, b'x');
    client.send(message);
    assert_eq!(client.response().status, 400);
    assert!(client.is_ended());
}

#[test]
fn broken_answers_are_502_and_their_connection_is_not_used_again() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let cases = [
        "HTTX/1.1 200 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("{ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!"),
        format!("{ok}Content-Length: x\r\n\r\nok"),
        format!("{ok}Transfer-Encoding: gzip\r\n\r\nok"),
        format!("{ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{ok}X-A : b\r\nContent-Length: 0\r\n\r\n"),
        format!("{ok}X-A: a\0b\r\nContent-Length: 0\r\n\r\n"),
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n".to_owned(),
    ];
    let upstream = FakeUpstream::start();
    let buffy = open(
        &upstream,
        More {
            buffy: "workers: 1",
            ..More::default()
        },
    );
    let mut client = buffy.client();
    for broken in cases {
        upstream.reply_next(Reply::raw(broken.clone()));
        let mut poster = buffy.client();
        let answer = poster.post("/", b"x").response();
        assert_eq!(answer.status, 502, "{broken:?}");
        let before = upstream.requests().pop().unwrap().connection;
        assert_eq!(client.get("/next").response().text(), "GET /next");
        assert_ne!(
            upstream.requests().pop().unwrap().connection,
            before,
            "{broken:?}"
        );
    }
}

#[test]
fn a_folded_field_of_an_upstream_is_unfolded() {
    let upstream = FakeUpstream::start();
    upstream.reply(
        "/",
        Reply::raw("HTTP/1.1 200 OK\r\nX-Folded: one\r\n two\r\nContent-Length: 2\r\n\r\nok"),
    );
    let buffy = open(&upstream, More::default());
    let answer = buffy.get("/");
    let words: Vec<_> = answer
        .field("x-folded")
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(words, ["one", "two"]);
}

#[test]
fn a_head_of_an_upstream_that_never_ends_is_502() {
    let upstream = FakeUpstream::start();
    let endless = format!("HTTP/1.1 200 OK\r\nX-Large: {}", "a".repeat(300 * 1024));
    upstream.reply("/", Reply::raw(endless).then(Step::WaitToBeTold));
    let buffy = open(&upstream, More::default());
    assert_eq!(buffy.get("/").status, 502);
}

#[test]
fn equal_lengths_are_one_and_an_empty_line_before_a_request_is_skipped() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    client
        .send("\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(client.response().text(), "ok");
    assert_eq!(upstream.requests().remove(0).all("content-length"), ["2"]);
}

#[test]
fn early_closes_disturb_nobody() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut other = buffy.client();
    for cut in [
        "",
        "G",
        "GET / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
    ] {
        for reset in [true, false] {
            let mut client = RawClient::connect(buffy.port());
            client.send(cut);
            if reset {
                client.reset();
            } else {
                client.half_close();
                assert!(
                    !matches!(client.try_response(), Err(Broken::Silent(_))),
                    "{cut:?}"
                );
            }
            assert_eq!(other.get("/other").response().status, 200);
        }
    }
}

#[test]
fn an_answer_without_a_body_says_one_length_at_most_and_a_204_none() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    for (status, lengths) in [("204 No Content", vec![]), ("304 Not Modified", vec!["5"])] {
        upstream.reply_next(Reply::raw(format!(
            "HTTP/1.1 {status}\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"
        )));
        let head = buffy.asking("/").head();
        assert_eq!(head.all("content-length"), lengths, "{status}");
    }
}

#[test]
fn an_empty_line_behind_a_body_begins_no_request_that_could_be_slow() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {header_timeout: 200ms}",
        ..More::default()
    };
    let buffy = open(&upstream, more);
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab\r\n");
    assert_eq!(client.response().text(), "ab");
    client.stays_silent(Duration::from_millis(400));
    assert_eq!(client.post("/", b"cd").response().text(), "cd");
    client.send("\r\n");
    client.stays_silent(Duration::from_millis(400));
    assert_eq!(client.get("/last").response().text(), "GET /last");
}
