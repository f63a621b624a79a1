//! What passes through, as it came: messages, connections, versions.

use buffy_test::{Broken, FakeUpstream, Fate, Reply, Step, eventually, get, request};

use crate::kit::{More, TestBuffy};

fn open(upstream: &FakeUpstream, more: More<'_>) -> TestBuffy {
    let buffy = TestBuffy::forwarding(upstream, more);
    buffy.eventually_open();
    buffy
}

#[test]
fn targets_methods_and_bodies_pass_as_they_came() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    let targets = [
        "/a?b=1&c;d|e",
        "/%2f%2F",
        "/@scope%2fname",
        "//double",
        "/empty?",
        "/%E2%82%AC",
        "/a+b?q=1+2",
        "/x/../y?u=http://h/p/../q",
    ];
    for target in targets {
        client.get(target);
        assert_eq!(client.response().text(), format!("GET {target}"));
    }
    for method in ["PUT", "PATCH", "DELETE", "PURGE", "M-SEARCH", "get"] {
        client.send(request(method, "/m", &[], b"body"));
        assert_eq!(client.response().text(), "body", "{method}");
    }
    let methods: Vec<_> = upstream
        .requests()
        .into_iter()
        .map(|one| one.method)
        .collect();
    assert_eq!(
        methods[targets.len()..],
        ["PUT", "PATCH", "DELETE", "PURGE", "M-SEARCH", "get"]
    );
    client.send(request("GET", "/with-a-body", &[], b"x"));
    assert_eq!(client.response().text(), "x");
}

#[test]
fn absolute_form_replaces_the_host() {
    let upstream = FakeUpstream::start();
    let buffy = open(
        &upstream,
        More {
            endpoint: "preserve_host: true",
            ..More::default()
        },
    );
    let mut client = buffy.client();
    client.send("GET http://other.example/abs?q HTTP/1.1\r\nHost: app.example\r\n\r\n");
    assert_eq!(client.response().text(), "GET /abs?q");
    assert_eq!(
        upstream.requests().remove(0).field("host"),
        Some("other.example")
    );
}

#[test]
fn a_client_keeps_its_connection_and_so_does_buffy() {
    let upstream = FakeUpstream::start();
    let buffy = open(
        &upstream,
        More {
            buffy: "workers: 1",
            ..More::default()
        },
    );
    let mut client = buffy.client();
    for n in 0..50 {
        assert_eq!(
            client.get(&format!("/{n}")).response().text(),
            format!("GET /{n}")
        );
    }
    let mut connections: Vec<_> = upstream
        .requests()
        .iter()
        .map(|one| one.connection)
        .collect();
    connections.dedup();
    assert_eq!(connections.len(), 1, "one connection served them all");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    let all: Vec<u8> = (0..20)
        .flat_map(|n| match n % 2 {
            0 => request("GET", &format!("/{n}"), &[], b""),
            _ => request("POST", "/post", &[], n.to_string().as_bytes()),
        })
        .collect();
    client.send(all);
    for n in 0..20 {
        let expected = if n % 2 == 0 {
            format!("GET /{n}")
        } else {
            n.to_string()
        };
        assert_eq!(client.response().text(), expected);
    }
    assert_eq!(upstream.peak(), 1, "one at a time");
}

#[test]
fn requests_that_come_byte_by_byte_are_whole_in_the_end() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    for byte in request("POST", "/slow", &[("X-Id", "1")], b"hello") {
        client.send([byte]);
    }
    assert_eq!(client.response().text(), "hello");
}

#[test]
fn a_head_gets_a_head_and_the_connection_goes_on() {
    let upstream = FakeUpstream::start();
    upstream.reply(
        "/chunked",
        Reply::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    );
    let buffy = open(
        &upstream,
        More {
            buffy: "workers: 1",
            ..More::default()
        },
    );
    let mut client = buffy.client();
    for target in ["/", "/chunked"] {
        client.send(request("HEAD", target, &[], b""));
        assert_eq!(client.response_to_head().status, 200);
        assert_eq!(client.get(target).response().status, 200);
    }
    upstream.reply_next(Reply::raw(
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
    ));
    let answer = client.get("/").response();
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    upstream.reply_next(Reply::raw("HTTP/1.1 204 No Content\r\n\r\n"));
    assert_eq!(client.get("/").response().status, 204);
    assert_eq!(client.get("/last").response().text(), "GET /last");
    let mut connections: Vec<_> = upstream
        .requests()
        .iter()
        .map(|one| one.connection)
        .collect();
    connections.dedup();
    assert_eq!(connections.len(), 1);
}

#[test]
fn a_1_0_client_gets_what_it_understands() {
    let upstream = FakeUpstream::start();
    upstream.reply(
        "/chunked",
        Reply::raw(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
        ),
    );
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    client.send("GET /chunked HTTP/1.0\r\n\r\n");
    let answer = client.response();
    assert_eq!(answer.text(), "abc");
    assert_eq!(answer.field("transfer-encoding"), None);
    assert!(client.is_ended());

    let mut kept = buffy.client();
    for _ in 0..2 {
        kept.send("GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
        let answer = kept.response();
        assert_eq!(answer.text(), "GET /x");
        assert_eq!(
            answer.field("connection").map(str::to_lowercase).as_deref(),
            Some("keep-alive")
        );
    }
    assert_eq!(upstream.requests().remove(0).version, "HTTP/1.1");
}

#[test]
fn connection_close_closes() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    client.get_with("/", &[("Connection", "close")]);
    let answer = client.response();
    assert_eq!(answer.field("connection"), Some("close"));
    assert!(client.is_ended() && !client.was_reset());
    let received = upstream.requests().remove(0);
    assert_eq!(
        received.field("connection"),
        None,
        "the upstream's connection is Buffy's own"
    );

    upstream.reply_next(
        Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            .then(Step::Close),
    );
    let mut other = buffy.client();
    assert_eq!(other.get("/").response().text(), "ok");
    assert_eq!(
        other.get("/").response().status,
        200,
        "the upstream's close is not the client's"
    );
}

