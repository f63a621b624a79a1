//! A stream that is a WebSocket (RFC 6455): the handshake, messages and their replies, and how they end.

use std::time::Duration;

use buffy_test::{eventually, for_a_while, request};
use serde_json::json;

use crate::kit::{self, TestBuffy};
use crate::talker::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Talker};

const FEED: &str = r#"{as: ws, events: [{data: {hello: "{{ query.user }}"}}], reply: [
    {if: type=ping, send: {type: pong, n: "{{ body.n }}"}},
    {if: 'text="bye*"', send: "bye", end: close},
    {if: type=say, send: "{{ text }}", to: all},
    {if: type=later, send: later, wait: 1h},
    {if: type=cut, end: reset},
    {if: type=drop, send: dropped, end: truncate},
    {if: type=all, send: to all, to: all, end: close}]}"#;

fn talking(stream: &str) -> TestBuffy {
    TestBuffy::start(&written(stream))
}

fn written(stream: &str) -> String {
    let endpoints =
        format!("- {{id: s, path: /s, type: respond, response: [{{stream: {stream}}}]}}\n");
    kit::answering("session: header X-Session", &endpoints)
}

/// A WebSocket that has had its greeting.
#[track_caller]
fn greeted(buffy: &TestBuffy, session: &str) -> Talker {
    let mut talker = Talker::open(buffy.client(), "/s?user=ann", &[("X-Session", session)]);
    assert_eq!(talker.text(), r#"{"hello":"ann"}"#);
    talker
}

#[test]
fn messages_are_answered_by_rule() {
    let buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    talker.say(r#"{"type": "ping", "n": 5}"#);
    assert_eq!(talker.text(), r#"{"type":"pong","n":5}"#);
    talker.say("nobody replies to this");
    talker.say(r#"{"type": "nor to this"}"#);
    talker.say(r#"{"type": "ping"}"#);
    assert_eq!(talker.text(), r#"{"type":"pong","n":null}"#);
    talker.say("bye for now");
    assert_eq!(talker.text(), "bye");
    assert_eq!(talker.closed(), Some(1000));
    talker.send(CLOSE, &1000_u16.to_be_bytes());
    assert!(talker.is_ended() && !talker.was_reset());
}

#[test]
fn what_is_said_to_all_reaches_all_of_the_session() {
    let buffy = talking(FEED);
    let (mut ann, mut bob) = (greeted(&buffy, "one"), greeted(&buffy, "one"));
    let mut eve = greeted(&buffy, "other");
    ann.say(r#"{"type":"say","what":"hello"}"#);
    assert_eq!(ann.text(), r#"{"type":"say","what":"hello"}"#);
    assert_eq!(bob.text(), r#"{"type":"say","what":"hello"}"#);
    bob.say(r#"{"type":"all"}"#);
    assert_eq!((bob.text().as_str(), bob.closed()), ("to all", Some(1000)));
    assert_eq!(ann.text(), "to all");
    eve.say(r#"{"type":"ping"}"#);
    assert_eq!(eve.text(), r#"{"type":"pong","n":null}"#);
}

#[test]
fn events_are_pushed_to_sockets() {
    let buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    let answer = buffy.api("POST", "push/s", &json!({"data": {"price": 3}}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(talker.text(), r#"{"price":3}"#);
    buffy.api("POST", "push/s", &json!({"text": "over", "end": "close"}));
    assert_eq!(
        (talker.text().as_str(), talker.closed()),
        ("over", Some(1000))
    );
}

#[test]
fn replies_wait_by_the_clock_and_stay_in_order() {
    let buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    talker.say(r#"{"type":"later"}"#);
    talker.say(r#"{"type":"ping"}"#);
    talker.send(PING, b"alive");
    assert_eq!(talker.frame(), (PONG, b"alive".to_vec()));
    talker.stays_silent(Duration::from_millis(50));
    let answer = buffy.api("PUT", "clock", &json!({"advance": "61m"}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(talker.text(), "later");
    assert_eq!(talker.text(), r#"{"type":"pong","n":null}"#);
}

#[test]
fn a_socket_ends_as_it_is_told() {
    let buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    talker.say(r#"{"type":"cut"}"#);
    assert!(talker.is_ended() && talker.was_reset());
    let mut talker = greeted(&buffy, "");
    talker.say(r#"{"type":"drop"}"#);
    assert_eq!(talker.text(), "dropped");
    assert!(talker.is_ended() && !talker.was_reset());
    let buffy = talking("{as: ws, events: [{data: 1}, {data: 2, wait: 1ms}], end: close}");
    let mut talker = Talker::open(buffy.client(), "/s", &[]);
    assert_eq!((talker.text(), talker.text()), ("1".into(), "2".into()));
    assert_eq!(talker.closed(), Some(1000));
}

#[test]
fn messages_come_in_fragments_and_as_binary() {
    let buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    talker.send_part(TEXT, br#"{"type":"#);
    talker.send(PING, b"in between");
    talker.send_part(CONTINUATION, br#""ping","n":"#);
    talker.send(CONTINUATION, b"1}");
    assert_eq!(talker.frame(), (PONG, b"in between".to_vec()));
    assert_eq!(talker.text(), r#"{"type":"pong","n":1}"#);
    talker.send(BINARY, br#"{"type":"ping","n":2}"#);
    assert_eq!(talker.text(), r#"{"type":"pong","n":2}"#);
    talker.send(BINARY, &[0xff, 0xfe]);
    talker.say(r#"{"type":"ping","n":3}"#);
    assert_eq!(talker.text(), r#"{"type":"pong","n":3}"#);
}

#[test]
fn what_breaks_the_protocol_is_told_its_code() {
    let buffy = talking(FEED);
    let check = |code: u16, send: &dyn Fn(&mut Talker)| {
        let mut talker = greeted(&buffy, "");
        send(&mut talker);
        assert_eq!(talker.closed(), Some(code));
        talker.half_close();
        assert!(talker.is_ended() && !talker.was_reset(), "{code}");
    };
    check(1002, &|talker| talker.send_raw(&[0x81, 0x01, b'x']));
    check(1002, &|talker| talker.send(CONTINUATION, b"of nothing"));
    check(1002, &|talker| talker.send(PING, &[b'x'; 126]));
    check(1007, &|talker| talker.send(TEXT, &[0xc3, 0x28]));
    let long = vec![b'x'; (1 << 20) + 1];
    check(1009, &|talker| talker.send(TEXT, &long));
    let half = vec![b'x'; 600_000];
    check(1009, &|talker| {
        talker.send_part(TEXT, &half);
        talker.send_part(CONTINUATION, &half);
    });
}

#[test]
fn a_socket_that_is_left_gives_its_seat_back() {
    let buffy = talking(FEED);
    let open = || buffy.metric("buffy_streams_open{endpoint=\"s\"}");
    let mut polite = greeted(&buffy, "");
    let rude = greeted(&buffy, "");
    assert_eq!(open(), 2);
    drop(rude);
    eventually("one is gone", || open() == 1);
    polite.send(CLOSE, &4000_u16.to_be_bytes());
    assert_eq!(polite.closed(), Some(4000));
    assert!(polite.is_ended());
    eventually("all are gone", || open() == 0);
}

#[test]
fn what_is_no_handshake_is_told_how_to_ask() {
    let buffy = talking(FEED);
    let answer = buffy.get("/s");
    assert_eq!(answer.status, 426, "{}", answer.text());
    assert_eq!(answer.field("upgrade"), Some("websocket"));
    assert_eq!(answer.field("sec-websocket-version"), Some("13"));
    let fields = [
        ("Host", "a"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "too short"),
    ];
    let mut client = buffy.client();
    let answer = client.send(request("GET", "/s", &fields, b"")).response();
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(
        answer.text().contains("Sec-WebSocket-Key"),
        "{}",
        answer.text()
    );
}

#[test]
fn a_handshake_is_one_of_http_1_1_and_has_no_body() {
    let buffy = talking("{as: ws, events: [{data: hello}]}");
    let check = |version: &str, more: &str, status: u16| {
        let asked = format!(
            "GET /s HTTP/{version}\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}"
        );
        let mut client = buffy.client();
        assert_eq!(client.send(asked).head().status, status, "{version} {more}");
    };
    check("1.1", "\r\n", 101);
    check("1.1", "Content-Length: 0\r\n\r\n", 101);
    // RFC 9110 §7.8: there is nothing else to be had by HTTP/1.0.
    check("1.0", "\r\n", 426);
    // A body would be read as what the WebSocket's client says.
    check("1.1", "Content-Length: 2\r\n\r\n\u{1}\0", 400);
    check("1.1", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
}

#[test]
fn messages_right_behind_the_handshake_are_heard() {
    let buffy = talking(FEED);
    let mut talker = Talker::open_with(buffy.client(), "/s?user=ann", &[], |talker| {
        talker.say(r#"{"type":"ping","n":1}"#);
    });
    assert_eq!(talker.text(), r#"{"hello":"ann"}"#);
    assert_eq!(talker.text(), r#"{"type":"pong","n":1}"#);
}

#[test]
fn sockets_are_closed_when_buffy_stops() {
    let mut buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    let stopping = buffy.begin_stop();
    assert_eq!(talker.closed(), Some(1001));
    talker.send(CLOSE, &1001_u16.to_be_bytes());
    assert!(talker.is_ended());
    stopping.join().expect("it stops");
}

#[test]
fn a_flood_of_messages_waits_for_its_replies() {
    let buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    for _ in 0..200 {
        talker.say(r#"{"type":"later"}"#);
    }
    for_a_while("nothing is said", Duration::from_millis(50), || {
        !talker.has_answer()
    });
    buffy.api("PUT", "clock", &json!({"advance": "61m"}));
    for _ in 0..64 {
        assert_eq!(talker.text(), "later");
    }
}

#[test]
fn whoever_pings_and_does_not_read_is_not_listened_to() {
    // More than all buffers of the system hold.
    const ENOUGH: usize = 48 * 1024 * 1024;
    let buffy = talking(FEED);
    let mut talker = greeted(&buffy, "");
    let sent = talker.flood(PING, ENOUGH, Duration::from_secs(2));
    assert!(sent < ENOUGH, "the answers to {sent} bytes of pings wait");
}
