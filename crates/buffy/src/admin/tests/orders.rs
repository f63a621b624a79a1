//! What operators want, and what is shown of it.

use serde_json::{Value, json};

use super::fixture::{Served, Setup};

const GATE: &str = "/_admin/api/v1/gates/service1";

fn order(admin: &Served, verb: &str, body: &Value) -> Value {
    let method = if verb == "expect_version" {
        "PUT"
    } else {
        "POST"
    };
    let body = body.to_string();
    let answer = admin.send(method, &format!("{GATE}/{verb}"), &[], body.as_bytes());
    assert_eq!(answer.status, 200, "{verb}: {}", answer.text());
    answer.json()
}

fn entries(admin: &Served) -> Vec<Value> {
    let gate = admin.ask("GET", GATE, &[]).json();
    gate["operator"].as_array().unwrap().clone()
}

#[test]
fn a_close_is_an_entry_that_its_token_renews_and_lifts() {
    let admin = Setup::new().serve();
    let asked = json!({
        "reason": "deploy", "actor": "ci", "hold": "method=POST", "ttl": "5m", "on_expiry": "keep",
    });
    let closed = order(&admin, "close", &asked);
    let token = closed["token"].as_str().unwrap();
    assert_eq!((token.len(), &closed["persisted"]), (32, &json!(true)));

    let shown = entries(&admin);
    let [entry] = &shown[..] else {
        panic!("{shown:?}")
    };
    for (key, value) in [
        ("order", "close"),
        ("actor", "ci"),
        ("reason", "deploy"),
        ("hold", "method=POST"),
        ("token", &format!("{}…", &token[..8])),
    ] {
        assert_eq!(entry[key], value);
    }
    let lease = &entry["lease"];
    assert_eq!(
        (&lease["ttl_seconds"], &lease["on_expiry"]),
        (&json!(300.0), &json!("keep"))
    );

    assert_eq!(closed["until"], lease["until"]);

    let answer = order(&admin, "renew", &json!({"token": token, "ttl": "2h"}));
    let renewed = entries(&admin);
    assert!(renewed[0]["lease"]["until"].as_str() > lease["until"].as_str());
    assert_eq!(answer["until"], renewed[0]["lease"]["until"]);
    assert_eq!(renewed[0]["since"], entry["since"]);

    let other = order(&admin, "close", &json!({"actor": "ann", "reason": "look"}));
    let opened = order(&admin, "open", &json!({"token": token}));
    let lifted = opened["lifted"].as_array().unwrap();
    assert_eq!(
        (lifted.len(), &lifted[0]["actor"], &lifted[0]["order"]),
        (1, &json!("ci"), &json!("close"))
    );
    assert_eq!(opened["verdict"], "closed");
    assert_eq!(opened["reasons"][0], "closed by ann: look");
    assert_ne!(other["token"].as_str(), Some(token));
}

#[test]
fn the_same_token_is_the_same_entry() {
    let admin = Setup::new().serve();
    let close = |reason: &str| {
        let asked = json!({"token": "deploy-2026-03-01-a", "reason": reason, "ttl": "5m"});
        order(&admin, "close", &asked)
    };
    let first = close("first");
    let again = close("again");
    assert_eq!(
        (&first["token"], &again["token"]),
        (&json!("deploy-2026-03-01-a"), &first["token"])
    );
    let shown = entries(&admin);
    assert_eq!((shown.len(), &shown[0]["reason"]), (1, &json!("again")));
}

#[test]
fn a_stop_has_a_message_and_a_planned_end() {
    let admin = Setup::new().serve();
    let asked = json!({"message": "back at noon", "until": "2026-03-01T13:00:00+01:00"});
    assert_eq!(order(&admin, "stop", &asked)["verdict"], "stopped");
    let shown = entries(&admin);
    assert_eq!(
        (&shown[0]["message"], &shown[0]["until"], &shown[0]["lease"]),
        (
            &json!("back at noon"),
            &json!("2026-03-01T12:00:00Z"),
            &Value::Null
        )
    );
}

#[test]
fn a_force_lifts_everything_says_whose_and_is_shown_until_its_end() {
    let admin = Setup::new().serve();
    order(&admin, "close", &json!({"actor": "ci", "reason": "deploy"}));
    order(
        &admin,
        "stop",
        &json!({"actor": "ann", "message": "back at nine"}),
    );
    let forced = order(
        &admin,
        "open",
        &json!({"force": true, "ttl": "10m", "actor": "joe", "reason": "the page lies"}),
    );
    let lifted: Vec<&Value> = forced["lifted"].as_array().unwrap().iter().collect();
    let whose: Vec<_> = lifted
        .iter()
        .map(|one| {
            (
                one["order"].as_str().unwrap(),
                one["actor"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(whose, [("close", "ci"), ("stop", "ann")]);
    let shown = entries(&admin);
    assert_eq!(shown.len(), 1);
    assert_eq!(
        (&shown[0]["order"], &shown[0]["actor"], &shown[0]["reason"]),
        (&json!("force"), &json!("joe"), &json!("the page lies"))
    );
    assert!(shown[0]["until"].as_str() > shown[0]["since"].as_str());
    let token = forced["token"].as_str().unwrap();
    order(&admin, "renew", &json!({"token": token, "ttl": "2h"}));
    assert!(entries(&admin)[0]["until"].as_str() > shown[0]["until"].as_str());
    order(&admin, "open", &json!({}));
    assert!(entries(&admin).is_empty());
}

#[test]
fn a_stranger_sees_who_closed_and_neither_the_token_nor_the_rule() {
    let admin = Setup::new().serve();
    let asked = json!({"hold": "path=\"/secret/*\"", "actor": "ci", "ttl": "5m"});
    let token = order(&admin, "close", &asked)["token"].clone();
    let proxied = [("X-Forwarded-For", "9.9.9.9")];
    let status = admin.ask("GET", "/_admin/status", &proxied);
    let entry = &status.json()["upstreams"][0]["operator"][0];
    assert_eq!(
        (&entry["actor"], &entry["hold"]),
        (&json!("ci"), &json!("rule"))
    );
    assert!(entry["lease"]["until"].is_string());
    assert!(!status.text().contains(&token.as_str().unwrap()[..8]));
    assert!(!status.text().contains("secret"), "{}", status.text());
}
