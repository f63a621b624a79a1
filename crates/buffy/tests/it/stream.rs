//! Bodies on their way: streamed both ways, never made to look complete when they are not.

use std::time::{Duration, Instant};

use buffy_test::{Broken, FakeUpstream, Fate, Reply, Step, eventually, for_a_while};

use crate::kit::{More, TestBuffy};

fn open(upstream: &FakeUpstream) -> TestBuffy {
    let buffy = TestBuffy::forwarding_to(upstream);
    buffy.eventually_open();
    buffy
}

#[test]
fn chunks_leave_at_once_both_ways() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.send("POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for part in ["one", "two", "three"] {
        client.send(format!("{:x}\r\n{part}\r\n", part.len()));
        eventually("the part is there", || {
            upstream
                .requests()
                .first()
                .is_some_and(|one| one.body.ends_with(part.as_bytes()))
        });
    }
    client.send("0\r\nX-Sum: 11\r\n\r\n");
    assert_eq!(client.response().text(), "onetwothree");
    let received = upstream.requests().remove(0);
    assert!(received.is_chunked() && received.whole);
    assert_eq!(received.trailers, [("X-Sum".to_owned(), "11".to_owned())]);

    let send = |text: &str| Step::Send(text.into());
    upstream.reply("/down", Reply::script([
        Step::ReadBody,
        send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n3\r\none\r\n"),
        Step::WaitToBeTold,
        send("3\r\ntwo\r\n"),
        Step::WaitToBeTold,
        send("0\r\nX-End: yes\r\n\r\n"),
    ]));
    client.get_with("/down", &[("TE", "trailers")]);
    assert_eq!(client.head().status, 200);
    assert_eq!(client.bytes(8), b"3\r\none\r\n");
    upstream.tell();
    assert_eq!(client.bytes(8), b"3\r\ntwo\r\n");
    upstream.tell();
    assert_eq!(client.bytes(17), b"0\r\nX-End: yes\r\n\r\n");
}

#[test]
fn trailers_that_may_not_be_trailers_are_dropped() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\
         Content-Length: 50\r\nHost: evil\r\nAuthorization: x\r\nX-Good: 1\r\n\r\n",
    );
    assert_eq!(client.response().text(), "hello");
    let received = upstream.requests().remove(0);
    assert_eq!(received.trailers, [("X-Good".to_owned(), "1".to_owned())]);
}

#[test]
fn large_bodies_stream_through_both_ways() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    let body: Vec<u8> = (0..5_000_000_u32).map(|n| (n % 253) as u8).collect();
    let mut client = buffy.client();
    client.send(format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        body.len()
    ));
    client.send(&body);
    let answer = client.response();
    assert!(answer.body == body);
    assert_eq!(
        upstream.requests().remove(0).field("content-length"),
        Some("5000000")
    );
}

#[test]
fn an_upstream_that_does_not_read_slows_the_client() {
    let upstream = FakeUpstream::start();
    upstream.reply(
        "/",
        Reply::script([Step::WaitToBeTold, Step::ReadBody, Step::Echo]),
    );
    let buffy = open(&upstream);
    let body = vec![b'x'; 64 * 1024 * 1024];
    let mut client = buffy.client();
    client.send(format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        body.len()
    ));
    let sent = client.send_until_full(&body, Duration::from_millis(300));
    assert!(sent < body.len(), "all of it was taken in");
    upstream.tell();
    client.send(&body[sent..]);
    assert_eq!(client.response().body.len(), body.len());
}

#[test]
fn a_client_that_does_not_read_slows_the_upstream() {
    let upstream = FakeUpstream::start();
    let length = 64 * 1024 * 1024;
    let mut large = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    large.resize(large.len() + length - 1, b'x');
    // The last byte is a step of its own: it is reached when all others were taken.
    upstream.reply("/", Reply::raw(large).then(Step::Send(b"x".to_vec())));
    let buffy = open(&upstream);
    let mut client = buffy.asking("/");
    eventually("the answer has begun", || client.has_answer());
    for_a_while("it is not taken in", Duration::from_millis(200), || {
        upstream
            .requests()
            .iter()
            .all(|one| one.fate == Fate::UnderWay)
    });
    assert_eq!(client.response().body.len(), length);
}

