//! Answers on their way: what of them reaches a client, and what of others does not.

use std::sync::Arc;

use buffy_test::TempFolder;
use serde_json::json;

use crate::respond::{answering, responding};

/// One worker: all connections share what it has.
const ONE_WORKER: &str = "workers: 1";

#[test]
fn nothing_of_another_answer_follows_a_stream_or_a_file() {
    let folder = Arc::new(TempFolder::new());
    let large = "x".repeat(24 * 1024 * 1024);
    folder.write("large.bin", &large);
    let endpoints = "- id: stream
  path: /stream
  type: respond
  response: [{name: ok, stream: {as: chunked, events: [{text: a}, {text: b, wait: 1h}]}}]
- id: large
  path: /large
  type: respond
  response: [{name: ok, content: file:///large.bin}]
- id: other
  path: /other
  type: respond
  response: [{name: ok, content: other}]
- id: last
  path: /last
  type: respond
  response: [{name: ok, content: last}]
";
    let buffy = answering(&folder, ONE_WORKER, endpoints);
    let mut stream = buffy.asking("/stream");
    assert_eq!(stream.head().status, 200);
    assert_eq!(stream.bytes(6), b"1\r\na\r\n");
    let mut client = buffy.asking("/large");
    assert_eq!(client.head().status, 200);
    assert_eq!(buffy.get("/other").text(), "other");
    let set = buffy.api("PUT", "clock", &json!({"advance": "1h"}));
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(stream.bytes(11), b"1\r\nb\r\n0\r\n\r\n");
    assert_eq!(stream.get("/last").response().text(), "last");
    assert!(client.bytes(large.len()) == large.as_bytes());
    assert_eq!(client.get("/last").response().text(), "last");
}

#[test]
fn a_stream_without_an_end_that_is_to_break_ends_with_buffy() {
    let mut buffy = responding(
        "  - {name: ok, fault: reset, after: 1MB, stream: {as: chunked, end: keep, events: [{text: a}]}}\n",
    );
    let mut client = buffy.asking("/it/1");
    assert_eq!(client.head().status, 200);
    assert_eq!(client.bytes(6), b"1\r\na\r\n");
    let stopping = buffy.begin_stop();
    assert_eq!(stopping.join().unwrap(), buffy::app::Ended::Gracefully);
}

#[test]
fn scripts_of_other_origins_may_read_a_refusal() {
    let endpoint = "- id: open
  path: /open
  type: respond
  cors: true
  methods: [POST]
  body: {max: 3}
  response: [{name: ok, if: text=abc, content: ok}]
";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoint);
    let mut client = buffy.client();
    let refused = client.get("/open").response();
    assert_eq!(
        (refused.status, refused.field("access-control-allow-origin")),
        (405, Some("*"))
    );
    let refused = client.post("/open", b"abcd").response();
    assert_eq!(
        (refused.status, refused.field("access-control-allow-origin")),
        (413, Some("*"))
    );
}

#[test]
fn a_response_may_say_its_own_date() {
    let buffy = responding(
        "  - {name: ok, headers: {Date: 'Tue, 15 Nov 1994 08:12:31 GMT'}, content: ok}\n",
    );
    let answer = buffy.get("/it/1");
    let dates = answer
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("date"));
    let dates: Vec<_> = dates.map(|(_, value)| value.as_str()).collect();
    assert_eq!(dates, ["Tue, 15 Nov 1994 08:12:31 GMT"]);
}

#[test]
fn a_body_in_chunks_that_turns_out_too_large_is_called_that() {
    let endpoint = "- id: upload
  path: /upload
  type: respond
  body: {max: 3}
  response: [{name: ok, if: text=abc, content: ok}]
";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoint);
    for (body, status) in [
        ("3\r\nabc\r\n0\r\n\r\n", 200),
        ("3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", 413),
    ] {
        let mut client = buffy.client();
        client.send("POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        assert_eq!(client.head().status, 100);
        assert_eq!(client.send(body).response().status, status, "{body}");
    }
}
