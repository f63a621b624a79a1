//! Who opens and closes the gate: operators, rules on a status document, health.

use std::sync::Arc;

use buffy_test::{DEADLINE, FakeUpstream, RawClient, Reply, TempFolder, eventually};
use serde_json::json;

use crate::kit::{More, TestBuffy, forwarding};

/// An upstream whose gate follows its `/_ping` by the seed's rules.
fn by_ping(upstream: &FakeUpstream, more: &str) -> TestBuffy {
    by_ping_at(upstream, &upstream.url(), more)
}

fn by_ping_at(upstream: &FakeUpstream, status: &str, more: &str) -> TestBuffy {
    let autogate = format!(
        "interval: 100, autogate: {{uri: \"{status}/_ping\", {more} matches: [\
         {{id: ok, type: json, if: 'status=\"*ok*\" && num=10', then: OPEN}}, \
         {{id: error, type: json, if: 'status=\"*error*\"', then: CLOSE}}]}}"
    );
    TestBuffy::forwarding(
        upstream,
        More {
            upstream: &autogate,
            ..More::default()
        },
    )
}

/// Waits for so many more looks at the status page.
#[track_caller]
fn eventually_polled(upstream: &FakeUpstream, more: usize) {
    let before = upstream.polls();
    eventually("it is polled", || upstream.polls() >= before + more);
}

#[test]
fn test_08_a_backend_that_answers_503_after_a_kill_is_seen_by_no_client() {
    let upstream = FakeUpstream::start();
    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": 10}));
    let buffy = by_ping(&upstream, "rise: 2,");
    buffy.eventually_open();
    assert_eq!(buffy.get("/before").status, 200);

    upstream.kill();
    let mut clients: Vec<_> = (0..20).map(|_| buffy.asking("/during")).collect();
    buffy.eventually_holds(20);
    upstream.status_page("/_ping", 503, &json!({"status": "starting"}));
    upstream.reply_otherwise(Reply::text(503, "starting"));
    upstream.listen();
    eventually("the target is up", || {
        buffy.metric("buffy_upstream_up{upstream=\"up\"}") == 1
    });
    eventually_polled(&upstream, 5);
    clients.extend((0..20).map(|_| {
        let mut client = buffy.client();
        client.post("/during", b"x");
        client
    }));
    buffy.eventually_holds(40);
    assert_eq!(
        upstream.count(),
        1,
        "nothing went to the backend that is not ready"
    );

    upstream.reply_otherwise(Reply::echo());
    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": 10}));
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(upstream.count(), 41);
}

#[test]
fn an_old_open_does_not_open_onto_a_new_process() {
    let upstream = FakeUpstream::start();
    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": 10}));
    let buffy = by_ping(&upstream, "");
    buffy.eventually_open();
    upstream.kill();
    buffy.eventually_not_open();

    // No rule matches this; what they said of the old process counts no more.
    upstream.status_page("/_ping", 200, &json!({"status": "starting"}));
    upstream.listen();
    let mut held = buffy.holding("/");
    eventually_polled(&upstream, 5);
    assert_eq!((upstream.count(), buffy.held()), (0, 1));

    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": 10}));
    assert_eq!(held.response().status, 200);
}

#[test]
fn rules_close_and_open() {
    let upstream = FakeUpstream::start();
    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": 10}));
    let buffy = by_ping(&upstream, "");
    buffy.eventually_open();
    upstream.status_page("/_ping", 200, &json!({"status": "an error", "num": 10}));
    buffy.eventually_not_open();
    let mut held = buffy.holding("/");
    assert_eq!(upstream.count(), 0);

    // Neither rule matches: the verdict is kept.
    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": 9}));
    eventually_polled(&upstream, 5);
    assert_eq!(buffy.held(), 1);
    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": "10"}));
    assert_eq!(held.response().status, 200);
}

