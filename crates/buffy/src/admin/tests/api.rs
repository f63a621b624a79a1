//! The routes of `api/v1`: who may ask them, and how.

use buffy_core::config::Scope;
use serde_json::json;

use super::fixture::Setup;
use super::reference::{rows, target};

const GATE: &str = "/_admin/api/v1/gates/service1";

#[test]
fn every_route_is_judged_by_host_method_and_token_in_this_order() {
    let admin = Setup::new().wide().token(Scope::Read, "r34d").serve();
    for row in rows() {
        let target = target(row);
        let ask = |method: &str, fields: &[(&str, &str)]| {
            let answer = admin.ask(method, &target, fields);
            assert_eq!(answer.field("cache-control"), Some("no-store"), "{target}");
            answer.status
        };
        assert_eq!(ask("PATCH", &[("Host", "evil.example")]), 421, "{target}");
        assert_eq!(ask("PATCH", &[]), 405, "{target}");
        let unknown = if row.least.is_some() { 401 } else { 200 };
        assert_eq!(ask(row.method, &[]), unknown, "{target}");
    }
}

#[test]
fn every_route_that_changes_something_refuses_other_origins_and_forms() {
    let admin = Setup::new().serve();
    let host = format!("127.0.0.1:{}", admin.port);
    let own = format!("http://{host}");
    // A verification changes nothing, however it is asked.
    let changing = rows().filter(|row| row.method != "GET" && row.path != "/verify");
    for row in changing {
        let target = target(row);
        for (fields, status) in [
            (&[("Origin", "http://evil.example")][..], 403),
            (&[("Sec-Fetch-Mode", "no-cors")], 403),
            // A page has no token by being on this machine.
            (&[("Host", &host), ("Origin", &own)], 401),
        ] {
            let answer = admin.ask(row.method, &target, fields);
            assert_eq!(answer.status, status, "{target}: {fields:?}");
        }
    }
}

#[test]
fn the_gates_are_told_as_they_are_in_the_status() {
    let admin = Setup::new().serve();
    let post = |verb: &str| admin.ask("POST", &format!("{GATE}/{verb}"), &[]).status;
    assert_eq!((post("close?hold=writes"), post("stop")), (200, 200));
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    let gates = admin.ask("GET", "/_admin/api/v1/gates", &[]).json();
    let gate = admin.ask("GET", GATE, &[]).json();
    assert_eq!(gate["operator"].as_array().unwrap().len(), 2);
    for key in ["id", "gate", "generation", "reasons", "operator", "held"] {
        let shown = &status["upstreams"][0][key];
        assert_eq!((&gate[key], &gates["gates"][0][key]), (shown, shown));
    }
    for (target, status, detail) in [
        (
            "/_admin/api/v1/gates/servce1",
            404,
            "There is no upstream `servce1`. Did you mean `service1`?",
        ),
        (
            "/_admin/api/v1/gates?limit=3",
            400,
            "`limit` is unknown here: nothing is to be said.",
        ),
    ] {
        let answer = admin.ask("GET", target, &[]);
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["detail"], detail);
    }
}

#[test]
fn a_change_may_be_meant_for_a_gate_as_it_was_seen() {
    let admin = Setup::new().serve();
    let tag = || {
        let seen = admin.ask("GET", GATE, &[]);
        let generation = seen.json()["generation"].clone();
        let tag = seen.field("etag").unwrap().to_owned();
        assert!(tag.ends_with(&format!("-{generation}\"")), "{tag}");
        tag
    };
    let close = format!("{GATE}/close");
    let post = |fields: &[(&str, &str)]| admin.ask("POST", &close, fields);

    let first = tag();
    let closed = post(&[("If-Match", &first)]);
    assert_eq!(closed.status, 200);
    assert_eq!(closed.field("etag"), Some(tag().as_str()));
    let refused = post(&[("If-Match", &first)]);
    assert_eq!(refused.status, 412);
    assert_eq!(
        refused.json()["detail"],
        "The gate has changed since it was looked at: nothing was done. Look at it again, and \
         send the new `ETag` as `If-Match`."
    );
    let either = format!("{first}, {}", tag());
    assert_eq!(post(&[("If-Match", &either)]).status, 200);
    assert_eq!(post(&[("If-Match", "*")]).status, 200);
    assert_eq!(post(&[("If-Match", "\"of another process\"")]).status, 412);
    assert_eq!(post(&[("If-Match", "3")]).status, 400);
    let gate = admin.ask("GET", GATE, &[]).json();
    assert_eq!(gate["operator"].as_array().unwrap().len(), 3);
}

#[test]
fn a_reload_of_which_nobody_takes_care_changes_nothing() {
    let admin = Setup::new().serve();
    let reload = |query: &str| admin.ask("POST", &format!("/_admin/api/v1/reload{query}"), &[]);
    let answer = reload("");
    assert_eq!(answer.status, 503);
    let stopping = json!("Nothing was changed: Buffy is stopping.");
    assert_eq!(answer.json()["detail"], stopping);
    let answer = reload("?force=yes");
    assert_eq!(answer.status, 400);
    let write = json!("`force` is \"yes\"; write `true` or `false`.");
    assert_eq!(answer.json()["detail"], write);
}
