//! What is kept of an entry, and what older files hold.

use std::fs;

use buffy_core::config::{DocumentKind, OnExpiry};
use buffy_core::gate::{Close, ExpectVersion, Force, Holds, Lease, Operator, Stop, Token};
use buffy_core::rule::Rule;

use super::{Folder, GATES};

/// One of everything that an operator can say.
fn all_there_is() -> Operator {
    let token = |name: &str| Some(Token::new(name.to_owned()));
    let lease = |on_expiry| {
        Some(Lease {
            ttl_ms: 300_000,
            until_ms: 1_700_000_300_000,
            on_expiry,
        })
    };
    let close = |id, holds, lease| Close {
        id,
        token: token(&format!("token-of-{id}")),
        actor: "ci".to_owned(),
        reason: "deploy".to_owned(),
        holds,
        at_ms: 1_700_000_000_000,
        lease,
    };
    let by_rule = Rule::parse_request("path=\"/api/*\" && !header.x-smoke").unwrap();
    Operator::new(
        vec![
            close(1, Holds::All, lease(OnExpiry::Lift)),
            close(2, Holds::Writes, lease(OnExpiry::Keep)),
            close(5, Holds::Rule(by_rule), None),
        ],
        vec![Stop {
            id: 7,
            token: None,
            actor: "ann".to_owned(),
            message: "moving".to_owned(),
            at_ms: 5,
            until_ms: Some(1_800_000_000_000),
            lease: lease(OnExpiry::Stop),
        }],
        Some(Force {
            token: token("token-of-force"),
            actor: "bob".to_owned(),
            reason: "the page lies".to_owned(),
            at_ms: 6,
            until_ms: 3_600_006,
        }),
        Some(ExpectVersion {
            rule: Rule::parse("build=\"1.4.2\"", DocumentKind::Json).unwrap(),
            actor: "ci".to_owned(),
            at_ms: 8,
        }),
    )
}

#[test]
fn everything_that_was_said_is_there_after_a_restart() {
    let folder = Folder::new("everything");
    folder.open().unwrap().save("up", &all_there_is()).unwrap();

    let loaded = folder.open().unwrap().load("up").unwrap();

    assert_eq!(loaded, all_there_is());
    assert_eq!(loaded.standing().judge(&facts("/api/1")), 1);
    assert_eq!(loaded.standing().judge(&facts("/")), 0);
}

#[test]
fn an_expected_version_is_kept_by_itself() {
    let folder = Folder::new("expected");
    let expected = all_there_is().expected().cloned();
    let operator = Operator::new(Vec::new(), Vec::new(), None, expected);
    folder.open().unwrap().save("up", &operator).unwrap();
    assert_eq!(folder.open().unwrap().load("up"), Some(operator));
}

#[test]
fn a_file_of_version_1_is_read_as_ever() {
    let folder = Folder::with_gates(
        "version-1",
        r#"{"version":1,"upstreams":{"up":{
            "closes":[{"id":1,"actor":"ci","reason":"","holds":"all","at_ms":5},
                      {"id":3,"actor":"ann","reason":"x","holds":"writes","at_ms":6}],
            "stops":[{"id":2,"actor":"bob","message":"moving","at_ms":7}]}}}"#,
    );
    let state = folder.open().unwrap();
    let loaded = state.load("up").unwrap();
    let holds: Vec<_> = loaded.closes().iter().map(|close| &close.holds).collect();
    assert_eq!(holds, [&Holds::All, &Holds::Writes]);
    assert!(
        loaded
            .closes()
            .iter()
            .all(|close| close.token.is_none() && close.lease.is_none())
    );
    assert_eq!(loaded.stops()[0].message, "moving");

    // The next change writes it anew, as a file that an older Buffy refuses and does not misread.
    state.save("other", &all_there_is()).unwrap();
    let text = fs::read_to_string(folder.0.join(GATES)).unwrap();
    assert!(text.contains("\"version\": 2"), "{text}");
    drop(state);
    assert_eq!(folder.open().unwrap().load("up"), Some(loaded));
}

#[test]
fn a_rule_that_cannot_be_read_is_an_error_and_not_an_open_gate() {
    let folder = Folder::with_gates(
        "rule",
        r#"{"version":2,"upstreams":{"up":{"stops":[],"closes":[
            {"id":1,"actor":"ci","reason":"","holds":{"rule":"paht=/a"},"at_ms":5}]}}}"#,
    );
    let error = folder.open().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(GATES) && text.contains("a rule that this Buffy cannot read"),
        "{text}"
    );
}

fn facts(path: &str) -> buffy_core::rule::RequestFacts<'_> {
    buffy_core::rule::RequestFacts {
        method: "GET",
        path,
        query: "",
        host: "shop",
        header: &|_| Vec::new(),
    }
}
