//! What goes beyond a response: data, files, calls, gates, requests that were held.

use std::time::{Duration, Instant};

use buffy_test::{Reply, eventually};
use serde_json::{Value, json};

use super::{Example, named, start};

#[test]
fn what_follows_an_order_is_a_call_and_a_closed_gate() {
    let example = start();
    let Example {
        buffy,
        hooks,
        service1,
    } = &example;
    eventually("service1 is up", || {
        let answer = buffy.get("/backend/");
        answer.status == 200
    });
    hooks.reply_next(Reply::text(500, "again"));
    example.warm("a");
    let body = json!({
        "qty": 1,
        "email": "a@b.example",
        "callback": format!("{}/done", hooks.url()),
    });
    assert_eq!(
        named(&example.ask("a", "PUT", "/api/orders/7", &body)),
        "ok"
    );
    // Two seconds, and what a try after a failure waits for.
    for _ in 0..4 {
        let set = buffy.api("PUT", "clock", &json!({"advance": "10s"}));
        assert_eq!(set.status, 200, "{}", set.text());
    }
    eventually("the call was made again", || hooks.count() == 2);
    for received in hooks.requests() {
        assert_eq!(
            (received.method.as_str(), received.target.as_str()),
            ("POST", "/done")
        );
        let sent: Value = serde_json::from_slice(&received.body).unwrap();
        assert_eq!(sent, json!({"id": "7", "status": "done"}));
    }
    eventually("the gate is closed", || {
        buffy.metric("buffy_gate_open{upstream=\"service1\"}") == 0
    });
    let before = service1.count();
    let answer = buffy.get("/backend/");
    assert_eq!(answer.status, 503);
    assert_eq!(service1.count(), before, "it was held");
}

#[test]
fn the_shop_keeps_its_orders_by_session() {
    let example = start();
    let orders = example.get("a", "/api/shop/orders").json();
    assert_eq!(orders.as_array().map(Vec::len), Some(3), "{orders}");
    let flaky = [("X-Buffy-Response", "flaky")];
    let answer = example.ask_with("a", "POST", "/api/shop/orders", &flaky, &json!({"qty": 1}));
    assert_eq!(answer.status, 503);
    let file = example.buffy.folder().path().join("db.json");
    let before = std::fs::read(&file).unwrap();
    let mut created = example.ask("a", "POST", "/api/shop/orders", &json!({"qty": 9}));
    for _ in 0..20 {
        if created.status != 503 {
            break;
        }
        created = example.ask("a", "POST", "/api/shop/orders", &json!({"qty": 9}));
    }
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.json()["id"], 4);
    assert!(
        created
            .field("location")
            .is_some_and(|at| at.ends_with("/api/shop/orders/4"))
    );
    assert_eq!(example.get("a", "/api/shop/orders/4").json()["qty"], 9);
    assert_eq!(
        example.get("b", "/api/shop/orders/4").status,
        404,
        "another session"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before, "`write: memory`");
    let wrong = example.ask("a", "PUT", "/api/shop/orders/4", &json!({"qty": 0}));
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert_eq!(
        wrong.field("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn the_site_serves_its_folder() {
    let example = start();
    let page = example.get("a", "/static/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Served by Buffy"), "{}", page.text());
    let range = [("Range", "bytes=0-14")];
    let part = example.ask_with("a", "GET", "/static/index.html", &range, &Value::Null);
    assert_eq!(
        (part.status, part.text().as_str()),
        (206, "<!doctype html>")
    );
    assert_eq!(example.get("a", "/static/gone.html").status, 404);
    assert_eq!(
        example.get("a", "/static/../buffy.yaml").status,
        501,
        "outside of it"
    );
}

#[test]
fn a_request_that_was_held_too_long_gets_a_late_answer_of_json() {
    let example = start();
    example.service1.refuse();
    let began = Instant::now();
    let answer = example.get("a", "/backend/x");
    assert!(
        began.elapsed() >= Duration::from_millis(1050),
        "held, and late"
    );
    assert_eq!(answer.status, 503);
    let said = answer.json();
    assert_eq!(said["status"], "held", "{said}");
    assert_eq!(said["gate"], "service1");
    assert!(said["waited"].is_number(), "{said}");
}

#[test]
fn each_kind_of_call_follows_in_order() {
    let example = start();
    let answer = example.get("a", "/hooks");
    assert_eq!(answer.json(), json!({"status": "accepted"}));
    eventually("all calls were made", || example.hooks.count() == 4);
    let made = example.hooks.requests();
    let methods: Vec<&str> = made.iter().map(|call| call.method.as_str()).collect();
    assert_eq!(methods, ["PUT", "PATCH", "GET", "DELETE"]);
    assert!(made.iter().all(|call| call.target == "/jobs/1"), "{made:?}");
    assert_eq!(made[0].body, b"job 1");
    assert_eq!(made[0].field("x-by"), Some("hooks"));
    let patched: Value = serde_json::from_slice(&made[1].body).unwrap();
    assert_eq!(patched, json!({"state": "running"}));
}
