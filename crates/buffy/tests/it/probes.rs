//! Several targets, each looked at by itself.

use buffy_test::{FakeUpstream, eventually};
use serde_json::json;

use crate::kit::{More, TestBuffy, forwarding};

/// Forwards to both, the first being as good as the second.
fn to_both(first: &FakeUpstream, second: &FakeUpstream, more: &str) -> TestBuffy {
    let more = More {
        upstream: more,
        ..More::default()
    };
    let (first, second) = (first.url(), second.url());
    let one = format!("endpoint: \"{first}\"");
    let both = format!("targets: [{{url: \"{first}\"}}, {{url: \"{second}\"}}]");
    TestBuffy::start(&forwarding(&first, more).replace(&one, &both))
}

#[test]
fn each_target_is_probed_and_one_that_is_up_will_do() {
    let (first, second) = (FakeUpstream::start(), FakeUpstream::absent());
    let buffy = to_both(&first, &second, "interval: 100");
    buffy.eventually_open();
    assert_eq!(buffy.targets(), ["up", "unknown"]);
    assert_eq!(buffy.get("/").status, 200);

    second.listen();
    eventually("both are up", || buffy.targets() == ["up", "up"]);
    first.kill();
    eventually("one is left", || buffy.targets() == ["down", "up"]);
    assert!(buffy.is_open());
    assert_eq!(buffy.get("/").status, 200);

    second.kill();
    let mut held = buffy.holding("/");
    first.listen();
    assert_eq!(held.response().status, 200);
}

#[test]
fn each_target_is_asked_over_http_by_itself() {
    let (first, second) = (FakeUpstream::start(), FakeUpstream::start());
    for target in [&first, &second] {
        target.status_page("/health", 200, &json!({"ok": true}));
    }
    let buffy = to_both(&first, &second, "interval: 100, health: {path: /health}");
    eventually("both are up", || buffy.targets() == ["up", "up"]);
    second.status_page("/health", 503, &json!({"ok": false}));
    eventually("one is not well", || buffy.targets() == ["up", "down"]);
    let before = second.count();
    for _ in 0..4 {
        assert_eq!(buffy.get("/").status, 200);
    }
    assert_eq!(
        second.count(),
        before,
        "nothing is sent to a target that is down"
    );
    second.status_page("/health", 200, &json!({"ok": true}));
    eventually("both are up again", || buffy.targets() == ["up", "up"]);
}
