//! Streams of answers: events, their pace, their ends, and who comes back.

use std::time::{Duration, Instant};

use buffy_test::{RawClient, Response, eventually, request};
use serde_json::{Value, json};

use crate::kit::{self, TestBuffy};

/// An endpoint that streams, on `/s`, and a plain one beside it.
fn streaming(stream: &str) -> TestBuffy {
    TestBuffy::start(&written(stream))
}

fn written(stream: &str) -> String {
    let endpoints = format!(
        "- {{id: s, path: /s, type: respond, response: [{{stream: {stream}}}]}}\n- {{id: ping, path: /ping, type: respond, response: [{{content: pong}}]}}\n"
    );
    kit::answering("session: header X-Session", &endpoints)
}

/// Asks for the stream, behind an event's id where one is given.
fn opened(buffy: &TestBuffy, last: &str) -> RawClient {
    let mut client = buffy.client();
    let fields = [("Last-Event-ID", last)];
    client.get_with("/s", if last.is_empty() { &[] } else { &fields });
    client
}

/// The head of a stream that goes on.
#[track_caller]
fn head(client: &mut RawClient) -> Response {
    let head = client.head();
    assert_eq!(head.status, 200, "{head:?}");
    assert_eq!(head.field("transfer-encoding"), Some("chunked"), "{head:?}");
    head
}

/// The next chunk, as it came; none where the answer is complete.
#[track_caller]
fn chunk(client: &mut RawClient) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.extend(client.bytes(1));
    }
    let line = String::from_utf8(line).expect("a chunk's size is text");
    let size = usize::from_str_radix(line.trim(), 16).expect("a chunk has its size");
    let mut bytes = client.bytes(size + 2);
    bytes.truncate(size);
    (size > 0).then(|| String::from_utf8(bytes).expect("these tests stream text"))
}

/// How many streams are open.
fn open(buffy: &TestBuffy) -> usize {
    buffy.metric("buffy_streams_open{endpoint=\"s\"}")
}