#[test]
fn rules_read_text_status_and_fields() {
    let ready = |fields: &str, body: &str| {
        let length = body.len();
        Reply::raw(format!(
            "HTTP/1.1 200 OK\r\n{fields}Content-Length: {length}\r\n\r\n{body}"
        ))
    };
    let cases = [
        (
            "type: text, if: '\"*all good*\"'",
            ready("", "yes, all good"),
        ),
        ("type: text, if: 'text~\"^v[0-9]+\"'", ready("", "v12")),
        ("type: status, if: '200'", ready("", "")),
        (
            "type: header, if: 'x-ready=\"yes\"'",
            ready("X-Ready: yes\r\n", ""),
        ),
        (
            "type: json, if: 'checks[0].state=\"up\"'",
            ready("", r#"{"checks":[{"state":"up"}]}"#),
        ),
    ];
    for (rule, reply) in cases {
        let upstream = FakeUpstream::start();
        upstream.status_page("/s", 418, &json!({"status": "no"}));
        let autogate = format!(
            "interval: 50, autogate: {{uri: \"{}/s\", matches: [{{id: m, {rule}, then: OPEN}}]}}",
            upstream.url()
        );
        let buffy = TestBuffy::forwarding(
            &upstream,
            More {
                upstream: &autogate,
                ..More::default()
            },
        );
        let mut held = buffy.holding("/");
        eventually_polled(&upstream, 2);
        assert_eq!(upstream.count(), 0, "{rule}");
        upstream.status_page_by("/s", reply);
        assert_eq!(held.response().status, 200, "{rule}");
    }
}

#[test]
fn a_status_page_that_cannot_be_had_closes_or_keeps_as_it_is_told() {
    for (unreachable, open) in [("unreachable: close,", false), ("unreachable: keep,", true)] {
        let upstream = FakeUpstream::start();
        let status = FakeUpstream::start();
        status.status_page("/_ping", 200, &json!({"status": "ok", "num": 10}));
        let buffy = by_ping_at(&upstream, &status.url(), unreachable);
        buffy.eventually_open();
        status.status_page_by("/_ping", Reply::text(200, "no document"));
        eventually_polled(&status, 5);
        if open {
            assert!(buffy.is_open(), "{unreachable}");
            assert_eq!(buffy.get("/").status, 200);
        } else {
            buffy.eventually_not_open();
        }
    }
}

#[test]
fn health_by_http_decides_where_it_is_configured() {
    let upstream = FakeUpstream::start();
    upstream.status_page("/health", 500, &json!({}));
    let health = "interval: 50, health: {path: /health, expect_status: 200-299}";
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            upstream: health,
            ..More::default()
        },
    );
    let mut held = buffy.holding("/");
    eventually_polled(&upstream, 5);
    assert_eq!((upstream.count(), buffy.held()), (0, 1));

    upstream.status_page("/health", 204, &json!({}));
    assert_eq!(held.response().status, 200);
    upstream.status_page("/health", 503, &json!({}));
    buffy.eventually_not_open();
    let mut held = buffy.holding("/");
    assert_eq!(upstream.count(), 1);
    upstream.status_page("/health", 200, &json!({}));
    assert_eq!(held.response().status, 200);
}

#[test]
fn good_evidence_that_is_not_enough_is_followed_up_however_long_the_interval() {
    let upstream = FakeUpstream::start();
    let health = format!(
        "interval: {}, health: {{path: /health, rise: 3}}",
        DEADLINE.as_millis() * 10
    );
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            upstream: &health,
            endpoint: "proxy_mode: bypass",
            ..More::default()
        },
    );
    // Nobody waits for it: `bypass` never does.
    buffy.eventually_open();
    assert_eq!(buffy.get("/").status, 200);
}

