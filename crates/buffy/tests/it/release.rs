//! How those who were held are let go: one first, then more and more (semantics of §6).

use std::time::{Duration, Instant};

use buffy_test::{FakeUpstream, RawClient, Reply, Step, eventually, for_a_while, request};
use serde_json::Value;

use crate::kit::{More, TestBuffy};

/// Long enough for what must not happen to happen.
const A_WHILE: Duration = Duration::from_millis(150);

/// A Buffy whose gate is closed for longer than a ramp takes no notice of.
fn closed_for_long(upstream: &FakeUpstream, more: &str) -> TestBuffy {
    let buffy = TestBuffy::forwarding(
        upstream,
        More {
            upstream: more,
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy.gate("close");
    eventually_closed_for_a_second(&buffy);
    buffy
}

fn eventually_closed_for_a_second(buffy: &TestBuffy) {
    let since = Instant::now();
    eventually("it was closed for a second", || {
        assert!(!buffy.is_open());
        since.elapsed() > Duration::from_millis(1_010)
    });
}

/// What an operator wants, with more than its name.
#[track_caller]
fn order(buffy: &TestBuffy, action: &str, body: &str) -> Value {
    let target = format!("/_admin/api/v1/gates/up/{action}");
    let fields = [("Host", "127.0.0.1")];
    let answer = RawClient::connect(buffy.admin_port())
        .send(request("POST", &target, &fields, body.as_bytes()))
        .response();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// GETs that are held, in this order.
fn hold(buffy: &TestBuffy, count: usize) -> Vec<RawClient> {
    let one = |number: usize| buffy.holding(&format!("/{number}"));
    (0..count).map(one).collect()
}

#[track_caller]
fn all_are_answered(clients: &mut [RawClient]) {
    for client in clients {
        assert_eq!(client.response().status, 200);
    }
}

fn targets(upstream: &FakeUpstream) -> Vec<String> {
    let requests = upstream.requests().into_iter();
    requests.map(|one| one.target).collect()
}

/// So many were sent, and no more are.
#[track_caller]
fn stays_at(upstream: &FakeUpstream, count: usize) {
    eventually(&format!("{count} were sent"), || upstream.count() == count);
    let stays = format!("no more than {count} are sent");
    for_a_while(&stays, A_WHILE, || upstream.count() == count);
}

#[test]
fn the_oldest_safe_one_is_tried_first_and_the_others_wait_for_it() {
    let upstream = FakeUpstream::start();
    let buffy = closed_for_long(&upstream, "release: {patience: 60s}");
    let mut post = buffy.client();
    post.post("/post", b"x");
    buffy.eventually_holds(1);
    let mut gets = hold(&buffy, 2);
    upstream.pause();

    buffy.gate("open");
    stays_at(&upstream, 1);
    let mut newcomer = buffy.asking("/newcomer");
    buffy.eventually_holds(3);
    stays_at(&upstream, 1);

    upstream.resume();
    assert_eq!(post.response().status, 200);
    all_are_answered(&mut gets);
    assert_eq!(newcomer.response().status, 200);
    assert_eq!(targets(&upstream)[0], "/0");
}

#[test]
fn steps_double_with_each_round_of_successes() {
    let upstream = FakeUpstream::start();
    upstream.reply_otherwise(Reply::silent());
    let buffy = closed_for_long(&upstream, "release: {patience: 60s, max: 8}");
    let mut clients = hold(&buffy, 40);

    buffy.gate("open");
    stays_at(&upstream, 1);
    let mut sent = 1;
    // After so many successes, so many more go: each one's room, and at the end of a round the
    // next step's; after a round at 8 all that are left.
    for (successes, more) in [(1, 4), (3, 3), (1, 5), (7, 7), (1, 20)] {
        for _ in 0..successes {
            upstream.tell();
        }
        sent += more;
        stays_at(&upstream, sent);
    }
    for _ in 0..40 {
        upstream.tell();
    }
    all_are_answered(&mut clients);
}

#[test]
fn a_short_spell_needs_no_ramp() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    upstream.pause();
    // On a machine that is busy a spell may be long: then it shows nothing, and another is made.
    eventually("a spell is short", || {
        let began = Instant::now();
        buffy.gate("close");
        let mut clients: Vec<_> = (0..5).map(|_| buffy.asking("/")).collect();
        buffy.eventually_holds(5);
        buffy.gate("open");
        let short = began.elapsed() < Duration::from_secs(1);
        if short {
            eventually("all go at once", || upstream.under_way() == 5);
        }
        upstream.resume();
        all_are_answered(&mut clients);
        upstream.pause();
        short
    });
}

#[test]
fn release_all_lets_everything_go_at_once() {
    let upstream = FakeUpstream::start();
    let buffy = closed_for_long(&upstream, "release: {mode: all}");
    let mut clients = hold(&buffy, 50);
    upstream.pause();
    buffy.gate("open");
    eventually("all go at once", || upstream.under_way() == 50);
    upstream.resume();
    all_are_answered(&mut clients);
}

#[test]
fn a_connection_that_fails_ends_the_ramp_and_another_one_begins_with_one() {
    let upstream = FakeUpstream::start();
    let script = [Step::WaitToBeTold, Step::Echo, Step::Close];
    upstream.reply_otherwise(Reply::script(script));
    let buffy = closed_for_long(&upstream, "release: {patience: 60s}");
    let mut clients = hold(&buffy, 12);
    buffy.gate("open");
    stays_at(&upstream, 1);

    // The first one's connection stands; whoever comes after it is refused.
    upstream.refuse();
    upstream.tell();
    buffy.eventually_not_open();
    buffy.eventually_holds(11);
    assert_eq!(clients[0].response().status, 200);

    upstream.listen();
    stays_at(&upstream, 2);
    assert_eq!(buffy.held(), 10);
    for _ in 0..11 {
        upstream.tell();
    }
    all_are_answered(&mut clients[1..]);
    assert_eq!(upstream.count(), 12, "nobody was sent twice");
}

#[test]
fn a_canary_that_fails_is_answered_so_and_the_next_is_another_request() {
    let hook = FakeUpstream::start();
    let upstream = FakeUpstream::start();
    for _ in 0..3 {
        upstream.reply_next(Reply::text(503, "a bad deploy"));
    }
    let admin = format!("notify: {{webhook: \"{}/\", events: [gate]}}", hook.url());
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            upstream: "release: {canary: true, retry: 50ms}",
            admin: &admin,
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy.gate("close");
    eventually_closed_for_a_second(&buffy);
    let mut clients = hold(&buffy, 6);
    buffy.gate("open");
    let statuses: Vec<u16> = clients
        .iter_mut()
        .map(|client| client.response().status)
        .collect();
    assert_eq!(statuses, [503, 503, 503, 200, 200, 200]);
    assert_eq!(targets(&upstream)[..3], ["/0", "/1", "/2"]);
    eventually("three failures in a row are told", || {
        let told = hook.requests().into_iter().filter(|one| one.whole);
        let mut told = told.map(|one| serde_json::from_slice(&one.body).unwrap_or(Value::Null));
        told.any(|one| one.to_string().contains("gate.canary_failed"))
    });
}

#[test]
fn newcomers_wait_behind_a_canary_that_failed_and_are_told_why() {
    let upstream = FakeUpstream::start();
    upstream.reply_next(Reply::text(500, "a bad deploy"));
    let buffy = closed_for_long(&upstream, "release: {canary: true, retry: 1s}");
    let mut first = buffy.holding("/first");
    buffy.gate("open");
    assert_eq!(first.response().status, 500);

    let mut newcomer = buffy.holding("/newcomer");
    let status = buffy.admin("GET", "/_admin/status").text();
    assert!(
        status.contains("canary failed: it was answered with status 500"),
        "{status}"
    );
    assert_eq!(upstream.count(), 1);
    assert_eq!(newcomer.response().status, 200);
    assert_eq!(buffy.get("/after").status, 200);
}

#[test]
fn test_19_the_oldest_takes_long_and_a_thousand_behind_it_do_not_wait_for_it() {
    let upstream = FakeUpstream::start();
    upstream.reply("/0", Reply::silent());
    let buffy = closed_for_long(&upstream, "release: {patience: 50ms}");
    let mut oldest = buffy.holding("/0");
    let mut clients: Vec<_> = (1..=1_000)
        .map(|number| buffy.asking(&format!("/{number}")))
        .collect();
    buffy.eventually_holds(1_001);

    buffy.gate("open");

    all_are_answered(&mut clients);
    assert_eq!(targets(&upstream)[0], "/0");
    assert_eq!(buffy.outcomes("hit_timeout"), 0);
    assert!(!oldest.has_answer());
    upstream.tell();
    assert_eq!(oldest.response().status, 200);
}

#[test]
fn test_19_newcomers_pass_beside_128_endless_streams() {
    let upstream = FakeUpstream::start();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
    let endless = [Step::Send(head.into()), Step::WaitToBeTold];
    upstream.reply("/events", Reply::script(endless));
    let buffy = closed_for_long(&upstream, "release: {patience: 60s}");
    let mut streams: Vec<_> = (0..128).map(|_| buffy.asking("/events")).collect();
    buffy.eventually_holds(128);

    buffy.gate("open");

    for stream in &mut streams {
        assert_eq!(stream.head().status, 200);
    }
    for number in 0..20 {
        assert_eq!(buffy.get(&format!("/{number}")).status, 200);
    }
    // Whoever has an answer may be counted a moment longer.
    eventually("the streams go on", || buffy.inflight() == 128);
}

#[test]
fn test_20_a_get_that_kills_the_backend_is_sent_three_times_and_the_others_are_answered() {
    let upstream = FakeUpstream::start();
    upstream.reply("/kill", Reply::silent());
    let buffy = closed_for_long(&upstream, "interval: 50, release: {patience: 200ms}");
    let mut killer = buffy.holding("/kill");
    let mut clients = hold(&buffy, 20);
    buffy.gate("open");

    let kills = || {
        let targets = targets(&upstream).into_iter();
        targets.filter(|target| target == "/kill").count()
    };
    let mut so_far = 0;
    eventually("the killer is given up", || {
        if kills() > so_far {
            so_far += 1;
            upstream.kill();
            buffy.eventually_not_open();
            upstream.listen();
        }
        killer.has_answer()
    });
    let refused = killer.response();
    assert_eq!(refused.status, 502);
    assert_eq!(refused.field("x-buffy-forwarded"), Some("maybe"));
    all_are_answered(&mut clients);
    assert!((2..=3).contains(&kills()), "{} times", kills());
}

#[test]
fn who_waits_is_judged_by_a_close_that_came_after_him() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let close = |body: &str| {
        let token = order(&buffy, "close", body)["token"].clone();
        token.as_str().unwrap_or_default().to_owned()
    };
    let first = close("{}");
    let mut named = buffy.holding("/pay/1");
    let mut other = buffy.holding("/shop/1");
    close(r#"{"hold": "path=\"/pay/*\""}"#);

    order(&buffy, "open", &format!(r#"{{"token": "{first}"}}"#));
    assert_eq!(other.response().status, 200);
    assert_eq!(targets(&upstream), ["/shop/1"]);
    assert_eq!(buffy.held(), 1);
    assert_eq!(buffy.get("/shop/2").status, 200, "he is in nobody's way");

    // The bit of the rule that is lifted is the next one's, and means another thing then.
    buffy.gate("open");
    assert_eq!(named.response().status, 200);
    close(r#"{"hold": "path=\"/shop/*\""}"#);
    assert_eq!(buffy.get("/pay/2").status, 200);
    let mut held = buffy.holding("/shop/3");
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn those_whom_a_rule_held_for_long_go_by_a_ramp_and_nobody_else_does() {
    let upstream = FakeUpstream::start();
    upstream.reply("/pay", Reply::silent());
    let more = More {
        upstream: "release: {patience: 60s}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    order(&buffy, "close", r#"{"hold": "path=/pay"}"#);
    let mut clients: Vec<_> = (0..10).map(|_| buffy.holding("/pay")).collect();
    let since = Instant::now();
    eventually("they were held for a second", || {
        since.elapsed() > Duration::from_millis(1_010)
    });

    buffy.gate("open");
    stays_at(&upstream, 1);
    assert_eq!(buffy.get("/shop").status, 200);
    upstream.tell();
    stays_at(&upstream, 2 + 4);
    for _ in 0..9 {
        upstream.tell();
    }
    all_are_answered(&mut clients);
}

#[test]
fn who_is_held_by_a_rule_to_his_deadline_is_told_whose_it_was() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "timeout: 0.2",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let rule = r#"{"hold": "path=\"/pay/*\"", "actor": "ann", "reason": "audit"}"#;
    order(&buffy, "close", rule);
    assert_eq!(buffy.get("/shop").status, 200);
    let refused = buffy.get("/pay/1");
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("ann: audit"), "{}", refused.text());
}
