//! What a receiver reads.

use std::time::Duration;

use buffy_core::config::{Notify, Secret};
use buffy_core::event::{Event, What};
use buffy_test::{FakeUpstream, OneThread};
use serde_json::json;

use super::super::damper::{Notice, Summary};
use super::super::message::Message;
use super::super::slack;
use super::super::webhook::{self, Signer};
use super::{bodies, hasty, hook, start, webhook as to_webhook};

fn closed() -> Event {
    Event {
        at_ms: 1_700_000_000_123,
        upstream: Some("shop".to_owned()),
        what: What::GateChanged {
            from: "open",
            to: "closed",
            actor: "ann".to_owned(),
            reason: "migration <1> & more".to_owned(),
        },
    }
}

#[test]
fn a_webhook_gets_a_document_of_standard_webhooks() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let secret = Some(Secret::new("a key as it stands".to_owned()));
    let config = Notify {
        webhook_secret: secret,
        ..to_webhook(&receiver)
    };
    let (_notifier, sender) = start(&rt, &config, &hasty());
    sender.send(closed());
    rt.eventually("it was taken", || sender.figures()[0].ok == 1);

    assert_eq!(
        bodies(&receiver)[0],
        json!({
            "type": "gate.closed",
            "timestamp": "2023-11-14T22:13:20.123Z",
            "data": {
                "upstream": "shop", "gate": "closed", "was": "open", "actor": "ann",
                "reason": "migration <1> & more",
                "message": "The gate of shop is closed (was open), by ann: migration <1> & more",
            },
        })
    );
    let [request] = &receiver.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/in")
    );
    assert_eq!(request.field("content-type"), Some("application/json"));
    assert_eq!(
        request.field("user-agent"),
        Some(concat!("buffy/", env!("CARGO_PKG_VERSION")))
    );
    let id = request.field("webhook-id").unwrap();
    let at: u64 = request.field("webhook-timestamp").unwrap().parse().unwrap();
    assert!(crate::clock::unix_ms() / 1000 - at < 60, "seconds, and now");
    let signer = Signer::new(&Secret::new("a key as it stands".to_owned())).unwrap();
    let expected = webhook::headers(id, at, &request.body, Some(&signer));
    let signature = request.field("webhook-signature").unwrap();
    assert_eq!(signature, expected["webhook-signature"].to_str().unwrap());
}

#[test]
fn a_signature_is_the_one_of_the_published_example() {
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
    let signer = Signer::new(&secret).unwrap();
    let body = br#"{"test": 2432232314}"#;
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    let headers = webhook::headers(id, 1_614_265_330, body, Some(&signer));
    let signature = headers["webhook-signature"].to_str().unwrap();
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert!(!webhook::headers(id, 1, body, None).contains_key("webhook-signature"));
}

#[test]
fn slack_gets_blocks_that_can_be_read() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let slack = Some(hook(&format!("{}/services/T0/B0/secret", receiver.url())));
    let (_notifier, sender) = start(
        &rt,
        &Notify {
            slack,
            ..Notify::default()
        },
        &hasty(),
    );
    sender.send(closed());
    rt.eventually("it was taken", || sender.figures()[0].ok == 1);

    let sentence = "The gate of shop is closed (was open), by ann: migration &lt;1&gt; &amp; more";
    assert_eq!(
        bodies(&receiver)[0],
        json!({
            "text": sentence,
            "blocks": [
                {
                    "type": "section",
                    "text": {
                        "type": "mrkdwn",
                        "text": format!(":warning: *Attention*\n{sentence}"),
                    },
                },
                {
                    "type": "context",
                    "elements": [
                        { "type": "mrkdwn", "text": "Buffy · gate.closed · 2023-11-14T22:13:20.123Z" },
                    ],
                },
            ],
        })
    );
    assert_eq!(receiver.requests()[0].target, "/services/T0/B0/secret");
}

#[test]
fn slack_is_never_sent_more_than_it_takes() {
    let what = What::TargetDown {
        url: "http://shop".to_owned(),
        error: "<".repeat(9000),
    };
    let message = Message::of(&Notice::Event(Event { what, ..closed() }));
    let body = slack::body(&message, 7);
    let text = body["blocks"][0]["text"]["text"].as_str().unwrap();
    assert!(text.len() < 3000 && text.ends_with('…'), "{}", text.len());
    let small = body["blocks"][1]["elements"][0]["text"].as_str().unwrap();
    assert!(small.ends_with("7 earlier events were dropped"), "{small}");
}

/// The event is called so, and says so.
fn check(what: What, kind: &str, sentence: &str) {
    let message = Message::of(&Notice::Event(Event { what, ..closed() }));
    assert_eq!((message.kind, message.sentence.as_str()), (kind, sentence));
    assert_eq!(message.data["upstream"], "shop");
}

