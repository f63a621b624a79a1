use std::sync::atomic::Ordering;

use buffy_core::config::Scope;

use super::fixture::Setup;

#[test]
fn probes_and_figures_are_under_the_path_and_at_the_root() {
    let admin = Setup::new().serve();
    for (path, media, text) in [
        ("/livez", "text/plain; charset=utf-8", "alive\n"),
        ("/readyz", "text/plain; charset=utf-8", "ready\n"),
        ("/metrics", crate::observe::metrics::CONTENT_TYPE, "# EOF\n"),
    ] {
        for prefix in ["", "/_admin"] {
            let answer = admin.ask("GET", &format!("{prefix}{path}"), &[]);
            assert_eq!(answer.status, 200, "{prefix}{path}");
            assert_eq!(answer.field("content-type"), Some(media));
            assert!(answer.text().ends_with(text), "{}", answer.text());
        }
    }
    assert_eq!(admin.ask("GET", "/status", &[]).status, 404);
}

#[test]
fn the_figures_are_of_what_was_counted() {
    let text = Setup::new().serve().ask("GET", "/metrics", &[]).text();
    let requests = r#"buffy_requests_total{endpoint="",outcome="refused",code_class="5xx"} 1"#;
    assert!(text.contains(requests), "{text}");
    assert!(
        text.contains(r#"buffy_gate_open{upstream="service1"} 0.0"#),
        "{text}"
    );
    assert!(
        text.contains(r#"buffy_connections{listener="public"} 3.0"#),
        "{text}"
    );
}

#[test]
fn readiness_fails_first_when_buffy_stops() {
    let admin = Setup::new().serve();
    admin.ready.store(false, Ordering::Relaxed);
    let answer = admin.ask("GET", "/readyz", &[]);
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.field("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(admin.ask("GET", "/livez", &[]).status, 200);
}

#[test]
fn head_is_answered_where_get_is() {
    let admin = Setup::new().serve();
    for path in ["/livez", "/metrics", "/_admin/status", "/_admin/config"] {
        let answer = admin.ask("HEAD", path, &[]);
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{path}");
    }
}

#[test]
fn every_answer_is_kept_from_other_origins() {
    let admin = Setup::new().serve();
    for (path, host) in [
        ("/_admin/status", "localhost"),
        ("/nothing", "localhost"),
        ("/livez", "evil.example"),
    ] {
        let answer = admin.ask("GET", path, &[("Host", host)]);
        assert_eq!(answer.field("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.field("x-frame-options"), Some("DENY"));
        assert_eq!(
            answer.field("cross-origin-resource-policy"),
            Some("same-origin")
        );
        let cors = answer
            .fields
            .iter()
            .find(|(name, _)| name.to_ascii_lowercase().starts_with("access-control-"));
        assert_eq!(cors, None);
    }
}

#[test]
fn host_is_judged_before_the_method_and_the_method_before_the_token() {
    let admin = Setup::new().wide().token(Scope::Gate, "g4te").serve();
    let evil = ("Host", "evil.example");
    assert_eq!(admin.ask("DELETE", "/_admin/config", &[evil]).status, 421);
    let no_method = admin.ask("DELETE", "/_admin/config", &[]);
    assert_eq!(no_method.status, 405);
    assert_eq!(no_method.field("allow"), Some("GET,HEAD"));
    assert_eq!(no_method.json()["status"], 405);
    let no_token = admin.ask("GET", "/_admin/config", &[]);
    assert_eq!(no_token.status, 401);
    assert_eq!(
        no_token.field("www-authenticate"),
        Some("Bearer realm=\"buffy\"")
    );
    assert!(
        no_token.json()["detail"]
            .as_str()
            .unwrap()
            .contains("Authorization: Bearer")
    );
    assert_eq!(admin.ask("OPTIONS", "/_admin/gate", &[]).status, 405);
}

#[test]
fn what_a_stranger_may_read_names_no_address_and_no_probe() {
    let admin = Setup::new().wide().token(Scope::Read, "r34d").serve();
    let stranger = admin.ask("GET", "/_admin/status", &[]);
    assert_eq!(stranger.status, 200);
    assert_eq!(stranger.json()["upstreams"][0]["id"], "service1");
    assert!(stranger.json()["upstreams"][0]["reasons"].is_null());
    assert!(!stranger.text().contains("9091"), "{}", stranger.text());
    assert!(!stranger.text().contains("address"), "{}", stranger.text());

    let token = ("Authorization", "Bearer r34d");
    let reader = admin.ask("GET", "/_admin/status", &[token]);
    assert!(
        reader.text().contains("http://localhost:9091"),
        "{}",
        reader.text()
    );
    assert_eq!(reader.json()["listeners"][0]["address"], "127.0.0.1:7000");
    assert_eq!(
        admin.ask("GET", "/_admin/config", &[token]).json()["version"],
        0.1
    );

    let wrong = [("Authorization", "Bearer no")];
    assert_eq!(admin.ask("GET", "/_admin/status", &wrong).status, 401);
    assert_eq!(admin.ask("GET", "/livez", &wrong).status, 200);
}
