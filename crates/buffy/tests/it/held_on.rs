//! `hold_on`, keys and the budget: what else is sent again, or is not (semantics.md §5).

use std::time::{Duration, Instant};

use buffy_test::{FakeUpstream, Reply, Step, request};

use crate::kit::{More, TestBuffy};

fn holding_on(upstream: &FakeUpstream, endpoint: &str) -> TestBuffy {
    let more = More {
        endpoint: &format!("hold_on: [503], {endpoint}"),
        upstream: "release: {retry: 100ms}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(upstream, more);
    buffy.eventually_open();
    buffy
}

fn unready(fields: &str) -> Reply {
    Reply::raw(format!(
        "HTTP/1.1 503 Not yet\r\n{fields}Content-Length: 4\r\n\r\nmine"
    ))
}

#[test]
fn a_503_is_not_seen_where_the_next_answer_is_good() {
    let upstream = FakeUpstream::start();
    let buffy = holding_on(&upstream, "timeout: 20");
    for message in [
        request("GET", "/", &[], b""),
        request("PUT", "/", &[], b"whole"),
        request("HEAD", "/", &[], b""),
    ] {
        upstream.reply_next(unready(""));
        upstream.reply_next(unready(""));
        let before = upstream.count();
        let mut client = buffy.client();
        client.send(message);
        let answer = client.head();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.field("x-buffy-attempts"), Some("3"));
        let held: u64 = answer.field("x-buffy-held-ms").unwrap().parse().unwrap();
        assert!(held >= 500, "{held}");
        assert_eq!(upstream.count(), before + 3);
    }
    assert_eq!(buffy.outcomes("held_released"), 3);
    assert_eq!(buffy.metric("buffy_retries_total{class=\"held_on\"}"), 6);
}

#[test]
fn what_may_not_be_repeated_gets_its_503() {
    let upstream = FakeUpstream::start();
    let buffy = holding_on(&upstream, "timeout: 20");
    let large = vec![b'x'; 100 * 1024];
    for message in [
        request("POST", "/", &[], b"x"),
        request("POST", "/", &[("Idempotency-Key", "k")], b"x"),
        request("PUT", "/", &[("If-Match", "\"a\"")], b"x"),
        request("PUT", "/", &[], &large),
    ] {
        upstream.reply_next(unready("Retry-After: 1\r\n"));
        let mut client = buffy.client();
        let answer = client.send(message).response();
        assert_eq!((answer.status, answer.text()), (503, "mine".into()));
        assert_eq!(answer.field("retry-after"), Some("1"));
    }
    assert_eq!(upstream.count(), 4);
    upstream.reply_next(Reply::text(502, "another"));
    assert_eq!(buffy.get("/").status, 502, "another status is no reason");
}

#[test]
fn retry_after_is_heeded() {
    let upstream = FakeUpstream::start();
    let buffy = holding_on(&upstream, "timeout: 20");
    upstream.reply_next(unready("Retry-After: 1\r\n"));
    let began = Instant::now();
    let mut client = buffy.asking("/");
    buffy.eventually_holds(1);
    assert_eq!(client.response().status, 200);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(upstream.count(), 2);
}

#[test]
fn others_pass_while_one_waits_for_its_retry_after() {
    let upstream = FakeUpstream::start();
    let buffy = holding_on(&upstream, "timeout: 20");
    upstream.reply_next(unready("Retry-After: 60\r\n"));
    let waiting = buffy.asking("/");
    buffy.eventually_holds(1);
    for _ in 0..20 {
        assert_eq!(buffy.get("/").status, 200);
    }
    assert_eq!(buffy.held(), 1);
    drop(waiting);
    buffy.eventually_holds(0);
    assert_eq!(upstream.count(), 21);
}

#[test]
fn at_the_deadline_the_upstreams_own_answer_is_relayed() {
    let upstream = FakeUpstream::start();
    let buffy = holding_on(&upstream, "timeout: 1");
    for fields in [
        "Retry-After: 60\r\nX-Mine: yes\r\n",
        "Retry-After: 9999999999999\r\nX-Mine: yes\r\n",
    ] {
        upstream.reply_next(unready(fields));
        let began = Instant::now();
        let mut client = buffy.asking("/");
        let answer = client.response();
        assert!(began.elapsed() >= Duration::from_secs(1));
        assert_eq!((answer.status, answer.text()), (503, "mine".into()));
        assert_eq!(answer.field("x-mine"), Some("yes"));
        assert_eq!(answer.field("x-buffy-attempts"), Some("1"));
        assert_eq!(answer.field("x-buffy-forwarded"), None, "it is no refusal");
        // The connection goes on.
        assert_eq!(client.get("/").response().status, 200);
    }
    assert_eq!(upstream.count(), 4);
}

#[test]
fn a_request_is_sent_three_times_and_then_its_answer_is_its_answer() {
    let upstream = FakeUpstream::start();
    upstream.reply_otherwise(unready(""));
    let buffy = holding_on(&upstream, "timeout: 20");
    let answer = buffy.get("/");
    assert_eq!((answer.status, answer.text()), (503, "mine".into()));
    assert_eq!(answer.field("x-buffy-attempts"), Some("3"));
    assert_eq!(upstream.count(), 3);
    assert_eq!(buffy.held(), 0);
}

