//! Several upstreams of one endpoint, in order: when a request goes on to the next one.

use buffy_test::{FakeUpstream, RawClient, eventually, request};
use serde_json::json;

use crate::kit::{TestBuffy, outcome};

/// Upstreams `a` and `b`, and an endpoint of both.
fn text(a: &FakeUpstream, b: &FakeUpstream, of_a: &str, endpoint: &str) -> String {
    let (a, b) = (a.url(), b.url());
    format!(
        "version: 0.1\n\
         buffy: {{listen: [{{id: public, bind: 127.0.0.1, port: 0}}], \
         admin: {{bind: 127.0.0.1, port: 0}}, workers: 2}}\n\
         upstreams:\n- {{id: a, endpoint: \"{a}\", interval: 200{of_a}}}\n\
         - {{id: b, endpoint: \"{b}\", interval: 200, max_inflight: 1}}\n\
         endpoints:\n- {{id: all, path: /, type: proxy, upstream: [a, b], timeout: 60{endpoint}}}\n\
         - {{id: only, path: /only, type: proxy, upstream: [b], timeout: 60}}\n"
    )
}

fn start(a: &FakeUpstream, b: &FakeUpstream) -> TestBuffy {
    TestBuffy::start(&text(a, b, "", ""))
}

fn gate(buffy: &TestBuffy, upstream: &str, action: &str) {
    let answer = buffy.admin(
        "POST",
        &format!("/_admin/gate?upstream={upstream}&action={action}"),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn is_open(buffy: &TestBuffy, upstream: &str) -> bool {
    buffy.metric(&format!("buffy_gate_open{{upstream=\"{upstream}\"}}")) == 1
}

fn eventually_is(buffy: &TestBuffy, upstream: &str, open: bool) {
    eventually(&format!("{upstream} is open: {open}"), || {
        is_open(buffy, upstream) == open
    });
}

fn held(buffy: &TestBuffy, upstream: &str) -> usize {
    buffy.metric(&format!("buffy_held_requests{{upstream=\"{upstream}\"}}"))
}

/// Which upstream answered.
fn by(buffy: &TestBuffy, target: &str) -> String {
    let answer = buffy.get(target);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let upstream = answer.field("x-buffy-upstream");
    upstream.unwrap_or_default().to_owned()
}

#[test]
fn the_next_one_answers_while_the_first_one_is_down() {
    let (a, b) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&a, &b);
    eventually_is(&buffy, "a", true);
    eventually_is(&buffy, "b", true);
    assert_eq!(by(&buffy, "/1"), "a");

    a.kill();
    // Whoever meets the refusal may wait a moment; nobody is refused, and nobody waits for long.
    assert_eq!(by(&buffy, "/2"), "b");
    eventually_is(&buffy, "a", false);
    assert_eq!(by(&buffy, "/3"), "b");
    assert_eq!(b.requests()[0].field("x-buffy-upstream-id"), Some("b"));

    a.listen();
    eventually_is(&buffy, "a", true);
    assert_eq!(by(&buffy, "/4"), "a");
    assert_eq!((a.count(), b.count()), (2, 2));
}

#[test]
fn all_that_a_dying_upstream_leaves_unanswered_is_repeated_at_the_next_one() {
    const READS: usize = 80;
    let (a, b) = (FakeUpstream::start(), FakeUpstream::start());
    let config = text(&a, &b, "", "").replace(", max_inflight: 1", "");
    let buffy = TestBuffy::start(&config);
    eventually_is(&buffy, "a", true);
    eventually_is(&buffy, "b", true);
    a.pause();
    let mut clients: Vec<_> = (0..READS).map(|n| buffy.asking(&format!("/{n}"))).collect();
    eventually("all are under way", || a.under_way() == READS);
    // An outage: it is charged to nobody's repeats, and the other one has had no request so far.
    a.kill();
    for client in &mut clients {
        let answer = client.response();
        let by = answer.field("x-buffy-upstream");
        assert_eq!((answer.status, by), (200, Some("b")), "{}", answer.text());
    }
    assert_eq!((a.count(), b.count()), (READS, READS));
}

#[test]
fn nobody_is_sent_elsewhere_by_an_operator() {
    let (a, b) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&a, &b);
    eventually_is(&buffy, "a", true);
    eventually_is(&buffy, "b", true);
    gate(&buffy, "a", "close");
    let mut waiting = buffy.asking("/held");
    eventually("it is held at a", || held(&buffy, "a") == 1);
    assert_eq!(b.count(), 0);
    gate(&buffy, "a", "open");
    assert_eq!(waiting.response().field("x-buffy-upstream"), Some("a"));

    gate(&buffy, "a", "stop");
    assert_eq!(outcome(&buffy.get("/stopped")), "stopped");
    assert_eq!((a.count(), b.count()), (1, 0));
}

