//! The body of a request that waits: taken in up to a bound, and whole at the upstream afterwards.

use std::time::Duration;

use buffy_test::{FakeUpstream, eventually};

use crate::kit::{More, TestBuffy};

#[test]
fn no_100_is_sent_while_a_request_is_held_and_its_body_is_taken_in_anyway() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    buffy.eventually_holds(1);
    client.stays_silent(Duration::from_millis(50));
    client.send("hello");
    client.stays_silent(Duration::from_millis(50));

    buffy.gate("open");
    assert_eq!(client.response().text(), "hello");
    assert_eq!(upstream.requests().remove(0).body, b"hello");
}

#[test]
fn a_body_that_is_not_whole_yet_streams_when_its_request_is_released() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    let mut chunked = buffy.client();
    chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    buffy.eventually_holds(2);

    buffy.gate("open");
    eventually("what is there is sent", || {
        let mut bodies: Vec<_> = upstream
            .requests()
            .into_iter()
            .map(|one| one.body)
            .collect();
        bodies.sort();
        bodies == [b"hel".to_vec(), b"hello".to_vec()]
    });
    client.send("world");
    assert_eq!(client.response().text(), "helloworld");
    chunked.send("lo\r\n0\r\nX-Sum: 5\r\n\r\n");
    assert_eq!(chunked.response().text(), "hello");
    let trailers: Vec<_> = upstream
        .requests()
        .into_iter()
        .flat_map(|one| one.trailers)
        .collect();
    assert_eq!(trailers, [("X-Sum".to_owned(), "5".to_owned())]);
}

#[test]
fn a_whole_chunked_body_keeps_its_trailers_while_it_is_held() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n",
    );
    buffy.eventually_holds(1);
    buffy.gate("open");
    assert_eq!(client.response().text(), "hello");
    let received = upstream.requests().remove(0);
    assert_eq!(received.trailers, [("X-Sum".to_owned(), "5".to_owned())]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_body_that_came_further_while_connecting_is_whole_and_in_order() {
    let upstream = FakeUpstream::start();
    let more = More {
        upstream: "interval: 60000, timeouts: {connect: 300ms}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    upstream.swallow();
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\nfirst");
    eventually("it is being connected for", || buffy.inflight() == 1);
    client.send("-then");
    buffy.eventually_holds(1);
    client.send("-last");
    client.stays_silent(Duration::from_millis(50));

    upstream.refuse();
    upstream.listen();
    assert_eq!(client.response().text(), "first-then-last");
}

#[test]
fn a_leaver_with_64_kib_in_chunks_is_noticed() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n");
    client.send(vec![b'x'; 64 * 1024]).send("\r\n0\r\n\r\n");
    buffy.eventually_holds(1);
    drop(client);
    buffy.eventually_holds(0);
}
