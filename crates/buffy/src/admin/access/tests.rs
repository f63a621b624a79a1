use std::net::IpAddr;

use axum::http::Request;
use axum::http::request::Parts;
use buffy_core::config::{Admin, Notify, Scope, Secret, Token};

use super::{Access, Peer, Refusal, Wants};

const LOOPBACK: &str = "127.0.0.1";
const ELSEWHERE: &str = "10.0.0.7";

/// Bound to this address; three tokens, and one that is empty.
fn bound_to(bind: &str) -> Access {
    let token = |name: &str, scope, value: &str| Token {
        name: name.to_owned(),
        scope,
        value: Secret::new(value.to_owned()),
    };
    let admin = Admin {
        line: 1,
        path: "/_admin".to_owned(),
        bind: bind.parse().unwrap(),
        port: 7001,
        unix: None,
        tokens: vec![
            token("eyes", Scope::Read, "r34d"),
            token("ci", Scope::Gate, "g4te"),
            token("root", Scope::Admin, "4dmin"),
            token("unset", Scope::Admin, ""),
        ],
        hosts: vec!["Buffy.Example".to_owned()],
        compat_get: false,
        notify: Notify::default(),
    };
    Access::new(&admin, None)
}

fn parts(fields: &[(&str, &str)]) -> Parts {
    let request = Request::get("/_admin/status");
    let named = fields.iter().any(|(name, _)| *name == "host");
    let request = if named {
        request
    } else {
        request.header("host", "127.0.0.1:7001")
    };
    let request = fields
        .iter()
        .filter(|(_, value)| *value != "(none)")
        .fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
    request.body(()).unwrap().into_parts().0
}

fn peer(address: &str) -> Peer {
    if address == "unix" {
        Peer::Unix
    } else {
        Peer::Tcp(address.parse::<IpAddr>().unwrap())
    }
}

/// What comes of a request: its caller's name, or why not.
fn judge(access: &Access, from: &str, fields: &[(&str, &str)], wants: Wants) -> String {
    let judged = access
        .meet(peer(from), &parts(fields))
        .and_then(|caller| caller.may(wants).map(|()| caller.name().to_owned()));
    judged.unwrap_or_else(|refusal| format!("{refusal:?}"))
}

fn check(bind: &str, from: &str, fields: &[(&str, &str)], expected: [&str; 3]) {
    let access = bound_to(bind);
    let found = [Wants::Public, Wants::Read, Wants::Change]
        .map(|wants| judge(&access, from, fields, wants));
    assert_eq!(found, expected, "bound to {bind}, from {from}, {fields:?}");
}

#[test]
fn bound_to_loopback_a_client_of_this_machine_needs_no_token() {
    let local = ["local"; 3];
    check(LOOPBACK, LOOPBACK, &[], local);
    check("::1", "::1", &[("host", "[::1]:7001")], local);
    check(
        LOOPBACK,
        "::ffff:127.0.0.1",
        &[("host", "localhost")],
        local,
    );
    check(
        LOOPBACK,
        "127.9.9.9",
        &[("host", "buffy.example:7001")],
        local,
    );
}

#[test]
fn somebody_behind_the_peer_is_a_stranger() {
    let stranger = ["unknown", "NoToken", "NoToken"];
    for field in [
        "forwarded",
        "x-forwarded-for",
        "X-Forwarded-Anything",
        "via",
    ] {
        check(LOOPBACK, LOOPBACK, &[(field, "x")], stranger);
    }
    check(LOOPBACK, ELSEWHERE, &[], stranger);
}

#[test]
fn bound_wider_loopback_is_nobody() {
    let stranger = ["unknown", "NoToken", "NoToken"];
    check("0.0.0.0", LOOPBACK, &[], stranger);
    check("::", "::1", &[], stranger);
    check("10.0.0.1", ELSEWHERE, &[], stranger);
    check("0.0.0.0", "unix", &[], ["unix socket"; 3]);
}

#[test]
fn a_token_lets_in_as_far_as_its_scope() {
    let bearing = |token: &'static str| [("authorization", token)];
    check(
        "0.0.0.0",
        ELSEWHERE,
        &bearing("Bearer r34d"),
        ["eyes", "eyes", "Scope"],
    );
    check("0.0.0.0", ELSEWHERE, &bearing("bearer  g4te"), ["ci"; 3]);
    check("0.0.0.0", ELSEWHERE, &bearing("Bearer 4dmin"), ["root"; 3]);
    check(
        LOOPBACK,
        LOOPBACK,
        &bearing("Bearer r34d"),
        ["eyes", "eyes", "Scope"],
    );
}

#[test]
fn a_wrong_token_is_worse_than_none() {
    let wrong = ["unknown", "WrongToken", "WrongToken"];
    for value in [
        "Bearer g4tE",
        "Bearer g4te5",
        "Bearer ",
        "Bearer",
        "Basic Z3RlOg==",
        "g4te",
        "",
    ] {
        check(LOOPBACK, LOOPBACK, &[("authorization", value)], wrong);
    }
    let twice = [
        ("authorization", "Bearer g4te"),
        ("authorization", "Bearer g4te"),
    ];
    check(LOOPBACK, LOOPBACK, &twice, wrong);
    check("0.0.0.0", "unix", &[("authorization", "Bearer no")], wrong);
}