#[test]
fn an_upstream_that_appears_is_noticed_while_requests_wait_however_long_the_interval() {
    let upstream = FakeUpstream::absent();
    let interval = format!("interval: {}", DEADLINE.as_millis() * 10);
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            upstream: &interval,
            ..More::default()
        },
    );
    let mut held = buffy.holding("/");
    upstream.listen();
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_port_that_hangs_up_on_whoever_connects_is_not_up() {
    let upstream = FakeUpstream::start();
    upstream.hang_up(true);
    let more = More {
        upstream: "interval: 50",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let mut held = buffy.holding("/");
    let before = upstream.connections();
    eventually("it is probed", || upstream.connections() >= before + 3);
    assert_eq!((buffy.held(), upstream.count()), (1, 0));
    upstream.hang_up(false);
    assert_eq!(held.response().status, 200);
}

#[test]
fn what_was_never_reached_is_named_with_its_error() {
    let upstream = FakeUpstream::absent();
    let more = More {
        upstream: "interval: 50",
        endpoint: "timeout: 1",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let said = buffy.get("/").text();
    assert!(
        said.contains(&upstream.url()) && said.contains("refused"),
        "{said}"
    );
    let status = buffy.admin("GET", "/_admin/status").json();
    let target = &status["upstreams"][0]["targets"][0];
    assert_eq!(target["url"], upstream.url());
    assert!(
        target["error"].as_str().unwrap().contains("refused"),
        "{target}"
    );
}

#[test]
fn an_open_lifts_and_says_so_when_the_gate_stays_closed() {
    let upstream = FakeUpstream::absent();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let answer = buffy.gate("open").json();
    assert_ne!(answer["verdict"], "open");
    assert!(!answer["reasons"].as_array().unwrap().is_empty());
    assert_eq!(answer["persisted"], true);
    upstream.listen();
    buffy.eventually_open();
}

#[test]
fn an_operators_close_outlives_the_rules_and_a_restart() {
    let folder = Arc::new(TempFolder::new());
    let upstream = FakeUpstream::start();
    let text = forwarding(&upstream.url(), More::default());
    let mut buffy = TestBuffy::start_in(&folder, &text);
    buffy.eventually_open();
    assert_eq!(
        buffy.gate("close&reason=deploy&actor=ci").json()["persisted"],
        true
    );
    buffy.stop();

    let mut buffy = TestBuffy::start_in(&folder, &text);
    let held = buffy.holding("/");
    let status = buffy.admin("GET", "/_admin/status").json();
    let entry = &status["upstreams"][0]["operator"][0];
    assert_eq!(
        (&entry["reason"], &entry["actor"]),
        (&json!("deploy"), &json!("ci"))
    );
    drop(held);
    buffy.gate("open");
    buffy.gate("stop&message=noon");
    buffy.stop();

    let buffy = TestBuffy::start_in(&folder, &text);
    let answer = buffy.get("/");
    assert!(
        answer.status == 503 && answer.text().contains("noon"),
        "{}",
        answer.text()
    );
    buffy.gate("open");
    buffy.eventually_open();
    assert_eq!(buffy.get("/").status, 200);
}

#[test]
fn a_gate_may_start_closed() {
    let upstream = FakeUpstream::start();
    let more = More {
        upstream: "gate: {initial: closed}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let mut held = buffy.holding("/");
    eventually("the target is up", || {
        buffy.metric("buffy_upstream_up{upstream=\"up\"}") == 1
    });
    assert_eq!(buffy.held(), 1);
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn unknown_holds_at_the_start_for_as_long_as_the_first_look_takes() {
    let upstream = FakeUpstream::start();
    upstream.status_page_by(
        "/_ping",
        Reply::script([
            buffy_test::Step::WaitToBeTold,
            buffy_test::Step::Send(
                b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"status\":\"ok\",\"num\":10}"
                    .to_vec(),
            ),
        ]),
    );
    let buffy = by_ping(&upstream, "");
    let mut held = buffy.holding("/");
    assert_eq!(upstream.count(), 0);
    upstream.tell();
    upstream.tell();
    upstream.tell();
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_target_that_dies_under_load_loses_nobody() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let done = std::sync::atomic::AtomicBool::new(false);
    let port = buffy.port();
    let (answered, lost) = std::thread::scope(|scope| {
        let gets: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let (mut answered, mut lost) = (0, 0);
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        let answer = RawClient::connect(port).get("/").try_response();
                        match answer {
                            Ok(answer) if answer.status == 200 => answered += 1,
                            _ => lost += 1,
                        }
                    }
                    (answered, lost)
                })
            })
            .collect();
        for _ in 0..3 {
            let before = upstream.count();
            eventually("requests flow", || upstream.count() > before + 50);
            upstream.kill();
            eventually("all wait", || buffy.held() == 4);
            upstream.listen();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        gets.into_iter()
            .map(|get| get.join().unwrap())
            .fold((0, 0), |sum: (u32, u32), one| {
                (sum.0 + one.0, sum.1 + one.1)
            })
    });
    assert_eq!(lost, 0, "of {}", answered + lost);
    assert!(answered >= 150);
}
