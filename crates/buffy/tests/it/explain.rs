//! What is said to whom Buffy turns away (semantics of §8).

use buffy_test::{FakeUpstream, RawClient, Reply, Response};

use crate::kit::{More, TestBuffy, outcome};

/// A Buffy that holds for a second, with these named responses.
fn impatient(upstream: &FakeUpstream, response: &str) -> TestBuffy {
    let endpoint = format!("timeout: 1, response: [{response}]");
    let buffy = TestBuffy::forwarding(
        upstream,
        More {
            endpoint: &endpoint,
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy
}

fn asking_for(buffy: &TestBuffy, accept: &str) -> Response {
    let mut client = buffy.client();
    client.get_with("/", &[("Accept", accept)]).response()
}

#[test]
fn a_problem_names_the_actor_and_the_position() {
    let upstream = FakeUpstream::start();
    let buffy = impatient(&upstream, "");
    buffy.gate("close&reason=migration&actor=alice");
    let mut first = buffy.holding("/first");

    let mut second = buffy.holding("/second");

    // The first one's time runs out first: then the second is the first in line.
    for answer in [first.response(), second.response()] {
        let problem = answer.json();
        assert_eq!(outcome(&answer), "hit_timeout");
        assert_eq!(problem["actor"], "alice");
        assert!(problem["position"].as_u64().unwrap() <= 2, "{problem}");
        assert_eq!(
            problem["retry_after_seconds"].to_string(),
            answer.field("retry-after").unwrap()
        );
    }
}

/// The seconds of `Retry-After`, and `until`, of a refusal.
fn retry(answer: &Response) -> (u64, Option<String>) {
    let seconds = answer
        .field("retry-after")
        .and_then(|seconds| seconds.parse().ok())
        .expect("it says when to try again");
    let said = answer.json();
    let until = said.get("until").and_then(|until| until.as_str());
    (seconds, until.map(str::to_owned))
}

#[test]
fn the_end_of_a_lease_is_when_to_try_again() {
    let upstream = FakeUpstream::start();
    let buffy = impatient(&upstream, "");
    buffy.gate("close&actor=ci&ttl=40s");

    let (seconds, until) = retry(&buffy.get("/"));
    assert!((30..=48).contains(&seconds), "{seconds}");
    assert!(until.is_some_and(|until| until.ends_with('Z')));

    // Another one without an end: nobody knows when it is over.
    buffy.gate("close&actor=ann");
    let answer = buffy.get("/");
    assert_eq!(retry(&answer).1, None);
    assert_eq!(answer.json()["actor"], "ci, ann");
}

#[test]
fn the_planned_end_of_a_stop_is_when_to_try_again_however_far_it_is() {
    let upstream = FakeUpstream::start();
    let buffy = impatient(&upstream, "");
    buffy.gate("stop&actor=ops&message=moving&until=2999-01-01T00:00:00Z");

    let answer = buffy.get("/");

    let (seconds, until) = retry(&answer);
    assert!(seconds > 900 * 365 * 24 * 3600, "{seconds}");
    assert_eq!(until.as_deref(), Some("2999-01-01T00:00:00.000Z"));
    assert_eq!(answer.json()["detail"], "stopped by ops: moving");
}

#[test]
fn a_browser_gets_a_page_that_says_the_same() {
    let upstream = FakeUpstream::start();
    let buffy = impatient(&upstream, "");
    buffy.gate("close&reason=%3Cb%3Emigration%3C/b%3E&actor=alice");

    let answer = asking_for(&buffy, "text/html,application/xhtml+xml,*/*;q=0.8");

    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.field("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = answer.text();
    for said in [
        "up: closed by alice: &lt;b&gt;migration&lt;/b&gt;.",
        "Since 20",
        "You waited 1.",
        "number 1 in the queue",
        "Try again in ",
        "Forwarded: no.",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
}

#[test]
fn what_accept_prefers_is_what_comes() {
    let upstream = FakeUpstream::start();
    let buffy = impatient(&upstream, "");
    buffy.gate("stop");
    for (accept, html) in [
        ("*/*", false),
        ("application/json, text/html", false),
        ("text/html, application/json", true),
        ("text/html;q=0.5, application/json;q=0.9", false),
    ] {
        let answer = asking_for(&buffy, accept);
        let is_html = answer.field("content-type") == Some("text/html; charset=utf-8");
        assert_eq!(is_html, html, "{accept}");
    }
}

#[test]
fn the_endpoint_s_own_words_know_why() {
    let upstream = FakeUpstream::start();
    let json = r#"{name: hit_timeout, content: '{"gate": "{{GATE}}", "why": "{{REASON}}", "waited": {{WAITED}}, "position": {{POSITION}}, "again": {{RETRY_AFTER}}, "url": "{{URL}}", "by": "{{ID}}"}'}"#;
    let page = "{name: stopped, content: '<p>{{REASON}} {{POSITION}}'}";
    let plain = "{name: hit_max_queue, content: 'full: {{REASON}}'}";
    let buffy = impatient(&upstream, &format!("{json}, {page}, {plain}"));
    buffy.gate("close&reason=%22now%22%20%3C&actor=alice");

    let answer = buffy.get("/a?b=1");
    let said = answer.json();
    assert_eq!(said["gate"], "up");
    assert_eq!(said["why"], "closed by alice: \"now\" <");
    assert!(said["waited"].as_f64().unwrap() >= 1.0, "{said}");
    assert_eq!(said["position"], 1);
    assert_eq!(
        said["again"].to_string(),
        answer.field("retry-after").unwrap()
    );
    assert_eq!(said["url"], "/a?b=1");
    assert_eq!(said["by"], "all");

    buffy.gate("stop&reason=%3Cscript%3E&actor=bob");
    let answer = buffy.get("/");
    assert_eq!(
        answer.text(),
        "<p>stopped by bob: &lt;script&gt;; closed by alice: &quot;now&quot; &lt; 0"
    );
}

#[test]
fn one_turned_away_for_want_of_a_place_is_told_so_in_the_endpoint_s_words() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "max_queue: 1, response: [{name: hit_max_queue, content: 'full: {{REASON}}'}]",
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy.gate("close&actor=alice");
    let _held: RawClient = buffy.holding("/");

    let answer = buffy.get("/");

    assert_eq!(answer.status, 503);
    assert_eq!(answer.text(), "full: closed by alice");
}

#[test]
fn what_stands_in_the_query_of_a_status_document_is_shown_to_nobody() {
    let upstream = FakeUpstream::start();
    let document = serde_json::json!({"ok": "no"});
    upstream.reply("/ping", Reply::json(200, &document));
    let autogate = format!(
        "autogate: {{uri: \"{}/ping?key=hunter2\", matches: [{{id: ok, if: ok=yes, then: OPEN}}]}}",
        upstream.url()
    );
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            upstream: &autogate,
            endpoint: "timeout: 1",
            ..More::default()
        },
    );

    let refused = buffy.get("/x").text();
    assert!(refused.contains("/ping?[redacted]"), "{refused}");
    let shown = [
        "/_admin/status",
        "/_admin/config",
        "/_admin/api/v1/why?path=/x",
    ]
    .map(|path| buffy.admin("GET", path).text());
    for text in shown.iter().chain([&refused]) {
        assert!(!text.contains("hunter2"), "{text}");
    }
    let asked = upstream.requests();
    assert!(asked.iter().any(|one| one.target == "/ping?key=hunter2"));
}