#[test]
fn a_close_of_the_second_holds_those_of_a_first_that_is_down() {
    let (a, b) = (FakeUpstream::absent(), FakeUpstream::start());
    let buffy = start(&a, &b);
    eventually_is(&buffy, "b", true);
    assert_eq!(by(&buffy, "/1"), "b");
    gate(&buffy, "b", "close");
    let mut first = buffy.asking("/first");
    eventually("it is held", || held(&buffy, "a") == 1);
    gate(&buffy, "b", "open");
    assert_eq!(first.response().field("x-buffy-upstream"), Some("b"));
    assert_eq!(held(&buffy, "a"), 0);
}

#[test]
fn who_waits_for_two_is_answered_by_whichever_opens_first_in_order_of_arrival() {
    for b_first in [true, false] {
        let (a, b) = (FakeUpstream::absent(), FakeUpstream::absent());
        let buffy = TestBuffy::start(&text(&a, &b, ", max_inflight: 1", ""));
        let mut waiting = Vec::new();
        for n in 0..8 {
            waiting.push(buffy.asking(&format!("/{n}")));
            eventually("it is held", || held(&buffy, "a") == n + 1);
        }
        assert_eq!(held(&buffy, "b"), 0, "each is counted once");
        let (opens, other) = if b_first { (&b, &a) } else { (&a, &b) };
        opens.listen();
        for client in &mut waiting {
            assert_eq!(client.response().status, 200);
        }
        let targets: Vec<_> = opens.requests().into_iter().map(|one| one.target).collect();
        let sorted: Vec<_> = (0..8).map(|n| format!("/{n}")).collect();
        assert_eq!(targets, sorted, "one after the other, as they came");
        assert_eq!(other.count(), 0);
        assert_eq!(held(&buffy, "a") + held(&buffy, "b"), 0);
    }
}

#[test]
fn whoever_waits_at_the_second_alone_is_in_the_same_order() {
    let (a, b) = (FakeUpstream::absent(), FakeUpstream::absent());
    let buffy = start(&a, &b);
    let mut waiting = Vec::new();
    for n in 0..6 {
        let path = if n % 2 == 0 { "/only" } else { "/both" };
        waiting.push(buffy.asking(&format!("{path}?{n}")));
        eventually("it is held", || {
            held(&buffy, "a") + held(&buffy, "b") == n + 1
        });
    }
    b.listen();
    for client in &mut waiting {
        assert_eq!(client.response().field("x-buffy-upstream"), Some("b"));
    }
    let got: Vec<_> = b.requests().into_iter().map(|one| one.target).collect();
    let both = "/only?0 /both?1 /only?2 /both?3 /only?4 /both?5";
    assert_eq!(got.join(" "), both);
}

#[test]
fn who_is_held_by_an_operator_goes_on_when_the_lift_finds_nobody() {
    let (a, b) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&a, &b);
    eventually_is(&buffy, "a", true);
    eventually_is(&buffy, "b", true);
    gate(&buffy, "a", "close");
    let mut waiting = buffy.asking("/");
    eventually("it is held", || held(&buffy, "a") == 1);
    a.kill();
    gate(&buffy, "a", "open");
    assert_eq!(waiting.response().field("x-buffy-upstream"), Some("b"));
    assert_eq!((a.count(), b.count()), (0, 1));
}

#[test]
fn rules_that_say_closed_send_on_and_rules_that_say_open_bring_back() {
    let (a, b) = (FakeUpstream::start(), FakeUpstream::start());
    a.status_page("/status", 200, &json!({ "ready": 1 }));
    let rules = format!(
        ", autogate: {{uri: \"{}/status\", matches: [\
         {{id: ready, type: json, if: \"ready=1\", then: OPEN}}, \
         {{id: busy, type: json, if: \"ready=0\", then: CLOSE}}]}}",
        a.url()
    );
    let buffy = TestBuffy::start(&text(&a, &b, &rules, ""));
    eventually_is(&buffy, "a", true);
    eventually_is(&buffy, "b", true);
    assert_eq!(by(&buffy, "/"), "a");
    a.status_page("/status", 200, &json!({ "ready": 0 }));
    eventually_is(&buffy, "a", false);
    assert_eq!(by(&buffy, "/"), "b");
    a.status_page("/status", 200, &json!({ "ready": 1 }));
    eventually_is(&buffy, "a", true);
    assert_eq!(by(&buffy, "/"), "a");
}