#[test]
fn a_gate_is_told_in_words() {
    let gate = |to| What::GateChanged {
        from: "open",
        to,
        actor: "health".to_owned(),
        reason: String::new(),
    };
    let by = "(was open), by health";
    check(
        gate("open"),
        "gate.open",
        &format!("The gate of shop is open {by}"),
    );
    check(
        gate("stopped"),
        "gate.stopped",
        &format!("The gate of shop is stopped {by}"),
    );
    check(
        gate("down"),
        "gate.down",
        &format!("The gate of shop is down {by}"),
    );
    check(
        gate("unknown"),
        "gate.unknown",
        &format!("The gate of shop is unknown {by}"),
    );
}

#[test]
fn a_target_is_told_in_words() {
    let (url, error) = (
        String::from("http://shop:1"),
        String::from("connection refused"),
    );
    check(
        What::TargetUp { url: url.clone() },
        "upstream.up",
        "shop is up: http://shop:1",
    );
    check(
        What::TargetDown {
            url: url.clone(),
            error: error.clone(),
        },
        "upstream.down",
        "shop is down: http://shop:1 connection refused",
    );
    check(
        What::NeverReached { url, error },
        "upstream.never_reached",
        "shop was never reached since the start: http://shop:1 connection refused",
    );
}

#[test]
fn a_lease_that_ran_out_is_told_in_words() {
    let expired = |then, reason: &str| What::LeaseExpired {
        order: "close",
        actor: "ci".to_owned(),
        reason: reason.to_owned(),
        then,
    };
    for (then, reason, expected) in [
        ("lifted", "deploy", "it is lifted: deploy"),
        ("stopped", "", "it refuses all requests now"),
        ("kept", "", "it stands until it is lifted"),
    ] {
        check(
            expired(then, reason),
            "gate.lease_expired",
            &format!("The lease of ci's close of shop ran out, and {expected}"),
        );
    }
}

#[test]
fn canaries_that_failed_are_told_in_words() {
    check(
        What::CanaryFailed {
            status: 503,
            failures: 3,
        },
        "gate.canary_failed",
        "shop stays closed: 3 canaries in a row failed, the last with status 503",
    );
}

#[test]
fn a_hold_is_told_in_words() {
    check(
        What::FirstHeld,
        "hold.first",
        "Requests to shop are being held",
    );
    check(
        What::NearLimit { held: 8, limit: 10 },
        "hold.near_limit",
        "8 requests to shop are held, of 10 at most",
    );
    check(
        What::HoldOver {
            held: 9,
            longest_ms: 1250,
            answered: 7,
            timed_out: 1,
            left: 1,
        },
        "hold.over",
        "Holding for shop is over: 9 held, 1.2 s at most; 7 answered, 1 timed out, 1 left",
    );
}

#[test]
fn a_reload_is_told_without_an_upstream() {
    let of = |what| {
        Message::of(&Notice::Event(Event {
            at_ms: 0,
            upstream: None,
            what,
        }))
    };
    let changes = "upstreams changed: shop".to_owned();
    let message = of(What::Reloaded { changes });
    assert_eq!(
        (message.kind, message.bad),
        ("configuration.reloaded", false)
    );
    assert_eq!(
        message.sentence,
        "The configuration was reloaded: upstreams changed: shop"
    );
    assert_eq!(message.data.get("upstream"), None);
    let error = "line 3: no such key".to_owned();
    let message = of(What::ReloadRefused { error });
    assert_eq!((message.kind, message.bad), ("configuration.refused", true));
    assert_eq!(message.data["error"], "line 3: no such key");
}

#[test]
fn flapping_and_its_end_are_told_in_words() {
    let upstream = "shop".to_owned();
    let within = Duration::from_secs(10);
    let flapping = Notice::Flapping {
        at_ms: 0,
        upstream: upstream.clone(),
        changes: 5,
        within,
    };
    let message = Message::of(&flapping);
    assert_eq!(message.kind, "gate.flapping");
    assert_eq!(
        message.sentence,
        "shop is flapping: 5 changes within 10 s; more are summed up when it has calmed"
    );
    let now = vec![
        ("gate".to_owned(), "open"),
        ("http://shop".to_owned(), "up"),
    ];
    let summary = Summary {
        changes: 20,
        now,
        held: 3,
        answered: 3,
        ..Summary::default()
    };
    let message = Message::of(&Notice::Calmed {
        at_ms: 0,
        upstream,
        summary,
    });
    assert_eq!(message.kind, "gate.calmed");
    assert_eq!(
        message.sentence,
        "shop has calmed after 20 changes, now: gate open, http://shop up; \
         3 held, 3 answered, 0 timed out, 0 left"
    );
    assert_eq!(
        message.data["now"],
        json!({ "gate": "open", "http://shop": "up" })
    );
}

#[test]
fn a_hold_that_ended_in_time_outs_is_not_called_good() {
    for (timed_out, bad) in [(0, false), (1, true)] {
        let what = What::HoldOver {
            held: 9,
            longest_ms: 1_234,
            answered: 9 - timed_out,
            timed_out,
            left: 0,
        };
        let event = Event { what, ..closed() };
        assert_eq!(Message::of(&Notice::Event(event)).bad, bad, "{timed_out}");
    }
}
