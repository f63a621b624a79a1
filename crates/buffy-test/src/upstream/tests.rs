use std::io::ErrorKind;
use std::time::Duration;

use crate::{Broken, FakeUpstream, RawClient, Reply, Step, eventually, get, post, request};

#[test]
fn it_tells_a_request_back_and_writes_it_down() {
    let upstream = FakeUpstream::start();
    let mut client = RawClient::connect(upstream.port());
    client.send(request("POST", "/a?b=1", &[("X-Id", "7")], b"hello"));

    let answer = client.response();
    assert_eq!(
        (answer.status, answer.field("x-id"), answer.text()),
        (200, Some("7"), "hello".into())
    );
    let [received] = <[_; 1]>::try_from(upstream.requests()).unwrap();
    assert_eq!(
        (received.method.as_str(), received.target.as_str()),
        ("POST", "/a?b=1")
    );
    assert_eq!(
        (received.id(), received.body.as_slice()),
        ("7", b"hello".as_slice())
    );
    assert!(received.whole);
    client.get("/second");
    assert_eq!(client.response().text(), "GET /second");
    assert_eq!((upstream.connections(), upstream.count()), (1, 2));
}

#[test]
fn chunks_trailers_and_interim_responses_are_read_and_sent() {
    let upstream = FakeUpstream::start();
    upstream.reply("/c", Reply::raw(
        "HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n0\r\nX-End: 1\r\n\r\n",
    ));
    let mut client = RawClient::connect(upstream.port());
    client.send(
        "POST /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    );

    let answer = client.response();
    assert_eq!(answer.text(), "abc");
    assert_eq!(answer.trailers, [("X-End".to_owned(), "1".to_owned())]);
    assert_eq!(
        answer
            .interim
            .iter()
            .map(|(status, _)| *status)
            .collect::<Vec<_>>(),
        [100, 103]
    );
    let received = upstream.requests().remove(0);
    assert_eq!(received.body, b"hello");
    assert_eq!(received.trailers, [("X-T".to_owned(), "1".to_owned())]);
}

#[test]
fn answers_wait_while_it_is_paused_and_the_peak_is_counted() {
    let upstream = FakeUpstream::start();
    upstream.pause();
    let mut clients: Vec<_> = (0..5)
        .map(|_| RawClient::connect(upstream.port()))
        .collect();
    for client in &mut clients {
        client.get("/");
    }
    eventually("five are under way", || upstream.under_way() == 5);
    clients.pop().unwrap().reset();
    eventually("one left", || upstream.under_way() == 4);
    assert!(!clients.iter_mut().any(RawClient::has_answer));

    upstream.resume();
    assert!(
        clients
            .iter_mut()
            .all(|client| client.response().status == 200)
    );
    assert_eq!((upstream.peak(), upstream.under_way()), (5, 0));
}

#[test]
fn refused_is_refused_and_the_port_stays_its_own() {
    let upstream = FakeUpstream::absent();
    let refused = || RawClient::try_connect(upstream.port()).unwrap_err().kind();
    assert_eq!(refused(), ErrorKind::ConnectionRefused);

    upstream.listen();
    let mut standing = RawClient::connect(upstream.port());
    assert_eq!(standing.get("/").response().status, 200);
    upstream.refuse();
    assert_eq!(refused(), ErrorKind::ConnectionRefused);
    assert_eq!(standing.get("/").response().status, 200);

    upstream.kill();
    assert!(standing.is_ended());
    assert!(standing.was_reset());
    assert_eq!(
        (refused(), upstream.open()),
        (ErrorKind::ConnectionRefused, 0)
    );
    upstream.listen();
    assert_eq!(get(upstream.port(), "/").status, 200);
}

#[test]
fn it_closes_resets_and_cuts_short() {
    let upstream = FakeUpstream::start();
    upstream.reply_next(Reply::close_unanswered());
    upstream.reply_next(Reply::reset_unanswered());
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort";
    upstream.reply_next(Reply::raw(cut).then(Step::Close));

    let next = || {
        RawClient::connect(upstream.port())
            .post("/", b"x")
            .try_response()
    };
    assert_eq!(next(), Err(Broken::Closed));
    assert_eq!(next(), Err(Broken::Reset));
    let short = next().unwrap();
    assert_eq!((short.complete, short.text()), (false, "short".into()));
    assert_eq!(post(upstream.port(), "/", b"x").status, 200);
}

#[test]
fn idle_connections_are_closed_and_busy_ones_are_not() {
    let upstream = FakeUpstream::start();
    upstream.reply("/slow", Reply::silent());
    let mut idle = RawClient::connect(upstream.port());
    assert_eq!(idle.get("/").response().status, 200);
    let mut busy = RawClient::connect(upstream.port());
    busy.get("/slow");
    eventually("one is under way", || upstream.under_way() == 1);

    upstream.close_idle();
    assert!(idle.is_ended() && !idle.was_reset());
    busy.stays_silent(Duration::from_millis(20));
    upstream.tell();
    assert_eq!(busy.response().status, 200);
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_is_swallowed_is_neither_made_nor_refused() {
    let upstream = FakeUpstream::start();
    upstream.swallow();
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], upstream.port()));
    let met = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100));
    assert_eq!(met.unwrap_err().kind(), ErrorKind::TimedOut);
}
