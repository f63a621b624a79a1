//! The endpoint `orders`: conditions, templates, state, and what a caller may wish.

use std::time::{Duration, Instant};

use buffy_test::request;
use serde_json::{Value, json};

use super::{Example, named, start};

#[test]
fn warming_up_answers_twice_in_a_session_and_then_no_more() {
    let example = start();
    for session in ["a", "b"] {
        for _ in 0..2 {
            let answer = example.get(session, "/api/orders/7");
            assert_eq!((answer.status, named(&answer)), (503, "warming_up"));
            assert_eq!(answer.field("retry-after"), Some("1"));
        }
        assert_eq!(named(&example.get(session, "/api/orders/7")), "ok");
    }
    let baggage = [("baggage", "other=1, buffy=c")];
    let asked = request("GET", "/api/orders/7", &baggage, b"");
    let answer = example.buffy.client().send(asked).response();
    assert_eq!(named(&answer), "warming_up");
}

#[test]
fn chaos_resets_the_connection_behind_its_bytes() {
    let example = start();
    let wish = [("X-Buffy-Response", "chaos")];
    let mut client = example.buffy.client();
    client.send(request("GET", "/api/orders/7", &wish, b""));
    let sent = client.try_response();
    assert!(client.is_ended() && client.was_reset(), "{sent:?}");
}

#[test]
fn the_same_seed_meets_chaos_at_the_same_requests() {
    let seen = |example: &Example| -> Vec<bool> {
        let fields = [("X-Buffy-Session", "s"), ("X-Buffy-Delay", "0ms")];
        let asked = request("PUT", "/api/orders/7", &fields, br#"{"qty": 0}"#);
        (0..120)
            .map(|_| {
                let mut client = example.buffy.client();
                client.send(&asked);
                let answer = client.try_response();
                answer.is_ok_and(|answer| answer.status == 200)
            })
            .collect()
    };
    let first = seen(&start());
    let met = first.iter().filter(|met| **met).count();
    assert!((1..20).contains(&met), "{met} of 120");
    assert_eq!(first, seen(&start()));
}

#[test]
fn a_bad_order_is_rejected_with_a_number_that_is_one() {
    let example = start();
    example.warm("a");
    for (body, got) in [
        (json!({"qty": 0, "email": "a@b.example"}), json!(0)),
        (json!({"qty": 2}), json!(2)),
        (json!({"qty": 3, "email": "nobody"}), json!(3)),
    ] {
        let answer = example.ask("a", "PUT", "/api/orders/7", &body);
        assert_eq!((answer.status, named(&answer)), (422, "rejected"), "{body}");
        assert_eq!(answer.json(), json!({"error": "bad order", "got": got}));
        assert_eq!(answer.field("content-type"), Some("application/json"));
    }
    let good = json!({"qty": 3, "email": "a@b.example"});
    let answer = example.ask("a", "PUT", "/api/orders/7", &good);
    assert_eq!(named(&answer), "ok");
}

#[test]
fn an_order_is_paid_once_the_state_says_so() {
    let example = start();
    example.warm("a");
    let items = "/api/orders/7?expand=items";
    assert_eq!(named(&example.get("a", items)), "ok");
    let answer = example.get("a", items);
    assert_eq!(named(&answer), "paid", "{}", answer.text());
    let expected = json!({"id": "7", "status": "paid", "items": [{"sku": "tea", "qty": 2}]});
    assert_eq!(answer.json(), expected);

    // Another order has no file: once it is paid, that is not found.
    assert_eq!(named(&example.get("a", "/api/orders/8?expand=items")), "ok");
    let missing = example.get("a", "/api/orders/8?expand=items");
    assert_eq!((missing.status, named(&missing)), (404, "not_found"));
    assert_eq!(missing.json(), json!({"status": "not found"}));

    // The state is the session's.
    example.warm("b");
    assert_eq!(named(&example.get("b", items)), "ok");
}

#[test]
fn the_order_itself_says_what_was_asked() {
    let example = start();
    example.warm("a");
    let agent = [("User-Agent", "a \"quoted\" agent")];
    let began = Instant::now();
    let answer = example.ask_with("a", "GET", "/api/orders/7?x=1", &agent, &Value::Null);
    assert!(began.elapsed() > Duration::from_millis(10), "a delay");
    let expected = json!({
        "url": "/api/orders/7?x=1",
        "by": "orders",
        "n": 3,
        "who": "a \"quoted\" agent",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.field("content-type"), Some("application/json"));
    assert_eq!(answer.field("x-buffy-url"), Some("/api/orders/7?x=1"));
    assert_eq!(answer.field("x-buffy-endpoint-id"), Some("orders"));
}

#[test]
fn only_its_methods_are_taken_and_browsers_of_other_origins_may_ask() {
    let example = start();
    let refused = example.ask("a", "DELETE", "/api/orders/7", &Value::Null);
    assert_eq!(refused.status, 405);
    let allowed = refused.field("allow").unwrap_or_default();
    for method in ["GET", "HEAD", "PUT"] {
        assert!(allowed.contains(method), "{allowed}");
    }
    let asks = [
        ("Origin", "http://app.example"),
        ("Access-Control-Request-Method", "PUT"),
    ];
    let preflight = example.ask_with("a", "OPTIONS", "/api/orders/7", &asks, &Value::Null);
    assert_eq!(preflight.status, 204);
    assert!(preflight.field("access-control-allow-methods").is_some());
    let origin = [("Origin", "http://app.example")];
    let answer = example.ask_with("a", "GET", "/api/orders/7", &origin, &Value::Null);
    assert!(answer.field("access-control-allow-origin").is_some());
    let mut client = example.buffy.client();
    let ticker = client.get_with("/ticker", &origin).head();
    assert_eq!(
        ticker.field("access-control-allow-origin"),
        None,
        "`cors: false`"
    );
}

#[test]
fn a_caller_names_its_answer() {
    let example = start();
    let wished = |name, value| {
        let wish = [(name, value)];
        let answer = example.ask_with("a", "GET", "/api/orders/7", &wish, &Value::Null);
        (answer.status, named(&answer).to_owned())
    };
    assert_eq!(
        wished("X-Buffy-Response", "not_found"),
        (404, "not_found".into())
    );
    assert_eq!(wished("Prefer", "code=422"), (422, "rejected".into()));
    assert_eq!(
        wished("Prefer", "example=not_found"),
        (404, "not_found".into())
    );
    let began = Instant::now();
    assert_eq!(wished("X-Buffy-Delay", "200ms").1, "warming_up");
    assert!(began.elapsed() >= Duration::from_millis(200));
    let told = example.explained("other", "PUT", "/api/orders/7", &json!({"qty": 0}));
    assert!(told.to_string().contains("warming_up"), "{told}");
    assert_eq!(
        named(&example.get("other", "/api/orders/7")),
        "warming_up",
        "not counted"
    );
}

#[test]
fn what_was_asked_is_remembered_and_verified() {
    let example = start();
    let verified = |session: &str| {
        let answer = example
            .buffy
            .admin("GET", &format!("/_admin/verify?session={session}"));
        answer.status
    };
    assert_eq!(verified("a"), 417, "`orders` expects at least one request");
    let answer = example.get("a", "/api/orders/7");
    assert_eq!(answer.status, 503);
    assert_eq!(verified("a"), 200);
    let told = example
        .buffy
        .admin("GET", "/_admin/requests?endpoint=orders&session=a");
    assert!(told.text().contains("/api/orders/7"), "{}", told.text());
}