#[test]
fn a_1_0_upstream_is_understood() {
    let upstream = FakeUpstream::start();
    upstream.reply(
        "/",
        Reply::raw("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end")
            .then(Step::Close),
    );
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    for _ in 0..2 {
        let answer = client.get("/").response();
        assert_eq!(
            (answer.version.as_str(), answer.text()),
            ("HTTP/1.1", "to the end".into())
        );
        assert_eq!(answer.field("transfer-encoding"), Some("chunked"));
    }
    let mut old = buffy.client();
    old.send("GET / HTTP/1.0\r\n\r\n");
    let answer = old.response();
    assert!(answer.until_close && answer.text() == "to the end");
}

#[test]
fn upgrades_are_removed_and_websockets_are_not_built_yet() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    client.get_with(
        "/",
        &[
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
        ],
    );
    assert_eq!(client.response().status, 200);
    let received = upstream.requests().remove(0);
    assert_eq!(
        (received.field("upgrade"), received.field("http2-settings")),
        (None, None)
    );

    let mut socket = buffy.client();
    socket.get_with(
        "/",
        &[
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
        ],
    );
    assert_eq!(socket.response().status, 501);
    assert_eq!(upstream.count(), 1);
}

#[test]
fn connect_is_not_built_and_options_of_the_whole_proxy_passes() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    assert_eq!(client.response().status, 501);
    assert_eq!(upstream.count(), 0);
}

#[test]
fn the_base_of_the_upstream_and_the_rewrite_shape_the_target() {
    let upstream = FakeUpstream::start();
    let text = crate::kit::forwarding(
        &format!("{}/base", upstream.url()),
        More {
            endpoints: "- {id: api, path: /api/, type: proxy, upstream: [up], \
                        rewrite: {strip_prefix: /api, set_headers: {X-Set: here}, remove_headers: [X-Gone]}}",
            ..More::default()
        },
    );
    let buffy = TestBuffy::start(&text);
    buffy.eventually_open();
    assert_eq!(buffy.get("/x?y=1").text(), "GET /base/x?y=1");
    let mut client = buffy.client();
    client.get_with("/api/v1/z", &[("X-Gone", "1"), ("X-Set", "theirs")]);
    assert_eq!(client.response().text(), "GET /base/v1/z");
    let received = upstream.requests().remove(1);
    assert_eq!(
        (received.all("x-set"), received.field("x-gone")),
        (vec!["here"], None)
    );
}

#[test]
fn a_client_that_leaves_takes_the_upstreams_connection_with_it() {
    let upstream = FakeUpstream::start();
    upstream.reply("/slow", Reply::silent());
    let endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n";
    upstream.reply("/endless", Reply::raw(endless).then(Step::WaitToBeTold));
    let buffy = open(&upstream, More::default());
    let mut asked = 0;
    for target in ["/slow", "/endless"] {
        for reset in [true, false] {
            let mut client = buffy.asking(target);
            asked += 1;
            eventually("it is under way", || {
                upstream.count() == asked && buffy.inflight() == 1
            });
            if target == "/endless" {
                client.head();
            }
            if reset {
                client.reset();
            } else {
                drop(client);
            }
            eventually("nothing is in flight", || buffy.inflight() == 0);
            eventually("its connection is gone", || {
                upstream.requests().iter().all(|one| one.fate == Fate::Gone)
            });
        }
    }
}

#[test]
fn the_pool_does_not_keep_what_was_not_finished() {
    let upstream = FakeUpstream::start();
    let buffy = open(
        &upstream,
        More {
            buffy: "workers: 1",
            ..More::default()
        },
    );
    // Bytes after the end of an answer: nobody may take them for the next one.
    upstream.reply_next(Reply::raw(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    ));
    assert_eq!(get(buffy.port(), "/").text(), "ok");
    for _ in 0..3 {
        assert_eq!(get(buffy.port(), "/next").text(), "GET /next");
    }
}

#[test]
fn a_client_without_a_request_is_closed_in_the_end() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {keep_alive: 300ms}",
        ..More::default()
    };
    let buffy = open(&upstream, more);
    let mut fresh = buffy.client();
    let mut kept = buffy.client();
    assert_eq!(kept.get("/").response().status, 200);
    for client in [&mut fresh, &mut kept] {
        assert_eq!(client.try_response(), Err(Broken::Closed));
    }
}

#[test]
fn a_client_without_a_request_may_leave() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, More::default());
    let mut client = buffy.client();
    client.half_close();
    assert_eq!(client.try_response(), Err(Broken::Closed));
    buffy.client().reset();
    let mut half = buffy.client();
    half.send("GET / HTT");
    half.reset();
    assert_eq!(buffy.get("/").status, 200);
    assert_eq!(upstream.count(), 1);
}

#[test]
fn a_body_that_a_1_0_upstream_needs_whole_does_not_outlast_the_gate() {
    let upstream = FakeUpstream::start();
    let old = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold";
    upstream.reply_otherwise(Reply::raw(old));
    let buffy = open(&upstream, More::default());
    assert_eq!(buffy.get("/").status, 200);
    let mut client = buffy.client();
    client.send("POST /late HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    eventually("its body is waited for", || buffy.inflight() == 1);
    buffy.gate("close");
    client.send("2\r\nab\r\n0\r\n\r\n");
    buffy.eventually_holds(1);
    assert_eq!(upstream.count(), 1);
    buffy.gate("open");
    assert_eq!(client.response().text(), "old");
}
