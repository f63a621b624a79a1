//! Endpoints that answer themselves, and which endpoint is chosen.

use std::sync::Arc;

use buffy_test::{FakeUpstream, TempFolder, eventually, request};

use crate::kit::TestBuffy;
use crate::respond::answering;

/// Endpoints that say their own id, from lines of `id path more`.
fn naming(lines: &[(&str, &str)]) -> TestBuffy {
    let response = "[{name: ok, return_code: 200, content: \"{{ID}}\"}]";
    let endpoint = |(id, more): &(&str, &str)| {
        [
            "- {id: ",
            id,
            ", ",
            more,
            ", type: respond, response: ",
            response,
            "}\n",
        ]
        .concat()
    };
    let endpoints: String = lines.iter().map(endpoint).collect();
    answering(&Arc::new(TempFolder::new()), "", &endpoints)
}

#[test]
fn a_reply_has_its_status_fields_and_content() {
    let endpoints = "- id: teapot
  path: /tea
  type: respond
  response:
  - name: ok
    return_code: 418
    headers: {X-Kind: green, Content-Type: text/x-tea}
    content: '{{URL}} by {{ID}}'
";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoints);
    let mut client = buffy.client();
    let answer = client.get("/tea?pot=1").response();
    assert_eq!(
        (answer.status, answer.text()),
        (418, "/tea?pot=1 by teapot".into())
    );
    assert_eq!(answer.all("content-type"), ["text/x-tea"]);
    assert_eq!(answer.field("x-kind"), Some("green"));
    assert_eq!(answer.field("x-buffy-endpoint-id"), Some("teapot"));
    assert!(answer.field("date").is_some());

    client.send(request("HEAD", "/tea", &[], b""));
    let head = client.response_to_head();
    assert_eq!(
        (head.status, head.field("content-length")),
        (418, Some("14"))
    );
    client.send(request("POST", "/tea", &[], &[b'x'; 5000]));
    assert_eq!(
        client.response().status,
        418,
        "a body that nobody wants is read past"
    );
    assert_eq!(client.get("/tea").response().status, 418);
}

#[test]
fn a_file_is_read_anew_when_it_changes() {
    let folder = Arc::new(TempFolder::new());
    folder.write("a.txt", "one");
    let endpoints = "- {id: file, path: /a, type: respond, response: \
                     [{name: ok, return_code: 200, content: \"file:///a.txt\"}, \
                     {name: not_found, return_code: 410, content: gone}]}\n";
    let buffy = answering(&folder, "", endpoints);
    assert_eq!(buffy.get("/a").text(), "one");
    folder.write("a.txt", "another");
    eventually("it is read anew", || buffy.get("/a").text() == "another");
    std::fs::remove_file(folder.path().join("a.txt")).unwrap();
    eventually("it is gone", || buffy.get("/a").status == 410);
    folder.write("a.txt", "back");
    eventually("it is back", || buffy.get("/a").text() == "back");
}

#[test]
fn a_respond_endpoint_owns_the_paths_below_it() {
    let endpoints = "- {id: pool, path: /pool, type: respond, response: \
                     [{name: ok, return_code: 200, content: here}, \
                     {name: not_found, return_code: 400, content: 'not here'}]}\n\
                     - {id: bare, path: /bare, type: respond, response: \
                     [{name: ok, return_code: 200, content: here}]}\n";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoints);
    assert_eq!(buffy.get("/pool").text(), "here");
    let below = buffy.get("/pool/x/y");
    assert_eq!((below.status, below.text()), (400, "not here".into()));
    assert_eq!(buffy.get("/bare/x").status, 404);
    assert_eq!(buffy.get("/pools").status, 501);
}

#[test]
fn the_most_exact_endpoint_answers() {
    let buffy = naming(&[
        ("rest", "path: '/{all*}'"),
        ("prefix", "path: /a/"),
        ("param", "path: '/a/{name}'"),
        ("exact", "path: /a/b"),
        ("longer", "path: /a/c/"),
    ]);
    let chosen = |target: &str| buffy.get(target).text();
    assert_eq!(chosen("/a/b"), "exact");
    assert_eq!(chosen("/a/%62"), "exact", "compared after normalising");
    assert_eq!(chosen("/x/../a/b"), "exact");
    assert_eq!(chosen("/a/z"), "param");
    assert_eq!(chosen("/a/z/y"), "prefix");
    assert_eq!(chosen("/a/c/d"), "longer");
    assert_eq!(chosen("/elsewhere"), "rest");
}

#[test]
fn hosts_choose_among_equal_paths() {
    let buffy = naming(&[("any", "path: /"), ("app", "path: /, host: [app.example]")]);
    let from = |host: &str| {
        buffy
            .client()
            .get_with("/x", &[("Host", host)])
            .response()
            .text()
    };
    assert_eq!(from("app.example"), "app");
    assert_eq!(from("APP.example:8080"), "app");
    assert_eq!(from("other.example"), "any");
}

#[test]
fn contains_is_the_earlier_implementations_search() {
    let buffy = naming(&[("part", "path: needle, match: contains")]);
    assert_eq!(buffy.get("/hay/needle/stack").text(), "part");
    assert_eq!(buffy.get("/hay").status, 501);
}

#[test]
fn methods_choose_and_head_follows_get() {
    let buffy = naming(&[("get", "path: /m, methods: [GET]")]);
    let status = |method: &str| buffy.client().send(request(method, "/m", &[], b"")).head();
    assert_eq!(status("GET").status, 200);
    assert_eq!(status("HEAD").status, 200);
    let refused = status("DELETE");
    assert_eq!(refused.status, 405);
    let allow: Vec<_> = refused.field("allow").unwrap().split(", ").collect();
    assert!(allow.contains(&"GET") && allow.contains(&"HEAD") && !allow.contains(&"DELETE"));
}

#[test]
fn what_no_endpoint_matches_is_answered_as_configured() {
    let text = "version: 0.1\nbuffy: {listen: [{id: public, bind: 127.0.0.1, port: 0}], \
                no_endpoint: {return_code: 404, content: nothing}}\n\
                endpoints: [{id: a, path: /a, type: respond, \
                response: [{name: ok, return_code: 200, content: a}]}]\n";
    let buffy = TestBuffy::start(text);
    let answer = buffy.get("/b");
    assert_eq!((answer.status, answer.text()), (404, "nothing".into()));
}

#[test]
fn a_named_method_not_allowed_is_sent_with_allow() {
    let upstream = FakeUpstream::start();
    let more = crate::kit::More {
        endpoint: "methods: [GET], response: [{name: method_not_allowed, return_code: 405, content: 'read only'}]",
        ..crate::kit::More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let answer = buffy_test::post(buffy.port(), "/", b"");
    assert_eq!((answer.status, answer.text()), (405, "read only".into()));
    assert!(answer.field("allow").is_some());
    assert_eq!(upstream.count(), 0);
}

#[test]
fn an_endpoint_that_answers_itself_asks_for_the_body_that_it_wants() {
    let buffy = naming(&[("a", "path: /")]);
    let mut client = buffy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let first = client.head();
    if first.status == 100 {
        client.send("hello");
        assert_eq!(client.response().text(), "a");
    } else {
        // Answered without the body: then the connection cannot go on.
        assert_eq!(
            (first.status, first.field("connection")),
            (200, Some("close"))
        );
    }
}
