use buffy_core::config::Scope;

use super::fixture::{Served, Setup};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn gate(admin: &Served, query: &str) -> serde_json::Value {
    let answer = admin.ask("POST", &format!("/_admin/gate?{query}"), &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn a_gate_is_closed_stopped_and_opened() {
    let admin = Setup::new().serve();

    let closed = gate(
        &admin,
        "upstream=service1&action=close&reason=a%20migration&hold=writes",
    );
    assert_eq!(closed["upstream"], "service1");
    assert_eq!(closed["persisted"], true);
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    let entry = &status["upstreams"][0]["operator"][0];
    assert_eq!(entry["order"], "close");
    assert_eq!(entry["actor"], "local");
    assert_eq!(entry["reason"], "a migration");
    assert_eq!(entry["hold"], "writes");

    let stopped = gate(
        &admin,
        "upstream=service1&action=stop&message=back+at+9&actor=ann",
    );
    assert_eq!(stopped["verdict"], "stopped");
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    assert_eq!(status["upstreams"][0]["gate"], "stopped");
    assert_eq!(status["upstreams"][0]["operator"][1]["actor"], "ann");
    assert_eq!(
        status["upstreams"][0]["operator"][1]["message"],
        "back at 9"
    );

    let opened = gate(&admin, "upstream=service1&action=open");
    assert!(opened["generation"].as_u64() > stopped["generation"].as_u64());
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    assert_eq!(status["upstreams"][0]["operator"], serde_json::json!([]));
}

#[test]
fn everything_may_be_said_in_json() {
    let admin = Setup::new().serve();
    let body = br#"{"upstream":"service1","action":"close","actor":"ci","reason":"deploy \u00e4"}"#;
    let answer = admin.send("POST", "/_admin/gate", &[JSON], body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    assert_eq!(status["upstreams"][0]["operator"][0]["reason"], "deploy ä");
}

#[test]
fn a_close_that_cannot_be_written_says_so() {
    let admin = Setup::new().serve();
    // A file where the folder should be.
    std::fs::write(admin.state(), "").unwrap();
    let closed = gate(&admin, "upstream=service1&action=close");
    assert_eq!(closed["persisted"], false);
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    assert_eq!(status["persisted"], false);
    assert_eq!(status["upstreams"][0]["operator"][0]["order"], "close");
}

/// Queries, and what is said to them.
const NOT_UNDERSTOOD: [(&str, u16, &str); 9] = [
    ("", 400, "`upstream` is missing. There are: service1."),
    (
        "upstream=x&action=close",
        404,
        "There is no upstream `x`. There are: service1.",
    ),
    (
        "upstream=servce1&action=close",
        404,
        "There is no upstream `servce1`. Did you mean `service1`?",
    ),
    (
        "upstream=service1",
        400,
        "`action` is missing; write one of `close`, `open`, `stop`.",
    ),
    (
        "upstream=service1&action=CLOSE",
        400,
        "`action` is \"CLOSE\"; write one of `close`, `open`, `stop`.",
    ),
    (
        "upstream=service1&action=close&message=x",
        400,
        "`message` goes with `stop`, not with `close`.",
    ),
    (
        "upstream=service1&action=open&reson=x",
        400,
        "`reson` is unknown here. Did you mean `reason`? There are: actor, reason, token, force, \
         ttl.",
    ),
    (
        "upstream=service1&action=close&action=open",
        400,
        "`action` is said twice.",
    ),
    (
        "upstream=service1&action=close&reason=a%0Ab",
        400,
        "`reason` has control characters; write it in one line.",
    ),
];

#[test]
fn what_is_not_understood_is_said_and_changes_nothing() {
    let admin = Setup::new().serve();
    for (query, status, detail) in NOT_UNDERSTOOD {
        let answer = admin.ask("POST", &format!("/_admin/gate?{query}"), &[]);
        let said = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, said.as_str()), (status, detail), "{query}");
        assert_eq!(
            answer.field("content-type"),
            Some("application/problem+json")
        );
    }
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    assert_eq!(status["upstreams"][0]["operator"], serde_json::json!([]));
}

#[test]
fn a_body_that_is_not_understood_is_said() {
    let admin = Setup::new().serve();
    let target = "/_admin/gate?upstream=service1&action=close";
    for (body, status, detail) in [
        (
            &b"{\"action\":\"open\"}"[..],
            400,
            "`action` is said twice.",
        ),
        (
            b"{\"ready\":1}",
            400,
            "`ready` is unknown here. There are: actor, reason, hold, ttl, on_expiry, drain, \
             cut, token.",
        ),
        (
            &b" ".repeat(65 * 1024),
            413,
            "The body is longer than 64 KiB.",
        ),
    ] {
        let answer = admin.send("POST", target, &[JSON], body);
        let said = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, said.as_str()), (status, detail));
    }
}

#[test]
fn a_program_need_not_say_that_it_sends_json_and_a_page_must() {
    let admin = Setup::new().token(Scope::Gate, "g4te").serve();
    let target = "/_admin/gate?upstream=service1&action=close";
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = br#"{"reason": "deploy"}"#;
    assert_eq!(admin.send("POST", target, &[form], body).status, 200);

    let host = format!("127.0.0.1:{}", admin.port);
    let origin = format!("http://{host}");
    let page = [
        ("Host", host.as_str()),
        ("Origin", origin.as_str()),
        ("Authorization", "Bearer g4te"),
    ];
    let sent = |media| admin.send("POST", target, &[page[0], page[1], page[2], media], body);
    assert_eq!(sent(form).status, 415);
    assert_eq!(sent(JSON).status, 200);
}

#[test]
fn a_get_changes_nothing_unless_the_configuration_says_so() {
    let target = "/_admin/gate?upstream=service1&action=stop";
    let admin = Setup::new().serve();
    let refused = admin.ask("GET", target, &[]);
    assert_eq!(
        (refused.status, refused.field("allow")),
        (405, Some("POST"))
    );
    assert_eq!(admin.ask("HEAD", target, &[]).status, 405);

    let mut compatible = Setup::new();
    compatible.admin().compat_get = true;
    let admin = compatible.serve();
    let head = admin.ask("HEAD", target, &[]);
    assert_eq!((head.status, head.field("allow")), (405, Some("GET,POST")));
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    assert_eq!(status["upstreams"][0]["operator"], serde_json::json!([]));
    assert_eq!(admin.ask("GET", target, &[]).json()["verdict"], "stopped");
    let page = [
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    assert_eq!(admin.ask("GET", target, &page).status, 401);
}

#[test]
fn bound_wider_the_token_of_the_state_folder_lets_in() {
    let admin = Setup::new().wide().serve();
    let target = "/_admin/gate?upstream=service1&action=close";
    assert_eq!(admin.ask("POST", target, &[]).status, 401);

    let token = std::fs::read_to_string(admin.state().join("admin.token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    assert_eq!(
        admin
            .ask("POST", target, &[("Authorization", &bearer)])
            .status,
        200
    );
    let status = admin.ask("GET", "/_admin/status", &[]).json();
    assert_eq!(
        status["upstreams"][0]["operator"][0]["actor"],
        "admin.token"
    );
}

#[test]
fn a_token_for_reading_changes_nothing() {
    let admin = Setup::new().token(Scope::Read, "r34d").serve();
    let target = "/_admin/gate?upstream=service1&action=close";
    let answer = admin.ask("POST", target, &[("Authorization", "Bearer r34d")]);
    assert_eq!(answer.status, 403);
    let challenge = "Bearer realm=\"buffy\", error=\"insufficient_scope\"";
    assert_eq!(answer.field("www-authenticate"), Some(challenge));
}
