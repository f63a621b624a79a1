//! The admin listener beside the data path; who may do what is tested with its own code.

use buffy_test::{FakeUpstream, request};

use crate::kit::{More, TestBuffy, admin_with};

#[test]
fn status_shows_who_closed_why_since_when_and_what_waits() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    buffy.gate("close&reason=deploy&actor=ci");
    let _held = [buffy.holding("/a"), buffy.holding("/b")];
    let status = buffy.admin("GET", "/_admin/status").json();
    let up = &status["upstreams"][0];
    assert_eq!((&up["id"], &up["gate"]), (&"up".into(), &"closed".into()));
    let entry = &up["operator"][0];
    assert_eq!(
        (&entry["actor"], &entry["reason"]),
        (&"ci".into(), &"deploy".into())
    );
    assert!(entry["since"].as_str().unwrap().starts_with("20"));
    assert_eq!(up["held"]["now"], 2);
    assert_eq!(
        (
            up["targets"][0]["state"].as_str(),
            status["ready"].as_bool()
        ),
        (Some("up"), Some(true))
    );
    assert_eq!(status["listeners"][0]["connections"], 2);
}

#[test]
fn status_shows_the_last_looks_and_every_rule_term_by_term() {
    let upstream = FakeUpstream::start();
    let document = serde_json::json!({"status": "not ok yet", "num": 9});
    upstream.status_page("/ping", 200, &document);
    let autogate = format!(
        "health: {{path: /ping}}, autogate: {{uri: \"{}/ping\", matches: [{{id: ready, \
         if: 'status=\"*ok*\" && num=10', then: OPEN}}]}}",
        upstream.url()
    );
    let more = More {
        upstream: &autogate,
        admin: "tokens: [{name: ci, scope: read, value: r34d}]",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let up = buffy_test::eventually_some("it was looked at", || {
        let status = buffy.admin("GET", "/_admin/status").json();
        let up = status["upstreams"][0].clone();
        let both = [
            &up["autogate"]["last_poll"],
            &up["targets"][0]["last_probe"],
        ];
        both.iter().all(|one| one.is_object()).then_some(up)
    });
    let (poll, probe) = (
        &up["autogate"]["last_poll"],
        &up["targets"][0]["last_probe"],
    );
    assert_eq!(
        (&poll["status"], &probe["status"]),
        (&200.into(), &200.into())
    );
    assert_eq!(poll["body"], document.to_string());
    assert_eq!(probe["body"], document.to_string());
    let rule = &poll["rules"][0];
    assert_eq!(
        (&rule["id"], &rule["matched"]),
        (&"ready".into(), &false.into())
    );
    let num = serde_json::json!({"term": "num=10", "got": "9", "matched": false});
    assert_eq!(rule["terms"][1], num);
    assert_eq!(rule["terms"][0]["matched"], true);

    // From behind a proxy he is nobody's neighbour.
    let proxied = [("X-Forwarded-For", "9.9.9.9")];
    let stranger = admin_with(buffy.admin_port(), "GET", "/_admin/status", &proxied);
    assert_eq!(stranger.status, 200);
    assert!(!stranger.text().contains("last_"), "{}", stranger.text());
    assert!(
        !stranger.text().contains("not ok yet"),
        "{}",
        stranger.text()
    );
}

#[test]
fn config_shows_no_secrets() {
    let upstream = FakeUpstream::start();
    let more = More {
        admin: "tokens: [{name: ci, scope: gate, value: hushhush}], \
                notify: {webhook: \"http://127.0.0.1:9/hushhush\"}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let fields = [("Authorization", "Bearer hushhush")];
    let shown = admin_with(buffy.admin_port(), "GET", "/_admin/config", &fields);
    assert_eq!(shown.status, 200);
    assert!(
        shown.text().contains("ci") && !shown.text().contains("hushhush"),
        "{}",
        shown.text()
    );
}

#[test]
fn a_get_changes_nothing() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let answer = buffy.admin("GET", "/_admin/gate?upstream=up&action=close");
    assert_eq!((answer.status, answer.field("allow")), (405, Some("POST")));
    assert!(buffy.is_open());
}

#[test]
fn strangers_and_browsers_change_nothing() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let target = "/_admin/gate?upstream=up&action=close";
    let cases: [&[(&str, &str)]; 5] = [
        &[("Host", "evil.example")],
        &[("Origin", "http://evil.example")],
        &[("Sec-Fetch-Mode", "no-cors")],
        &[("X-Forwarded-For", "9.9.9.9")],
        &[("Authorization", "Bearer wrong")],
    ];
    for fields in cases {
        let answer = admin_with(buffy.admin_port(), "POST", target, fields);
        assert!(
            (400..500).contains(&answer.status),
            "{fields:?}: {}",
            answer.status
        );
    }
    assert!(buffy.is_open());
}

#[test]
fn live_and_ready_and_metrics_answer_at_the_root_and_below_the_path() {
    let upstream = FakeUpstream::absent();
    let buffy = TestBuffy::forwarding_to(&upstream);
    for target in [
        "/livez",
        "/readyz",
        "/metrics",
        "/_admin/livez",
        "/_admin/readyz",
        "/_admin/metrics",
    ] {
        assert_eq!(buffy.admin("GET", target).status, 200, "{target}");
    }
}

#[test]
fn outcomes_are_counted() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "max_queue: 1",
            ..More::default()
        },
    );
    buffy.eventually_open();
    let mut client = buffy.client();
    assert_eq!(client.get("/").response().status, 200);
    buffy.gate("close");
    let mut held = buffy.holding("/");
    assert_eq!(buffy.get("/").status, 503);
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
    client.send(request("GET", "/after", &[], b""));
    assert_eq!(client.response().status, 200);
    buffy_test::eventually("all are counted", || {
        let counts =
            ["forwarded", "held_released", "hit_max_queue"].map(|name| buffy.outcomes(name));
        counts == [2, 1, 1]
    });
    assert_eq!(
        buffy.metric("buffy_hold_duration_seconds_count{outcome=\"held_released\"}"),
        1
    );
}