#[test]
fn a_client_that_resets_an_upload_which_nobody_takes_is_noticed() {
    let upstream = FakeUpstream::start();
    upstream.reply("/", Reply::script([Step::WaitToBeTold]));
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    let body = vec![b'x'; 1 << 26];
    let sent = client.send_until_full(&body, Duration::from_millis(200));
    assert!(sent < body.len(), "all of it was taken in");
    client.reset();
    eventually("nothing is in flight", || buffy.inflight() == 0);
}

#[test]
fn a_body_that_stalls_beside_a_running_answer_is_timed_too() {
    let upstream = FakeUpstream::start();
    let begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n";
    upstream.reply(
        "/",
        Reply::script([Step::Send(begun.into()), Step::WaitToBeTold]),
    );
    let more = More {
        endpoint: "timeouts: {body_idle: 300ms, idle: 10m}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    let answer = client.try_response().unwrap();
    assert!(answer.status == 200 && !answer.complete, "{answer:?}");
    eventually("nothing is in flight", || buffy.inflight() == 0);
}

#[test]
fn a_body_that_the_upstream_does_not_take_ends_in_a_time_out() {
    let upstream = FakeUpstream::start();
    upstream.reply("/", Reply::script([Step::WaitToBeTold]));
    let more = More {
        endpoint: "timeouts: {idle: 500ms, body_idle: 10m, first_byte: 10m}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    client.send_until_full(&vec![b'x'; 1 << 26], Duration::from_millis(200));
    let answer = client.response();
    assert_eq!(
        (answer.status, answer.field("x-buffy-forwarded")),
        (504, Some("yes"))
    );
}

#[test]
fn an_early_refusal_ends_the_upload() {
    let upstream = FakeUpstream::start();
    let refusal = "HTTP/1.1 413 Too much\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig";
    upstream.reply(
        "/",
        Reply::script([Step::Send(refusal.into()), Step::WaitToBeTold, Step::Close]),
    );
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    client.send(vec![b'x'; 10_000]);
    let answer = client.response();
    assert_eq!((answer.status, answer.text()), (413, "big".into()));
    assert!(client.is_ended());
    eventually("nothing is in flight", || buffy.inflight() == 0);
    upstream.tell();
}

#[test]
fn an_early_ok_goes_on_while_the_upload_does() {
    let upstream = FakeUpstream::start();
    let send = |text: &str| Step::Send(text.into());
    upstream.reply(
        "/",
        Reply::script([
            send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n"),
            Step::ReadBody,
            send("4\r\nlate\r\n0\r\n\r\n"),
        ]),
    );
    let buffy = open(&upstream);
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    assert_eq!(client.head().status, 200);
    assert_eq!(client.bytes(10), b"5\r\nearly\r\n");
    client.send("def");
    assert_eq!(client.bytes(14), b"4\r\nlate\r\n0\r\n\r\n");
    let received = upstream.requests().remove(0);
    assert!(received.whole && received.body == b"abcdef");
    assert_eq!(client.get("/next").head().status, 200);
}

#[test]
fn an_answer_that_was_cut_short_does_not_look_complete() {
    let cut = [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
    ];
    for text in cut {
        for (version, end) in [
            ("1.1", Step::Close),
            ("1.1", Step::Reset),
            ("1.0", Step::Close),
        ] {
            let upstream = FakeUpstream::start();
            let buffy = open(&upstream);
            upstream.reply("/", Reply::raw(text).then(end));
            let mut client = buffy.client();
            client.send(format!("GET / HTTP/{version}\r\nHost: a\r\n\r\n"));
            match client.try_response() {
                Ok(answer) => assert!(!answer.complete, "{version} {text:?}: {answer:?}"),
                Err(broken) => assert_eq!(broken, Broken::Reset, "{version} {text:?}"),
            }
            assert_eq!(upstream.count(), 1, "what has begun is not repeated");
        }
    }
}

#[test]
fn an_answer_to_the_close_that_was_reset_does_not_look_complete() {
    let upstream = FakeUpstream::start();
    let endless = "HTTP/1.1 200 OK\r\n\r\nhello";
    upstream.reply(
        "/",
        Reply::raw(endless)
            .then(Step::WaitToBeTold)
            .then(Step::Reset),
    );
    let buffy = open(&upstream);
    for version in ["1.1", "1.0"] {
        let mut client = buffy.client();
        client.send(format!("GET / HTTP/{version}\r\nHost: a\r\n\r\n"));
        eventually("the answer has begun", || client.has_answer());
        upstream.tell();
        let answer = client.try_response().unwrap();
        assert!(
            answer.status == 200 && !answer.complete,
            "{version}: {answer:?}"
        );
    }
}

#[test]
fn a_client_that_cuts_its_body_short_is_no_request() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream);
    let cut = [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ];
    for text in cut {
        let mut client = buffy.client();
        client.send(text).half_close();
        client.is_ended();
        eventually("nothing is in flight", || buffy.inflight() == 0);
        assert!(
            !upstream
                .requests()
                .iter()
                .any(|one| one.whole || one.fate == Fate::Answered),
            "{text:?}"
        );
    }
}