#[test]
fn a_name_that_is_not_ours_is_refused_without_a_token() {
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.1",
        "buffy.example.",
        "[::g]",
    ] {
        let found = judge(
            &bound_to(LOOPBACK),
            LOOPBACK,
            &[("host", host)],
            Wants::Public,
        );
        assert_eq!(found, "Host", "{host}");
    }
    let foreign = ("host", "evil.example");
    check(
        "0.0.0.0",
        ELSEWHERE,
        &[foreign, ("authorization", "Bearer g4te")],
        ["ci"; 3],
    );
    check(
        "0.0.0.0",
        ELSEWHERE,
        &[foreign, ("authorization", "Bearer no")],
        ["Host"; 3],
    );
    check("0.0.0.0", "unix", &[foreign], ["unix socket"; 3]);
}

#[test]
fn a_request_names_one_host() {
    for fields in [
        &[("host", "(none)")][..],
        &[("host", "localhost"), ("host", "localhost")],
        &[("host", "")],
        &[("host", "user@localhost")],
        &[("host", "localhost:99999")],
        &[("host", "local host")],
    ] {
        check(LOOPBACK, LOOPBACK, fields, ["BadHost"; 3]);
    }
}

#[test]
fn the_target_s_authority_goes_before_the_host_field() {
    let request = Request::get("http://evil.example/_admin/status").header("host", "localhost");
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let met = bound_to(LOOPBACK).meet(peer(LOOPBACK), &parts);
    assert_eq!(met.unwrap_err(), Refusal::Host);
}

#[test]
fn pages_of_other_origins_are_refused_whatever_they_bring() {
    for origin in [
        "null",
        "http://evil.example",
        "http://127.0.0.1:7002",
        "http://127.0.0.1",
        "ftp://127.0.0.1:7001",
        "127.0.0.1:7001",
        "http://127.0.0.1:7001/",
        "http://127.0.0.1:7001.evil.example",
    ] {
        check(LOOPBACK, LOOPBACK, &[("origin", origin)], ["Origin"; 3]);
        let with_token = [("origin", origin), ("authorization", "Bearer g4te")];
        check("0.0.0.0", ELSEWHERE, &with_token, ["Origin"; 3]);
    }
    check(
        LOOPBACK,
        LOOPBACK,
        &[("sec-fetch-mode", "no-cors")],
        ["NoCors"; 3],
    );
    check(
        LOOPBACK,
        LOOPBACK,
        &[("upgrade", "websocket")],
        ["Upgrade"; 3],
    );
}

#[test]
fn a_browser_on_this_machine_reads_and_changes_with_a_token_only() {
    let page = ("origin", "http://127.0.0.1:7001");
    let json = ("content-type", "application/json; charset=utf-8");
    let token = ("authorization", "Bearer g4te");
    check(
        LOOPBACK,
        LOOPBACK,
        &[page, json],
        ["local", "local", "NoToken"],
    );
    let typed = [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")];
    check(LOOPBACK, LOOPBACK, &typed, ["local", "local", "NoToken"]);

    check(LOOPBACK, LOOPBACK, &[page, json, token], ["ci"; 3]);
    check(LOOPBACK, LOOPBACK, &[page, token], ["ci", "ci", "NotJson"]);
    let form = ("content-type", "text/plain; application/json");
    check(
        LOOPBACK,
        LOOPBACK,
        &[page, token, form],
        ["ci", "ci", "NotJson"],
    );
    for site in ["none", "same-site", "cross-site"] {
        let fields = [("sec-fetch-site", site), json, token];
        check(LOOPBACK, LOOPBACK, &fields, ["ci", "ci", "Origin"]);
    }
    check(
        LOOPBACK,
        LOOPBACK,
        &[("sec-fetch-site", "same-origin"), json, token],
        ["ci"; 3],
    );
    check(
        LOOPBACK,
        LOOPBACK,
        &[("sec-fetch-dest", "empty"), json, token],
        ["ci", "ci", "Origin"],
    );
}

#[test]
fn an_origin_is_compared_with_its_default_port() {
    let token = ("authorization", "Bearer g4te");
    let json = ("content-type", "application/json");
    for (host, origin) in [
        ("buffy.example", "https://buffy.example"),
        ("buffy.example:443", "https://buffy.example"),
        ("buffy.example", "http://BUFFY.example:80"),
        ("[::1]:7001", "http://[::1]:7001"),
    ] {
        let fields = [("host", host), ("origin", origin), json, token];
        check("0.0.0.0", ELSEWHERE, &fields, ["ci"; 3]);
    }
    let fields = [
        ("host", "buffy.example:80"),
        ("origin", "https://buffy.example"),
        json,
        token,
    ];
    check("0.0.0.0", ELSEWHERE, &fields, ["Origin"; 3]);
}
