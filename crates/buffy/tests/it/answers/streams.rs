//! Its streams: events, messages, tokens, a recording.

use std::time::{Duration, Instant};

use buffy_test::{Response, eventually, request};
use serde_json::{Value, json};

use super::start;
use crate::talker::Talker;

#[test]
fn the_chat_streams_its_tokens() {
    let example = start();
    let body = json!({"stream": true, "user": "Ann"});
    let began = Instant::now();
    let answer = example.ask("a", "POST", "/v1/chat/completions", &body);
    assert!(
        began.elapsed() >= Duration::from_millis(1100),
        "800 ms and 300 ms"
    );
    assert_eq!(answer.field("content-type"), Some("text/event-stream"));
    assert!(answer.complete);
    let text = answer.text();
    let data: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .collect();
    let data: Vec<&str> = data.into_iter().map(str::trim).collect();
    assert_eq!(data.len(), 3, "{text}");
    let token = |index: usize| -> Value { serde_json::from_str(data[index]).unwrap() };
    assert_eq!(
        token(0),
        json!({"choices": [{"delta": {"content": "Hel"}}]})
    );
    assert_eq!(
        token(1),
        json!({"choices": [{"delta": {"content": "lo Ann"}}]})
    );
    assert_eq!(data[2], "[DONE]");

    let unmatched = example.ask(
        "a",
        "POST",
        "/v1/chat/completions",
        &json!({"stream": false}),
    );
    assert_eq!(unmatched.status, 501);
    let closest = &unmatched.json()["closest"];
    assert_eq!(closest["endpoint"], "chat", "{}", unmatched.text());
    assert_eq!(closest["response"], "ok");
}

#[test]
fn the_ticker_goes_on_behind_its_reset() {
    let example = start();
    let mut client = example.buffy.client();
    client.get("/ticker?last=tea");
    let head = client.head();
    assert_eq!(head.status, 200);
    let mut came = Vec::new();
    while !String::from_utf8_lossy(&came).contains("id: two") {
        came.extend(client.bytes(1));
    }
    eventually("the connection was reset", || client.is_ended());
    let came = String::from_utf8_lossy(&came).into_owned();
    assert!(
        came.contains("event: tick") && came.contains("id: one"),
        "{came}"
    );

    let last = [("Last-Event-ID", "two")];
    let asked = request("GET", "/ticker?last=tea", &last, b"");
    let answer = example.buffy.client().send(asked).response();
    let text = answer.text();
    assert!(answer.complete, "{text}");
    assert!(!text.contains("id: two"), "{text}");
    assert!(
        text.contains("id: three") && text.contains("data: tea"),
        "{text}"
    );
    assert!(text.contains(": still here"), "{text}");
}

#[test]
fn tokens_and_recordings_come_at_their_pace() {
    let example = start();
    let lines = |answer: &Response| -> Vec<Value> {
        let text = answer.text();
        let lines = text.lines().filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let began = Instant::now();
    let tokens = example.get("a", "/tokens");
    assert!(
        began.elapsed() >= Duration::from_millis(130),
        "100 ms and two of 25 ms"
    );
    let expected = [
        json!({"token": "a"}),
        json!({"token": "b"}),
        json!({"token": "c"}),
    ];
    assert_eq!(lines(&tokens), expected);
    let began = Instant::now();
    let recorded = example.get("a", "/recorded");
    assert!(
        began.elapsed() >= Duration::from_millis(85),
        "a tenth of 900 ms"
    );
    assert!(recorded.text().contains("Hel") && recorded.text().contains("[DONE]"));
}

#[test]
fn the_feed_answers_messages_and_tells_all() {
    let example = start();
    let open = |user: &str| {
        let target = format!("/ws/feed?user={user}");
        Talker::open(example.buffy.client(), &target, &[])
    };
    let (mut ann, mut bo) = (open("Ann"), open("Bo"));
    let parsed = |text: String| -> Value { serde_json::from_str(&text).unwrap() };
    assert_eq!(parsed(ann.text()), json!({"hello": "Ann"}));
    assert_eq!(parsed(bo.text()), json!({"hello": "Bo"}));
    ann.say(r#"{"type": "ping"}"#);
    assert_eq!(parsed(ann.text()), json!({"type": "pong"}));
    ann.say(r#"{"type": "say", "n": 1}"#);
    for talker in [&mut ann, &mut bo] {
        assert_eq!(parsed(talker.text()), json!({"type": "say", "n": 1}));
    }
    bo.say("bye now");
    assert_eq!(bo.text(), "bye");
    assert_eq!(bo.closed(), Some(1000));
}

#[test]
fn the_echo_waits_before_it_answers() {
    let example = start();
    let mut talker = Talker::open(example.buffy.client(), "/ws/echo", &[]);
    let began = Instant::now();
    talker.say("tea");
    assert_eq!(talker.text(), "tea");
    assert!(began.elapsed() >= Duration::from_millis(100));
}
