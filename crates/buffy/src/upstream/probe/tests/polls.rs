//! One look at a status document.

use std::sync::Arc;

use buffy_core::config::{DocumentKind, Match, Then};
use buffy_core::gate::{Input, Poll};
use buffy_core::rule::Rule;
use buffy_test::{FakeUpstream, OneThread, Reply};
use serde_json::json;

use super::super::last::{LastPoll, Looks};
use super::super::poller::Poller;
use super::{addresses, reports, within};
use crate::client::{Address, Client};
use crate::clock;
use crate::upstream::address::Addresses;

fn rules() -> Vec<Match> {
    let rule = |id: &str, text, then| Match {
        id: id.to_owned(),
        kind: DocumentKind::Json,
        rule: Rule::parse(text, DocumentKind::Json).unwrap(),
        then,
    };
    vec![
        rule("match1", "status=\"*ok*\" && num=10", Then::Open),
        rule("match2", "status=\"*error*\"", Then::Close),
    ]
}

fn look(rt: &OneThread, addresses: Addresses, url: &str, short: bool) -> (Option<Poll>, LastPoll) {
    look_expecting(rt, addresses, url, short, None)
}

/// The same, where every OPEN must come with this.
fn look_expecting(
    rt: &OneThread,
    addresses: Addresses,
    url: &str,
    short: bool,
    expected: Option<Rule>,
) -> (Option<Poll>, LastPoll) {
    let (reported, report) = reports();
    let looks = Arc::new(Looks::new(1));
    let poller = Poller {
        client: Client::default(),
        to: Ok(Address::parse(url).unwrap()),
        addresses,
        matches: rules(),
        expected: Box::new(move || expected.clone()),
        within: within(short),
        looks: Arc::clone(&looks),
        counts: Arc::default(),
        report,
    };
    let before = clock::now();
    rt.run(poller.look());
    let told = reported.lock().unwrap().pop().map(|input| {
        let Input::Poll { began, outcome } = input else {
            panic!("no poll: {input:?}")
        };
        assert!(before <= began && began <= clock::now());
        outcome
    });
    (told, looks.last_poll().unwrap())
}

fn poll(server: &FakeUpstream) -> (Poll, LastPoll) {
    let rt = OneThread::new();
    let url = format!("{}/_ping?full=1", server.url());
    let (told, last) = look(&rt, addresses(&rt, server), &url, false);
    (told.unwrap(), last)
}

fn missed(server: &FakeUpstream) -> String {
    let outcome = poll(server).0;
    let Poll::Miss(why) = outcome else {
        panic!("no miss: {outcome:?}")
    };
    why
}

#[test]
fn a_document_opens_closes_or_says_nothing() {
    let server = FakeUpstream::start();
    let say = |status, document| {
        server.reply("/_ping", Reply::json(status, &document));
        let (outcome, last) = poll(&server);
        (outcome, last.found)
    };
    let open = Poll::Open {
        rule: "match1".to_owned(),
    };
    let said = say(200, json!({ "status": "all ok", "num": 10 }));
    assert_eq!(said, (open, "rule match1 says OPEN".to_owned()));
    let close = Poll::Close {
        rule: "match2".to_owned(),
    };
    let said = say(503, json!({ "status": "error" }));
    assert_eq!(
        said,
        (close, "rule match2 says CLOSE".to_owned()),
        "any status closes"
    );
    let said = say(503, json!({ "status": "ok", "num": 10 }));
    assert_eq!(
        said,
        (Poll::Unmatched, "status 503, no rule matched".to_owned())
    );
    let said = say(200, json!({ "status": "starting" }));
    assert_eq!(
        said,
        (Poll::Unmatched, "status 200, no rule matched".to_owned())
    );
}