fn advance(buffy: &TestBuffy, by: &str) {
    let answer = buffy.api("PUT", "clock", &json!({"advance": by}));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What a push reached.
#[track_caller]
fn push(buffy: &TestBuffy, query: &str, event: &Value) -> u64 {
    let answer = buffy.api("POST", &format!("push/s{query}"), event);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let got = answer.json().get("reached").and_then(Value::as_u64);
    got.unwrap_or_else(|| panic!("{}", answer.text()))
}

#[test]
fn events_are_sent_and_the_answer_is_complete() {
    let buffy = streaming(
        r#"{as: sse, events: [{data: {n: "{{ query.n }}", m: 1}}, {data: "{{ query.who }}\nagain", event: greet, retry: 3s}, {comment: the end}, {text: "[DONE]"}]}"#,
    );
    let answer = buffy.get("/s?n=7&who=ann");
    assert_eq!(answer.field("content-type"), Some("text/event-stream"));
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    assert_eq!(answer.field("x-buffy-response"), Some("ok"));
    assert_eq!(
        answer.text(),
        "id: 1\ndata: {\"n\":\"7\",\"m\":1}\n\n\
         id: 2\nevent: greet\nretry: 3000\ndata: ann\ndata: again\n\n\
         : the end\n\n\
         id: 3\ndata: [DONE]\n\n"
    );
    let mut client = buffy.client();
    client.send(request("HEAD", "/s", &[("Host", "a")], b""));
    let answer = client.response_to_head();
    assert_eq!(answer.field("content-type"), Some("text/event-stream"));
    // As a GET has it (RFC 9110 §9.3.2): no length is known.
    assert_eq!(answer.field("content-length"), None, "{answer:?}");
    assert_eq!(answer.field("transfer-encoding"), Some("chunked"));
    assert_eq!(client.get("/ping").response().text(), "pong");
}

#[test]
fn whoever_posts_gets_events_as_they_were_written() {
    let buffy = streaming(
        r#"{as: sse, events: [{data: {text: "lo {{ body.user }}", n: "{{ body.n }}"}}, {data: "[DONE]"}]}"#,
    );
    let mut client = buffy.client();
    let answer = client
        .post("/s", br#"{"user": "\"x\"", "n": 5}"#)
        .response();
    assert_eq!(
        answer.text(),
        "data: {\"text\":\"lo \\\"x\\\"\",\"n\":5}\n\ndata: [DONE]\n\n"
    );
    // The connection is as good as before.
    assert_eq!(client.get("/ping").response().text(), "pong");
}

#[test]
fn lines_and_chunks_are_streams_too() {
    let events = r#"[{data: {a: 1}}, {data: text}, {text: "{raw}"}]"#;
    let buffy = streaming(&format!("{{as: ndjson, events: {events}}}"));
    let answer = buffy.get("/s");
    assert_eq!(answer.field("content-type"), Some("application/x-ndjson"));
    assert_eq!(answer.text(), "{\"a\":1}\n\"text\"\n{raw}\n");
    let buffy = streaming(&format!("{{as: chunked, events: {events}}}"));
    let mut client = opened(&buffy, "");
    let head = head(&mut client);
    assert_eq!(
        head.field("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let chunks: Vec<String> = std::iter::from_fn(|| chunk(&mut client)).collect();
    assert_eq!(chunks, ["{\"a\":1}", "text", "{raw}"]);
    let mut old = buffy.client();
    let answer = old.send("GET /s HTTP/1.0\r\n\r\n").response();
    assert!(answer.until_close && answer.complete, "{answer:?}");
    assert_eq!(answer.text(), "{\"a\":1}text{raw}");
}

#[test]
fn a_response_says_its_own_status_and_type() {
    let text = written("{as: ndjson, events: [{data: 1}]}").replace(
        "[{stream:",
        "[{return_code: 202, headers: {Content-Type: application/jsonl}, stream:",
    );
    let answer = TestBuffy::start(&text).get("/s");
    assert_eq!(answer.status, 202);
    assert_eq!(answer.all("content-type"), ["application/jsonl"]);
}

#[test]
fn events_keep_their_pace() {
    let buffy = streaming(
        "{as: sse, delay: 60ms, every: 20ms..30ms, events: [{data: 1}, {data: 2, wait: 100ms}, {data: 3}]}",
    );
    let mut client = opened(&buffy, "");
    let start = Instant::now();
    head(&mut client);
    for (event, least) in [(1, 60), (2, 160), (3, 180)] {
        let expected = format!("id: {event}\ndata: {event}\n\n");
        assert_eq!(chunk(&mut client), Some(expected));
        let least = Duration::from_millis(least);
        assert!(start.elapsed() >= least, "{event}: {:?}", start.elapsed());
    }
    assert_eq!(chunk(&mut client), None);
}

#[test]
fn streams_go_by_the_clock_that_can_be_set() {
    let buffy =
        streaming("{as: sse, delay: 1h, every: 30m, events: [{data: 1}, {data: 2}, {data: 3}]}");
    let mut client = opened(&buffy, "");
    head(&mut client);
    client.stays_silent(Duration::from_millis(50));
    advance(&buffy, "61m");
    assert_eq!(chunk(&mut client).as_deref(), Some("id: 1\ndata: 1\n\n"));
    client.stays_silent(Duration::from_millis(50));
    advance(&buffy, "1h");
    assert_eq!(chunk(&mut client).as_deref(), Some("id: 2\ndata: 2\n\n"));
    assert_eq!(chunk(&mut client).as_deref(), Some("id: 3\ndata: 3\n\n"));
    assert_eq!(chunk(&mut client), None);
}

#[test]
fn whoever_comes_back_after_a_reset_goes_on() {
    let buffy = streaming(
        "{as: sse, events: [{data: a}, {data: b, end: reset}, {data: c}, {data: d, id: last}]}",
    );
    let mut client = opened(&buffy, "");
    let broken = client.try_response().expect("the head came");
    assert!(!broken.complete && client.was_reset(), "{broken:?}");
    assert_eq!(broken.text(), "id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
    // It is behind the reset, and does not meet it again.
    let answer = opened(&buffy, "2").response();
    assert_eq!(answer.text(), "id: 3\ndata: c\n\nid: last\ndata: d\n\n");
    // It is before the reset, and does.
    let broken = opened(&buffy, "1").try_response().expect("the head came");
    assert_eq!(
        (broken.text().as_str(), broken.complete),
        ("id: 2\ndata: b\n\n", false)
    );
    // Nothing is left: a browser would come back for ever, unless it is told not to.
    let answer = opened(&buffy, "last").response();
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    // What nobody sent begins anew.
    let broken = opened(&buffy, "x").try_response().expect("the head came");
    assert!(broken.text().starts_with("id: 1\n"), "{broken:?}");
    assert_eq!(
        buffy.metric("buffy_streams_resumed_total{endpoint=\"s\"}"),
        3
    );
}

#[test]
fn a_stream_that_is_truncated_looks_so() {
    let buffy = streaming("{as: ndjson, events: [{data: 1}], end: truncate}");
    let mut client = opened(&buffy, "");
    let broken = client.try_response().expect("the head came");
    assert!(!broken.complete && !client.was_reset(), "{broken:?}");
    assert_eq!(broken.text(), "1\n");
    let buffy = streaming("{as: ndjson, events: [{data: 1}], end: reset}");
    let mut client = opened(&buffy, "");
    let broken = client.try_response().expect("the head came");
    assert!(!broken.complete && client.was_reset(), "{broken:?}");
}

#[test]
fn a_stream_that_is_kept_open_hears_its_client_leave() {
    let buffy = streaming("{as: sse, events: [{data: 1}], end: keep}");
    let mut client = opened(&buffy, "");
    head(&mut client);
    assert_eq!(chunk(&mut client).as_deref(), Some("id: 1\ndata: 1\n\n"));
    client.stays_silent(Duration::from_millis(50));
    assert_eq!(open(&buffy), 1);
    drop(client);
    eventually("nobody is there any more", || open(&buffy) == 0);
}

#[test]
fn events_are_repeated() {
    let buffy = streaming("{as: sse, repeat: 2, events: [{data: a}, {data: b}]}");
    let whole = "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: a\n\nid: 4\ndata: b\n\n";
    assert_eq!(buffy.get("/s").text(), whole);
    let rest = "id: 4\ndata: b\n\n";
    assert_eq!(opened(&buffy, "3").response().text(), rest);
    let buffy = streaming(
        "{as: ndjson, repeat: forever, every: 1ms, events: [{data: \"{{ seq('n') }}\"}]}",
    );
    let mut client = opened(&buffy, "");
    head(&mut client);
    for n in 1..=50 {
        assert_eq!(chunk(&mut client), Some(format!("{n}\n")));
    }
}

#[test]
fn a_recording_is_played() {
    let lines = "{\"at\":0,\"data\":{\"braces\":\"{{ ID }}\"}}\n{\"at\":600,\"data\":\"x\",\"event\":\"e\"}\n";
    let folder = std::sync::Arc::new(buffy_test::TempFolder::new());
    std::fs::write(folder.path().join("rec.ndjson"), lines).unwrap();
    let text = written("{as: sse, file: \"file:///rec.ndjson\", speed: 10}");
    let buffy = TestBuffy::start_in(&folder, &text);
    let mut client = opened(&buffy, "");
    let start = Instant::now();
    head(&mut client);
    let first = "id: 1\ndata: {\"braces\":\"{{ ID }}\"}\n\n";
    assert_eq!(chunk(&mut client).as_deref(), Some(first));
    assert_eq!(
        chunk(&mut client).as_deref(),
        Some("id: 2\nevent: e\ndata: x\n\n")
    );
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert_eq!(chunk(&mut client), None);
}

#[test]
fn a_profile_is_the_pace_of_a_model() {
    let buffy = streaming(
        "{as: sse, profile: {ttft: 50ms, tps: 100, jitter: 0.2}, events: [{data: a}, {data: b}, {data: c}]}",
    );
    let mut client = buffy.client();
    let start = Instant::now();
    client.post("/s", b"{}");
    head(&mut client);
    assert_eq!(chunk(&mut client).as_deref(), Some("data: a\n\n"));
    assert!(start.elapsed() >= Duration::from_millis(40));
    assert_eq!(chunk(&mut client).as_deref(), Some("data: b\n\n"));
    assert_eq!(chunk(&mut client).as_deref(), Some("data: c\n\n"));
    assert!(start.elapsed() >= Duration::from_millis(56));
}

#[test]
fn events_are_pushed_to_the_streams_of_a_session() {
    let buffy = streaming("{as: sse, end: keep}");
    let mut ann = buffy.client();
    ann.get_with("/s", &[("X-Session", "ann")]);
    let mut bob = buffy.client();
    bob.get_with("/s", &[("X-Session", "bob")]);
    head(&mut ann);
    head(&mut bob);
    eventually("both are there", || open(&buffy) == 2);
    assert_eq!(push(&buffy, "", &json!({"data": {"n": 1}, "id": "x"})), 2);
    assert_eq!(push(&buffy, "?session=ann", &json!({"text": "ann's"})), 1);
    assert_eq!(push(&buffy, "?session=eve", &json!({"data": 1})), 0);
    assert_eq!(push(&buffy, "", &json!({"data": "bye", "end": "close"})), 2);
    let first = "id: x\ndata: {\"n\":1}\n\n";
    assert_eq!(chunk(&mut ann).as_deref(), Some(first));
    assert_eq!(chunk(&mut bob).as_deref(), Some(first));
    assert_eq!(chunk(&mut ann).as_deref(), Some("data: ann's\n\n"));
    for client in [&mut ann, &mut bob] {
        assert_eq!(chunk(client).as_deref(), Some("data: bye\n\n"));
        assert_eq!(chunk(client), None);
    }
    eventually("both are gone", || open(&buffy) == 0);
    let answer = buffy.api("POST", "push/s", &json!({"date": 1}));
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(
        buffy.api("POST", "push/other", &json!({"data": 1})).status,
        404
    );
}

#[test]
fn whoever_does_not_read_what_is_pushed_is_cut() {
    let buffy = streaming("{as: chunked, end: keep}");
    let mut slow = opened(&buffy, "");
    head(&mut slow);
    eventually("it is there", || open(&buffy) == 1);
    let event = json!({"text": "x".repeat(60_000)});
    let dropped = || buffy.metric("buffy_streams_dropped_total{endpoint=\"s\"}");
    eventually("it does not keep up", || {
        push(&buffy, "", &event);
        dropped() == 1
    });
    assert_eq!(push(&buffy, "", &event), 0);
    assert!(slow.is_ended() && slow.was_reset());
}

#[test]
fn a_stream_outlives_a_reload() {
    let buffy = streaming("{as: sse, end: keep, events: [{data: old}]}");
    let mut client = opened(&buffy, "");
    head(&mut client);
    assert_eq!(chunk(&mut client).as_deref(), Some("id: 1\ndata: old\n\n"));
    buffy.reload(&written("{as: sse, end: keep, events: [{data: new}]}"));
    let mut other = opened(&buffy, "");
    head(&mut other);
    assert_eq!(chunk(&mut other).as_deref(), Some("id: 1\ndata: new\n\n"));
    eventually("both are there", || {
        push(&buffy, "", &json!({"comment": "hi"})) == 2
    });
    assert_eq!(chunk(&mut client).as_deref(), Some(": hi\n\n"));
}

#[test]
fn streams_without_an_end_are_ended_with_buffy() {
    let mut buffy = streaming("{as: sse, end: keep, events: [{data: 1}]}");
    let mut client = opened(&buffy, "");
    head(&mut client);
    assert_eq!(chunk(&mut client).as_deref(), Some("id: 1\ndata: 1\n\n"));
    let stopping = buffy.begin_stop();
    assert_eq!(chunk(&mut client), None);
    stopping.join().expect("it stops");
}

#[test]
fn a_client_that_leaves_a_stream_costs_nothing_more() {
    let buffy = streaming("{as: ndjson, repeat: forever, every: 1ms, events: [{data: 1}]}");
    let client = opened(&buffy, "");
    eventually("it is there", || open(&buffy) == 1);
    client.reset();
    eventually("it is gone", || open(&buffy) == 0);
    assert_eq!(buffy.get("/ping").text(), "pong");
}

#[test]
fn later_events_see_what_has_become_of_state_and_data() {
    let more = "
- id: shop
  path: /shop/
  type: data
  data: {orders: [{id: 1}]}
- id: paid
  path: /paid
  type: respond
  response: [{set: {order: paid}, content: done}]
";
    let stream = r#"{as: ndjson, every: 1h, events: [{data: {}}, {data: {order: "{{ state.order }}", orders: "{{ data.shop.orders }}"}}]}"#;
    let buffy = TestBuffy::start(&(written(stream).trim_end().to_owned() + more));
    let mut client = opened(&buffy, "");
    head(&mut client);
    assert_eq!(chunk(&mut client).as_deref(), Some("{}\n"));
    assert_eq!(buffy.get("/paid").text(), "done");
    let added = buffy
        .client()
        .post("/shop/orders", b"{\"id\": 2}")
        .response();
    assert_eq!(added.status, 201, "{}", added.text());
    advance(&buffy, "1h");
    let expected = "{\"order\":\"paid\",\"orders\":[{\"id\":1},{\"id\":2}]}\n";
    assert_eq!(chunk(&mut client).as_deref(), Some(expected));
}

#[test]
fn a_stream_stays_in_its_session_when_all_begins_anew() {
    let more = "
- id: paid
  path: /paid
  type: respond
  response: [{set: {order: paid}, content: done}]
";
    let stream =
        r#"{as: ndjson, every: 1h, events: [{data: {}}, {data: {order: "{{ state.order }}"}}]}"#;
    let buffy = TestBuffy::start(&(written(stream).trim_end().to_owned() + more));
    let (mut client, ann) = (buffy.client(), [("X-Session", "ann")]);
    client.get_with("/s", &ann);
    head(&mut client);
    assert_eq!(chunk(&mut client).as_deref(), Some("{}\n"));
    let reset = buffy.api("POST", "reset", &json!({}));
    assert_eq!(reset.status, 200, "{}", reset.text());
    let paid = buffy.client().get_with("/paid", &ann).response();
    assert_eq!(paid.text(), "done");
    advance(&buffy, "1h");
    assert_eq!(
        chunk(&mut client).as_deref(),
        Some("{\"order\":\"paid\"}\n")
    );
}

#[test]
fn a_silent_stream_is_looked_after_by_the_system() {
    let buffy = streaming("{as: sse, events: [{data: a}], end: keep}");
    let mut client = opened(&buffy, "");
    head(&mut client);
    let local = format!(":{:04X}", buffy.port());
    // A client that vanished without a word would be there for ever.
    eventually("the connection has its keep-alive timer", || {
        let table = std::fs::read_to_string("/proc/net/tcp").expect("it is Linux's");
        table.lines().any(|line| {
            let mut fields = line.split_whitespace();
            let is_ours = fields.nth(1).is_some_and(|ours| ours.ends_with(&local));
            let is_established = fields.nth(1) == Some("01");
            let timer = fields.nth(1).unwrap_or_default();
            is_ours && is_established && timer.starts_with("02:")
        })
    });
}
