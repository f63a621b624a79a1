//! The fields that Buffy adds, removes and leaves alone (semantics of §8).

use buffy_test::{FakeUpstream, Received, Reply, Response, request};

use crate::kit::{More, TestBuffy};

/// One request with these fields through Buffy: what the upstream got, what the client got.
fn through(more: More<'_>, fields: &[(&str, &str)], reply: Option<&str>) -> (Received, Response) {
    let upstream = FakeUpstream::start();
    if let Some(reply) = reply {
        let address = upstream.url().split_off("http://".len());
        upstream.reply_otherwise(Reply::raw(reply.replace("TARGET", &address)));
    }
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let answer = buffy
        .client()
        .send(request("GET", "/api/x?y=1", fields, b""))
        .response();
    (upstream.requests().remove(0), answer)
}

#[test]
fn the_upstream_is_told_who_asked_and_which_way() {
    let (received, _) = through(More::default(), &[("Host", "app.example:8080")], None);
    assert_eq!(received.field("x-buffy-url"), Some("/api/x?y=1"));
    assert_eq!(received.field("x-buffy-endpoint-id"), Some("all"));
    assert_eq!(received.field("x-buffy-way"), Some("up"));
    assert_eq!(received.field("x-buffy-upstream-id"), Some("up"));
    assert!(received.field("x-buffy-hops").is_some());
    assert!(
        received
            .field("x-request-id")
            .is_some_and(|id| !id.is_empty())
    );
    assert!(received.field("x-request-start").is_some());
    assert_eq!(received.field("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(received.field("x-forwarded-proto"), Some("http"));
    assert_eq!(received.field("x-forwarded-host"), Some("app.example:8080"));
    assert!(
        received
            .field("forwarded")
            .unwrap()
            .contains("for=127.0.0.1")
    );
    assert!(
        received.field("host").unwrap().starts_with("127.0.0.1:"),
        "the upstream's own"
    );
    assert_eq!(received.field("via"), None);
}

#[test]
fn the_client_is_told_what_happened() {
    let (_, answer) = through(
        More {
            endpoint: "timeout: 20",
            ..More::default()
        },
        &[],
        None,
    );
    let elapsed = answer.field("x-buffy-elapsed").unwrap();
    let seconds: f64 = elapsed.strip_suffix(" sec").unwrap().parse().unwrap();
    assert!((0.0..20.0).contains(&seconds));
    assert_eq!(answer.field("x-buffy-timeout"), Some("20"));
    assert_eq!(answer.field("x-buffy-mode"), Some("store_and_forward"));
    assert_eq!(answer.field("x-buffy-upstream"), Some("up"));
    assert_eq!(answer.field("x-buffy-forwarded"), None);
}

#[test]
fn order_case_and_duplicates_stay() {
    let fields = [
        ("B-One", "1"),
        ("a-two", "2"),
        ("Cookie", "x=1"),
        ("Cookie", "y=2"),
        ("A-TWO", ""),
    ];
    let (received, answer) = through(
        More::default(),
        &fields,
        Some(
            "HTTP/1.1 299 Own Reason\r\nSet-Cookie: a=1\r\nx-mixed-CASE: v\r\nSet-Cookie: b=2\r\n\
         Content-Length: 2\r\n\r\nok",
        ),
    );
    let kept: Vec<_> = received
        .fields
        .iter()
        .filter(|(name, _)| fields.iter().any(|(given, _)| given == name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(kept, fields);
    assert_eq!(answer.status, 299);
    assert_eq!(answer.all("set-cookie"), ["a=1", "b=2"]);
    assert!(
        answer
            .fields
            .iter()
            .any(|(name, value)| name == "x-mixed-CASE" && value == "v")
    );
}

#[test]
fn hop_by_hop_fields_and_those_that_connection_names_go_no_further() {
    let fields = [
        ("Connection", "keep-alive, X-Mine"),
        ("X-Mine", "1"),
        ("Keep-Alive", "timeout=9"),
        ("Proxy-Authorization", "secret"),
        ("Proxy-Connection", "keep-alive"),
        ("TE", "gzip, trailers"),
        ("Proxy", "http://evil"),
        ("Trailer", "X-T"),
    ];
    let (received, answer) = through(
        More::default(),
        &fields,
        Some(
            "HTTP/1.1 200 OK\r\nConnection: X-Theirs\r\nX-Theirs: 1\r\nKeep-Alive: timeout=9\r\n\
         Proxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nok",
        ),
    );
    for name in [
        "x-mine",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "proxy",
        "trailer",
    ] {
        assert_eq!(received.field(name), None, "{name}");
    }
    assert!(received.field("te").is_none_or(|te| te == "trailers"));
    for name in ["x-theirs", "keep-alive"] {
        assert_eq!(answer.field(name), None, "{name}");
    }
}

#[test]
fn nobody_else_speaks_in_buffys_name() {
    let fields = [
        ("X-Buffy-Endpoint-ID", "evil"),
        ("X_Buffy_Upstream_ID", "evil"),
        ("x-buffy_anything", "evil"),
        ("X-Buffy-Held-Ms", "1"),
    ];
    let (received, answer) = through(
        More::default(),
        &fields,
        Some(
            "HTTP/1.1 200 OK\r\nX-Buffy-Forwarded: maybe\r\nX-Buffy-Mode: evil\r\nX_Buffy_Z: evil\r\n\
         Content-Length: 2\r\n\r\nok",
        ),
    );
    assert!(
        !received.fields.iter().any(|(_, value)| value == "evil"),
        "{:?}",
        received.fields
    );
    assert_eq!(received.field("x-buffy-held-ms"), None);
    assert!(
        !answer.fields.iter().any(|(_, value)| value == "evil"),
        "{:?}",
        answer.fields
    );
    assert_eq!(answer.field("x-buffy-forwarded"), None);
}

#[test]
fn a_request_id_is_kept_where_it_is_one() {
    let long = "x".repeat(129);
    let short = "x".repeat(128);
    let kept = |id: &str| {
        through(More::default(), &[("X-Request-Id", id)], None)
            .0
            .all("x-request-id")
            == [id]
    };
    assert!(kept("abc-123"));
    assert!(kept(&short));
    assert!(!kept(&long));
    assert!(!kept("two words"));
}

#[test]
fn forwarded_fields_are_replaced_unless_the_peer_is_trusted() {
    let fields = [
        ("X-Forwarded-For", "9.9.9.9"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "outer.example"),
        ("Forwarded", "for=9.9.9.9"),
    ];
    let (stranger, _) = through(More::default(), &fields, None);
    assert_eq!(stranger.all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(stranger.all("x-forwarded-proto"), ["http"]);
    assert_eq!(stranger.all("x-forwarded-host"), ["app.example"]);
    assert!(!stranger.field("forwarded").unwrap().contains("9.9.9.9"));
    let (disguised, _) = through(More::default(), &[("X_Forwarded-For", "9.9.9.9")], None);
    assert_eq!(
        disguised.field("x_forwarded-for"),
        None,
        "read as the other by some"
    );

    let trusts = More {
        listener: "trusted_proxies: [127.0.0.0/8]",
        ..More::default()
    };
    let (known, _) = through(trusts, &fields, None);
    assert_eq!(
        known.all("x-forwarded-for").join(", "),
        "9.9.9.9, 127.0.0.1"
    );
    assert_eq!(known.all("x-forwarded-proto"), ["https"]);
    assert_eq!(known.all("x-forwarded-host"), ["outer.example"]);
    assert!(known.all("forwarded").join(", ").contains("for=9.9.9.9"));
}

#[test]
fn headers_minimal_and_none_say_less() {
    let (received, answer) = through(
        More {
            endpoint: "headers: minimal",
            ..More::default()
        },
        &[],
        None,
    );
    assert!(received.field("x-request-id").is_some());
    assert_eq!(received.field("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(received.field("x-buffy-url"), None);
    assert_eq!(answer.field("x-buffy-elapsed"), None);

    let (received, answer) = through(
        More {
            endpoint: "headers: none",
            ..More::default()
        },
        &[],
        None,
    );
    assert_eq!(received.field("x-request-id"), None);
    assert_eq!(received.field("x-forwarded-for"), None);
    assert!(
        !answer
            .fields
            .iter()
            .any(|(name, _)| name.to_lowercase().starts_with("x-buffy-"))
    );
}

#[test]
fn via_is_added_where_it_is_on() {
    let (received, _) = through(
        More {
            endpoint: "via: on",
            ..More::default()
        },
        &[("Via", "1.0 a")],
        None,
    );
    let via = received.all("via").join(", ");
    assert!(via.starts_with("1.0 a, 1.1 "), "{via}");

    let (received, _) = through(More::default(), &[("Via", "1.0 a")], None);
    assert_eq!(received.all("via"), ["1.0 a"], "off: what came goes on");
}

#[test]
fn locations_that_name_the_target_get_the_clients_authority_back() {
    let reply = "HTTP/1.1 302 Found\r\nLocation: http://TARGET/next?x\r\n\
                 Content-Location: http://TARGET/this\r\nContent-Length: 0\r\n\r\n";
    let (_, answer) = through(More::default(), &[("Host", "app.example")], Some(reply));
    assert_eq!(answer.field("location"), Some("http://app.example/next?x"));
    assert_eq!(
        answer.field("content-location"),
        Some("http://app.example/this")
    );

    let behind_tls = More {
        listener: "trusted_proxies: [127.0.0.1]",
        ..More::default()
    };
    let fields = [("Host", "app.example"), ("X-Forwarded-Proto", "https")];
    let (_, answer) = through(behind_tls, &fields, Some(reply));
    assert_eq!(answer.field("location"), Some("https://app.example/next?x"));

    let elsewhere =
        "HTTP/1.1 302 Found\r\nLocation: http://other.example/\r\nContent-Length: 0\r\n\r\n";
    let (_, answer) = through(More::default(), &[], Some(elsewhere));
    assert_eq!(answer.field("location"), Some("http://other.example/"));

    let preserves = More {
        endpoint: "preserve_host: true",
        ..More::default()
    };
    let (received, _) = through(preserves, &[("Host", "app.example")], None);
    assert_eq!(received.field("host"), Some("app.example"));
}

#[test]
fn a_request_that_comes_back_is_508() {
    // The upstream is a listener of this very Buffy: one round, and no more.
    let upstream = FakeUpstream::absent();
    let text = format!(
        "version: 0.1\nbuffy: {{listen: [{{id: public, bind: 127.0.0.1, port: {}}}], workers: 1}}\n\
         upstreams: [{{id: up, endpoint: \"{}\", interval: 200}}]\n\
         endpoints: [{{id: all, path: /, type: proxy, upstream: [up], timeout: 20}}]\n",
        upstream.port(),
        upstream.url(),
    );
    let buffy = TestBuffy::start(&text);
    assert_eq!(buffy.get("/").status, 508);
    drop(buffy);
}