#[test]
fn an_open_of_another_version_than_the_expected_one_is_none() {
    let server = FakeUpstream::start();
    let expected = Rule::parse("build=\"1.4.2\"", DocumentKind::Json).unwrap();
    let say = |build: &str| {
        let document = json!({ "status": "ok", "num": 10, "build": build });
        server.reply("/_ping", Reply::json(200, &document));
        let rt = OneThread::new();
        let url = format!("{}/_ping", server.url());
        let expected = Some(expected.clone());
        let (told, last) = look_expecting(&rt, addresses(&rt, &server), &url, false, expected);
        (told.unwrap(), last)
    };
    let (outcome, last) = say("1.4.1");
    assert_eq!(outcome, Poll::Unmatched);
    assert_eq!(
        last.found,
        "status 200, no rule matched; every OPEN needs build=\"1.4.2\""
    );
    let tried = last.rules.last().unwrap();
    assert_eq!((tried.id.as_str(), tried.held), ("expect_version", false));
    assert_eq!(tried.terms[0].got, "\"1.4.1\"");
    let open = Poll::Open {
        rule: "match1".to_owned(),
    };
    assert_eq!(say("1.4.2").0, open);
}

#[test]
fn every_look_is_a_new_connection_and_asks_no_cache() {
    let server = FakeUpstream::start();
    server.reply(
        "/_ping",
        Reply::json(200, &json!({ "status": "ok", "num": 10 })),
    );
    poll(&server);
    poll(&server);
    assert_eq!(server.connections(), 2);
    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("GET", "/_ping?full=1")
    );
    assert_eq!(request.field("cache-control"), Some("no-cache"));
}

#[test]
fn what_is_no_json_is_a_miss_and_says_where() {
    let server = FakeUpstream::start();
    server.reply("/_ping", Reply::text(200, "{\"status\": ok}"));
    let why = missed(&server);
    assert!(
        why.starts_with("rule match1 reads JSON, and the answer with status 200"),
        "{why}"
    );
    assert!(why.ends_with("at line 1 column 12"), "{why}");
}

#[test]
fn a_redirect_is_not_followed() {
    let server = FakeUpstream::start();
    let elsewhere = FakeUpstream::start();
    elsewhere.reply_otherwise(Reply::json(200, &json!({ "status": "ok", "num": 10 })));
    server.reply(
        "/_ping",
        Reply::raw(format!(
            "HTTP/1.1 302 Found\r\nLocation: {}/\r\nContent-Length: 2\r\n\r\n{{}}",
            elsewhere.url()
        )),
    );
    assert_eq!(poll(&server).0, Poll::Unmatched);
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn what_cannot_be_had_is_a_miss_in_words() {
    assert_eq!(missed(&FakeUpstream::absent()), "connection refused");
    let server = FakeUpstream::start();
    server.reply("/_ping", Reply::text(200, &"x".repeat(300 * 1024)));
    assert_eq!(missed(&server), "the body is longer than 256 KiB");
    server.reply("/_ping", Reply::reset_unanswered());
    let why = missed(&server);
    assert!(why.contains("connection"), "{why}");

    let rt = OneThread::new();
    server.reply("/_ping", Reply::silent());
    let url = format!("{}/_ping", server.url());
    let told = look(&rt, addresses(&rt, &server), &url, true).0;
    assert_eq!(told, Some(Poll::Miss("timed out after 80ms".to_owned())));
}

#[test]
fn a_failure_of_this_machine_is_not_told() {
    let rt = OneThread::new();
    let addresses = Addresses::failing(rt.handle().clone(), "Temporary failure in name resolution");
    let (told, last) = look(&rt, addresses, "http://target.test/_ping", false);
    assert_eq!(told, None);
    assert!(
        last.found.starts_with("a failure of this machine: "),
        "{}",
        last.found
    );
}

#[test]
fn the_last_look_says_what_every_rule_met() {
    let server = FakeUpstream::start();
    server.reply(
        "/_ping",
        Reply::json(200, &json!({ "num": 9, "status": "ok" })),
    );
    let last = poll(&server).1;
    assert_eq!(
        (last.status, last.body.as_str()),
        (Some(200), r#"{"num":9,"status":"ok"}"#)
    );
    let tried = last.rules.iter().map(|one| {
        let met: Vec<_> = one
            .terms
            .iter()
            .map(|term| (term.got.as_str(), term.held))
            .collect();
        format!("{} {} {} {met:?}", one.id, one.then, one.held)
    });
    assert_eq!(
        tried.collect::<Vec<_>>(),
        [
            r#"match1 OPEN false [("\"ok\"", true), ("9", false)]"#,
            r#"match2 CLOSE false [("\"ok\"", false)]"#,
        ]
    );
}
