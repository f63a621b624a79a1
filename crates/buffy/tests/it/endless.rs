//! Answers without an end, and drains.

use buffy_test::{FakeUpstream, Reply, Response, Step, eventually};
use serde_json::json;

use crate::kit::TestBuffy;

const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// One event, and then nothing until told.
fn stream() -> Reply {
    let begun = format!("{HEAD}9\r\ndata: a\n\n\r\n");
    Reply::script([Step::Send(begun.into()), Step::WaitToBeTold])
}

/// Closes the gate of `up` and waits for what is on its way.
fn drain(buffy: &TestBuffy, window: &str) -> Response {
    buffy.api("POST", "gates/up/close", &json!({ "drain": window }))
}

#[test]
fn test_14_a_drain_ends_event_streams_and_the_queue_keeps_moving() {
    let upstream = FakeUpstream::start();
    upstream.reply("/events", stream());
    // More than sockets take, and a client that does not read.
    let flood = "x".repeat(16 * 1024 * 1024);
    let flood = format!("{HEAD}{:x}\r\n{flood}\r\n", flood.len());
    upstream.reply(
        "/flood",
        Reply::script([Step::Send(flood.into()), Step::WaitToBeTold]),
    );
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let mut readers: Vec<_> = (0..5)
        .map(|_| {
            let mut reader = buffy.asking("/events");
            assert_eq!(reader.head().status, 200);
            assert_eq!(reader.bytes(14), b"9\r\ndata: a\n\n\r\n");
            reader
        })
        .collect();
    let mut slow = buffy.asking("/flood");
    assert_eq!(slow.head().status, 200);
    eventually("all are on their way", || buffy.inflight() == 6);

    let drained = drain(&buffy, "3s");
    assert_eq!(drained.status, 200, "{}", drained.text());
    for reader in &mut readers {
        // The last chunk: to the client the answer is complete, and its connection good.
        assert_eq!(reader.bytes(5), b"0\r\n\r\n");
    }
    assert!(buffy.inflight() == 0, "the slow one, too");
    assert!(slow.is_ended());

    let mut held: Vec<_> = readers
        .iter_mut()
        .map(|reader| reader.get("/after"))
        .collect();
    buffy.eventually_holds(5);
    buffy.gate("open");
    for reader in &mut held {
        assert_eq!(reader.response().status, 200);
    }
}

#[test]
fn a_stream_goes_on_where_the_close_is_lifted() {
    let upstream = FakeUpstream::start();
    let begun = format!("{HEAD}9\r\ndata: a\n\n\r\n");
    let more = b"9\r\ndata: b\n\n\r\n0\r\n\r\n".to_vec();
    upstream.reply(
        "/events",
        Reply::script([
            Step::Send(begun.into()),
            Step::WaitToBeTold,
            Step::Send(more),
        ]),
    );
    upstream.reply("/slow", Reply::silent());
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let mut first = buffy.asking("/events");
    let mut second = buffy.asking("/events");
    for reader in [&mut first, &mut second] {
        assert_eq!(reader.head().status, 200);
        reader.bytes(14);
    }
    let mut slow = buffy.asking("/slow");
    eventually("all are on their way", || buffy.inflight() == 3);
    let drained = std::thread::scope(|scope| {
        let draining = scope.spawn(|| drain(&buffy, "20s"));
        // One ends at once, the other late: the drain is spread over its window.
        eventually("one was ended", || buffy.inflight() == 2);
        buffy.gate("open");
        draining.join().unwrap()
    });
    assert_eq!(drained.status, 409, "{}", drained.text());
    for _ in 0..3 {
        upstream.tell();
    }
    assert_eq!(slow.response().status, 200);
    let mut ends: Vec<_> = [&mut first, &mut second]
        .map(|reader| reader.bytes(5))
        .into();
    ends.sort();
    assert_eq!(ends, [b"0\r\n\r\n".to_vec(), b"9\r\nda".to_vec()]);
}
