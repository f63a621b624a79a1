//! Reloads that remove an upstream at which an operator's word stands.

use std::sync::Arc;
use std::time::Duration;

use buffy_test::{FakeUpstream, Reply, TempFolder, eventually, for_a_while};
use serde_json::json;

use crate::kit::{More, TestBuffy, forwarding};

#[test]
fn an_upstream_at_which_an_operators_word_stands_is_not_removed_unasked() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close&reason=migration");
    let text = forwarding(&upstream.url(), More::default())
        .replace("id: up,", "id: other,")
        .replace("upstream: [up]", "upstream: [other]");
    let answer = buffy.try_reload(&text, "");
    assert_eq!(answer.status, 409);
    assert!(
        answer.text().contains("up") && answer.text().contains("force"),
        "{}",
        answer.text()
    );
    let _held = buffy.holding("/");
    let answer = buffy.try_reload(&text, "?force=true");
    assert_eq!(answer.status, 200, "{}", answer.text());
    eventually("it goes another way", || buffy.get("/").status == 200);
}

#[test]
fn one_that_was_removed_does_not_write_over_the_words_of_one_that_came_again() {
    let upstream = FakeUpstream::start();
    let folder = Arc::new(TempFolder::new());
    let with = forwarding(&upstream.url(), More::default());
    let without = with
        .replace("id: up,", "id: other,")
        .replace("upstream: [up]", "upstream: [other]")
        .replace("id: all,", "id: every,");
    upstream.reply("/slow", Reply::silent());
    let mut buffy = TestBuffy::start_in(&folder, &with);
    // It keeps the one that is removed.
    let slow = buffy.asking("/slow");
    eventually("it is on its way", || upstream.under_way() == 1);
    let answer = buffy.gate("close&ttl=1s").json();
    let token = answer["token"].as_str().expect("a close has a token");
    assert_eq!(buffy.try_reload(&without, "?force=true").status, 200);
    buffy.reload(&with);
    let renewed = json!({"token": token, "ttl": "1h"});
    let answer = buffy.api("POST", "gates/up/renew", &renewed);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let closes = |buffy: &TestBuffy| {
        let status = buffy.admin("GET", "/_admin/status").json();
        status["upstreams"][0]["operator"].as_array().map(Vec::len)
    };
    // The lease runs out at the one that was removed.
    for_a_while("the close stands", Duration::from_secs(3), || {
        closes(&buffy) == Some(1)
    });
    drop(slow);
    buffy.stop();
    let buffy = TestBuffy::start_in(&folder, &with);
    assert_eq!(closes(&buffy), Some(1), "what was persisted is there");
}