#[test]
fn a_large_answer_and_one_that_does_not_end_are_passed_on() {
    let upstream = FakeUpstream::start();
    let buffy = holding_on(&upstream, "timeout: 20");
    let large = "x".repeat(65 * 1024);
    let by_length = format!(
        "HTTP/1.1 503 No\r\nContent-Length: {}\r\n\r\n{large}",
        large.len()
    );
    let in_chunks = format!(
        "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    for reply in [by_length, in_chunks] {
        upstream.reply_next(Reply::raw(reply));
        let answer = buffy.get("/");
        assert_eq!((answer.status, answer.text()), (503, large.clone()));
    }
    let begun = "HTTP/1.1 503 No\r\nContent-Length: 10\r\n\r\nbegun";
    upstream.reply_next(Reply::script([
        Step::Send(begun.into()),
        Step::WaitToBeTold,
        Step::Send(b"ended".to_vec()),
    ]));
    let mut client = buffy.asking("/");
    assert_eq!(client.head().status, 503);
    assert_eq!(client.bytes(5), b"begun");
    upstream.tell();
    assert_eq!(client.bytes(5), b"ended");
    assert_eq!(upstream.count(), 3);
}

#[test]
fn a_small_answer_in_chunks_or_to_the_close_is_kept_too() {
    let upstream = FakeUpstream::start();
    let buffy = holding_on(&upstream, "timeout: 1");
    let in_chunks = "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\nRetry-After: 9\r\n\r\n\
                     4\r\nmine\r\n0\r\n\r\n";
    let to_the_close = "HTTP/1.1 503 No\r\nRetry-After: 9\r\n\r\nmine";
    for reply in [
        Reply::raw(in_chunks),
        Reply::raw(to_the_close).then(Step::Close),
    ] {
        upstream.reply_next(reply);
        let answer = buffy.get("/");
        assert_eq!((answer.status, answer.text()), (503, "mine".into()));
        assert_eq!(answer.field("content-length"), Some("4"));
    }
}

#[test]
fn where_no_place_is_free_the_answer_is_relayed_at_once() {
    let upstream = FakeUpstream::start();
    upstream.reply_otherwise(unready("Retry-After: 60\r\n"));
    let buffy = holding_on(&upstream, "max_queue: 1");
    let _first = buffy.holding("/");
    let answer = buffy.get("/");
    assert_eq!((answer.status, answer.text()), (503, "mine".into()));
    assert_eq!((upstream.count(), buffy.held()), (2, 1));
}

#[test]
fn a_stop_relays_what_was_withheld() {
    let upstream = FakeUpstream::start();
    upstream.reply_next(unready("Retry-After: 60\r\n"));
    let buffy = holding_on(&upstream, "timeout: 20");
    let mut waiting = buffy.holding("/");
    buffy.gate("stop");
    let answer = waiting.response();
    assert_eq!((answer.status, answer.text()), (503, "mine".into()));
    assert_eq!(upstream.count(), 1);
}

#[test]
fn a_request_with_a_key_is_repeated_where_the_endpoint_heeds_it() {
    let upstream = FakeUpstream::start();
    let key = [("Idempotency-Key", "8e03978e")];
    let post = request("POST", "/", &key, b"once");
    for (heeded, times) in [("true", 2), ("false", 1)] {
        let endpoint = format!("timeout: 20, repeat: {{idempotency_key: {heeded}}}");
        let buffy = holding_on(&upstream, &endpoint);
        for lost in [Reply::close_unanswered(), unready("")] {
            let before = upstream.count();
            upstream.reply_next(lost);
            let answer = buffy.client().send(&post).response();
            assert_eq!(answer.status == 200, times == 2, "{answer:?}");
            assert_eq!(upstream.count() - before, times);
            buffy.eventually_open();
        }
    }
    let buffy = holding_on(&upstream, "repeat: {idempotency_key: true}");
    let before = upstream.count();
    upstream.reply_next(Reply::close_unanswered());
    let without = buffy_test::post(buffy.port(), "/", b"once");
    assert_eq!((without.status, upstream.count() - before), (502, 1));
}

#[test]
fn repeats_end_with_their_budget() {
    const GETS: usize = 150;
    let upstream = FakeUpstream::start();
    // Nothing but repeats is to be seen here: no passive evidence, no probes.
    let more = More {
        upstream: "interval: 60000",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut repeated = 0;
    for n in 0..GETS {
        // On a connection that was used before, a loss proves nothing about the target.
        let mut client = buffy.client();
        assert_eq!(client.get("/warm").response().status, 200);
        upstream.reply_next(Reply::close_unanswered());
        let answer = client.get(&format!("/{n}")).response();
        if answer.status == 200 {
            repeated += 1;
        } else {
            assert_eq!(answer.field("x-buffy-forwarded"), Some("maybe"));
        }
    }
    // Three a second of ten seconds, and a fifth of all that were sent.
    assert!((30..GETS).contains(&repeated), "{repeated}");
}