#[test]
fn a_body_that_stops_coming_is_408() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "timeouts: {body_idle: 300ms}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    assert_eq!(client.response().status, 408);
    assert!(client.is_ended());
    eventually("the upstream was left", || upstream.under_way() == 0);
    assert!(upstream.requests().iter().all(|one| !one.whole));
}

/// Bytes that were written on the connections of a port, and that its clients have not taken.
#[cfg(target_os = "linux")]
fn untaken(port: u16) -> usize {
    let of_the_port = format!("0100007F:{port:04X}");
    let sockets = std::fs::read_to_string("/proc/net/tcp").expect("Linux shows it");
    let queues = sockets.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let queue = fields.get(4)?.split(':').next()?;
        let ours = *fields.get(1)? == of_the_port;
        ours.then(|| usize::from_str_radix(queue, 16).expect("a length"))
    });
    queues.sum()
}

/// Feeds a client that does not read until a piece goes but in part, and says how many bytes were
/// fed; none where the feeding stopped for longer than `idle`, so that the upstream may have been
/// given up.
#[cfg(target_os = "linux")]
fn feed(buffy: &TestBuffy, upstream: &FakeUpstream, piece: usize, idle: Duration) -> Option<usize> {
    let mut fed = 0;
    let mut last = Instant::now();
    for _ in 0..500 {
        let before = untaken(buffy.port());
        upstream.tell();
        if last.elapsed() > idle {
            return None;
        }
        last = Instant::now();
        fed += piece;
        let end = last + Duration::from_millis(100);
        let is_whole = || untaken(buffy.port()) >= before + piece;
        while !is_whole() && Instant::now() < end {}
        if before > 1_000_000 && !is_whole() {
            return Some(fed);
        }
    }
    panic!("the client's socket has no end");
}

#[cfg(target_os = "linux")]
#[test]
fn once_a_slow_client_has_caught_up_the_upstream_is_timed_again() {
    const PIECE: usize = 50_000;
    let upstream = FakeUpstream::start();
    let mut steps = vec![Step::Send(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".into(),
    )];
    for _ in 0..500 {
        steps.extend([Step::WaitToBeTold, Step::Send(vec![b'x'; PIECE])]);
    }
    // On a machine that stops for longer, what is seen proves nothing: more time is given.
    for seconds in [1, 2, 4, 8, 16] {
        let idle = format!("timeouts: {{idle: {}s}}", 2 * seconds);
        let more = More {
            endpoint: &idle,
            ..More::default()
        };
        upstream.reply_next(Reply::script(steps.clone()));
        let buffy = TestBuffy::forwarding(&upstream, more);
        buffy.eventually_open();
        let mut client = buffy.asking("/");
        client.head();
        let Some(fed) = feed(&buffy, &upstream, PIECE, Duration::from_secs(seconds)) else {
            continue;
        };
        client.bytes(fed);
        assert!(client.is_ended(), "silence for longer than it may last");
        return;
    }
    panic!("this machine is too slow to tell");
}