#[test]
fn failover_is_for_what_is_written() {
    let (a, b) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = TestBuffy::start(&text(&a, &b, "", ", failover: [autogate]"));
    eventually_is(&buffy, "a", true);
    eventually_is(&buffy, "b", true);
    a.kill();
    eventually_is(&buffy, "a", false);
    let mut waiting = buffy.asking("/");
    eventually("it waits for a", || held(&buffy, "a") == 1);
    assert_eq!(b.count(), 0);
    a.listen();
    assert_eq!(waiting.response().field("x-buffy-upstream"), Some("a"));
}

#[test]
fn who_does_not_wait_goes_on_too() {
    let (a, b) = (FakeUpstream::absent(), FakeUpstream::start());
    let config = text(&a, &b, "", "").replacen("timeout: 60", "proxy_mode: bypass", 1);
    // One that was answered may have its slot a moment longer than its answer.
    let config = config.replace(", max_inflight: 1", "");
    let buffy = TestBuffy::start(&config);
    eventually_is(&buffy, "b", true);
    eventually("a was looked at", || buffy.get("/").status == 200);
    assert_eq!(by(&buffy, "/"), "b");
    b.kill();
    eventually_is(&buffy, "b", false);
    assert_eq!(outcome(&buffy.get("/")), "closed");
}

#[test]
fn those_who_wait_follow_a_reload_of_the_list() {
    let (a, b) = (FakeUpstream::absent(), FakeUpstream::absent());
    let both = text(&a, &b, "", "");
    let buffy = TestBuffy::start(&both);
    let mut waiting = Vec::new();
    for n in 0..4 {
        waiting.push(buffy.asking(&format!("/{n}")));
        eventually("it is held", || held(&buffy, "a") == n + 1);
    }
    // Counted by the first of the list, whatever the list is.
    buffy.reload(&both.replacen("upstream: [a, b]", "upstream: [b, a]", 1));
    eventually("b counts them", || held(&buffy, "b") == 4);
    assert_eq!(held(&buffy, "a"), 0);
    buffy.reload(&both.replacen("upstream: [a, b]", "upstream: [b]", 1));
    a.listen();
    eventually_is(&buffy, "a", true);
    assert_eq!((held(&buffy, "b"), a.count()), (4, 0), "a is not heard");
    b.listen();
    for client in &mut waiting {
        assert_eq!(client.response().field("x-buffy-upstream"), Some("b"));
    }
    let got: Vec<_> = b.requests().into_iter().map(|one| one.target).collect();
    assert_eq!(got, ["/0", "/1", "/2", "/3"]);
}

#[test]
fn who_waits_for_what_answers_by_itself_now_is_answered() {
    let (a, b) = (FakeUpstream::absent(), FakeUpstream::absent());
    let both = text(&a, &b, "", "");
    let buffy = TestBuffy::start(&both);
    let mut waiting = buffy.asking("/");
    eventually("it is held", || held(&buffy, "a") == 1);
    let proxy = "type: proxy, upstream: [a, b], timeout: 60";
    let respond = "type: respond, response: [{name: ok, content: here}]";
    buffy.reload(&both.replacen(proxy, respond, 1));
    let answer = waiting.response();
    assert_eq!((answer.status, answer.text().as_str()), (200, "here"));
    assert_eq!(held(&buffy, "a"), 0);
}

#[test]
fn who_waits_for_two_is_listed_once_and_let_go_by_hand_at_either() {
    let (a, b) = (FakeUpstream::absent(), FakeUpstream::start());
    let buffy = start(&a, &b);
    eventually_is(&buffy, "b", true);
    assert_eq!(by(&buffy, "/"), "b");
    gate(&buffy, "b", "close");
    let mut waiting = buffy.asking("/held");
    eventually("it is held", || held(&buffy, "a") == 1);
    let listed = buffy.admin("GET", "/_admin/api/v1/held").json();
    let listed = listed["held"].as_array().cloned().unwrap_or_default();
    assert_eq!(listed.len(), 1, "{listed:?}");
    let body = br#"{"upstream": "b", "count": 1}"#;
    let fields = [("Host", "127.0.0.1"), ("Content-Type", "application/json")];
    let path = "/_admin/api/v1/held/release";
    let answer = RawClient::connect(buffy.admin_port())
        .send(request("POST", path, &fields, body))
        .response();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(waiting.response().field("x-buffy-upstream"), Some("b"));
    eventually("no place is left", || held(&buffy, "a") == 0);
}
