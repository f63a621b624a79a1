//! Who is told of what happens to gates.

use buffy_test::{FakeUpstream, Reply, eventually, eventually_some};
use serde_json::{Value, json};

use crate::kit::{More, TestBuffy};

fn told_by(hook: &FakeUpstream, admin: &str, upstream: &FakeUpstream) -> TestBuffy {
    let admin = admin.replace("HOOK", &hook.url());
    TestBuffy::forwarding(
        upstream,
        More {
            admin: &admin,
            ..More::default()
        },
    )
}

fn messages(hook: &FakeUpstream) -> Vec<Value> {
    let requests = hook.requests();
    let whole = requests.iter().filter(|one| one.whole);
    whole
        .map(|one| serde_json::from_slice(&one.body).expect("a message is JSON"))
        .collect()
}

#[test]
fn a_webhook_hears_of_a_close_with_its_actor_and_reason() {
    let (hook, upstream) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = told_by(&hook, "notify: {webhook: \"HOOK/events\"}", &upstream);
    buffy.eventually_open();
    buffy.gate("close&actor=ci&reason=deploy");
    let closed = eventually_some("the close is told", || {
        messages(&hook)
            .into_iter()
            .find(|one| one.to_string().contains("deploy"))
    });
    assert!(closed.to_string().contains("\"ci\"") && closed.to_string().contains("\"up\""));
    let request = hook.requests().into_iter().find(|one| one.whole).unwrap();
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/events")
    );
    assert_eq!(request.field("content-type"), Some("application/json"));
    assert!(request.field("webhook-id").is_some() && request.field("webhook-timestamp").is_some());
}

#[test]
fn what_a_hook_did_not_take_is_sent_again_and_in_order() {
    let (hook, upstream) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = told_by(
        &hook,
        "notify: {webhook: \"HOOK/\", events: [gate]}",
        &upstream,
    );
    buffy.eventually_open();
    eventually("it hears", || hook.count() > 0 || buffy.is_open());
    hook.reply_otherwise(Reply::text(500, "not now"));
    let seen = hook.count();
    buffy.gate("close&reason=first");
    eventually("it was tried", || hook.count() > seen);
    buffy.gate("stop&message=second");
    hook.reply_otherwise(Reply::text(200, "thanks"));
    let texts = || {
        messages(&hook)
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
    };
    eventually("both are told", || {
        texts().iter().any(|text| text.contains("second"))
    });
    let texts = texts();
    let first = texts
        .iter()
        .rposition(|text| text.contains("first") && !text.contains("second"));
    let second = texts.iter().position(|text| text.contains("second"));
    assert!(first < second && first.is_some(), "{texts:?}");
    let ids: Vec<_> = hook
        .requests()
        .iter()
        .filter(|one| String::from_utf8_lossy(&one.body).contains("first"))
        .map(|one| one.field("webhook-id").unwrap().to_owned())
        .collect();
    assert!(
        ids.len() >= 2 && ids.windows(2).any(|pair| pair[0] == pair[1]),
        "{ids:?}"
    );
}

#[test]
fn slack_gets_a_text() {
    let (hook, upstream) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = told_by(&hook, "notify: {slack: \"HOOK/services/x\"}", &upstream);
    buffy.eventually_open();
    buffy.gate("close&reason=deploy");
    let text = eventually_some("slack is told", || {
        messages(&hook)
            .into_iter()
            .find(|one| one.to_string().contains("deploy"))
    });
    assert!(
        text["text"].is_string() || text["blocks"].is_array(),
        "{text}"
    );
}

#[test]
fn a_backend_that_dies_and_what_is_held_then_are_told() {
    let (hook, upstream) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = told_by(&hook, "notify: {webhook: \"HOOK/\"}", &upstream);
    buffy.eventually_open();
    upstream.kill();
    let mut held = buffy.holding("/");
    let told = |kind: &str| messages(&hook).iter().any(|one| one["type"] == kind);
    eventually("down is told", || told("upstream.down"));
    eventually("the first held is told", || told("hold.first"));
    upstream.listen();
    assert_eq!(held.response().status, 200);
    eventually("the end of it is told", || told("hold.over"));
}

#[test]
fn test_15_a_status_that_flaps_is_one_word_and_one_summary() {
    let (hook, upstream) = (FakeUpstream::start(), FakeUpstream::start());
    let says = |status: &str| upstream.status_page("/_ping", 200, &json!({"status": status}));
    says("ok");
    let admin = format!("notify: {{webhook: \"{}/\"}}", hook.url());
    let autogate = format!(
        "interval: 20, autogate: {{uri: \"{}/_ping\", rise: 1, matches: [\
         {{id: ok, type: json, if: 'status=\"ok\"', then: OPEN}}, \
         {{id: error, type: json, if: 'status=\"error\"', then: CLOSE}}]}}",
        upstream.url()
    );
    let more = More {
        admin: &admin,
        upstream: &autogate,
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    for _ in 0..10 {
        says("error");
        buffy.eventually_not_open();
        says("ok");
        buffy.eventually_open();
    }
    let told = |kind: &str| {
        let messages = messages(&hook);
        messages
            .into_iter()
            .filter(|one| one["type"] == kind)
            .count()
    };
    eventually("it has calmed", || told("gate.calmed") == 1);
    assert_eq!(told("gate.flapping"), 1, "{:?}", messages(&hook));
    let gates = ["gate.open", "gate.closed", "gate.down", "gate.unknown"];
    let before: usize = gates.into_iter().map(told).sum();
    assert!(before < 10, "{:?}", messages(&hook));
}
