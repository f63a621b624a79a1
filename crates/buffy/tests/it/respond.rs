//! Answers that are chosen by what a request is, and what they are made of.

use std::sync::Arc;

use buffy_test::{FakeUpstream, RawClient, Response, TempFolder, eventually, request};
use serde_json::json;

use crate::kit::{self, TestBuffy};

/// Endpoints that answer, as lines of a YAML sequence; `more` are pairs below `buffy:`.
pub(crate) fn answering(folder: &Arc<TempFolder>, more: &str, endpoints: &str) -> TestBuffy {
    TestBuffy::start_in(folder, &kit::answering(more, endpoints))
}

/// One endpoint `it` on `/it/{id}` with these responses, as lines of a YAML sequence.
pub(crate) fn responding(responses: &str) -> TestBuffy {
    let endpoint =
        format!("- id: it\n  path: /it/{{id}}\n  type: respond\n  response:\n{responses}");
    answering(&Arc::new(TempFolder::new()), "", &endpoint)
}

fn send(
    client: &mut RawClient,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: &str,
) -> Response {
    client
        .send(request(method, target, fields, body.as_bytes()))
        .response()
}

#[test]
fn the_first_response_whose_rule_holds_answers() {
    let buffy = responding(
        "  - {name: bad, if: 'method=PUT && (body.qty<=0 || !body.email)', return_code: 422, json: {got: '{{ body.qty }}'}}
  - {name: gold, if: header.x_tier=gold && query.expand=items, content: gold}
  - {name: ok, content: 'plain {{ param.id }}'}
",
    );
    let mut client = buffy.client();
    let mut check =
        |method: &str, target: &str, fields: &[(&str, &str)], body: &str, expected: &str| {
            let answer = send(&mut client, method, target, fields, body);
            let name = answer.field("x-buffy-response").unwrap_or_default();
            let shown = format!("{} {name} {}", answer.status, answer.text().trim());
            assert_eq!(shown, expected, "{method} {target} {body}");
            assert_eq!(answer.field("x-buffy-endpoint-id"), Some("it"));
            assert_eq!(answer.field("x-buffy-url"), Some(target));
        };
    check("GET", "/it/7", &[], "", "200 ok plain 7");
    check("GET", "/it/a%2Fb", &[], "", "200 ok plain a/b");
    check(
        "GET",
        "/it/7?expand=items",
        &[("X-Tier", "gold")],
        "",
        "200 gold gold",
    );
    check(
        "GET",
        "/it/7?expand=items",
        &[("X-Tier", "lead")],
        "",
        "200 ok plain 7",
    );
    check(
        "PUT",
        "/it/7",
        &[],
        "{\"qty\": 0, \"email\": \"a@b\"}",
        "422 bad {\"got\":0}",
    );
    check("PUT", "/it/7", &[], "{\"qty\": 1}", "422 bad {\"got\":1}");
    check(
        "PUT",
        "/it/7",
        &[],
        "{\"qty\": 1, \"email\": \"a@b\"}",
        "200 ok plain 7",
    );
    check("PUT", "/it/7", &[], "no json", "422 bad {\"got\":null}");
}

#[test]
fn sessions_count_and_remember_each_for_itself() {
    let endpoint = "- id: job
  path: /job
  type: respond
  response:
  - {name: warming, times: 2, return_code: 503, content: '{{ count }}'}
  - {name: done, if: state.job.seen=yes, content: 'again {{ count }}'}
  - {name: first, content: 'first {{ count }} {{ state.job.seen }}', set: {job.seen: 'yes'}}
";
    let more = "session: header X-Test-Id";
    let buffy = answering(&Arc::new(TempFolder::new()), more, endpoint);
    let mut client = buffy.client();
    let mut get = |fields: &[(&str, &str)]| {
        let answer = send(&mut client, "GET", "/job", fields, "");
        format!("{} {}", answer.status, answer.text())
    };
    let alice = [("X-Test-Id", "alice")];
    let bob = [("Baggage", "tenant=1,buffy=bob")];
    let played = [
        (&alice[..], "503 1"),
        (&alice, "503 2"),
        (&bob, "503 1"),
        (&alice, "200 first 3 yes"),
        (&alice, "200 again 4"),
        (&bob, "503 2"),
        (&[], "503 1"),
        (&bob, "200 first 3 yes"),
    ];
    for (index, (session, expected)) in played.into_iter().enumerate() {
        assert_eq!(get(session), expected, "{index}");
    }
}

#[test]
fn parallel_requests_take_turns() {
    let buffy = responding(
        "  - {name: some, times: 20, content: some}
  - {name: ok, content: ok}
",
    );
    let some: usize = std::thread::scope(|scope| {
        let ask = || {
            let mut client = buffy.client();
            let answers = (0..10).map(|_| client.get("/it/1").response().text());
            answers.filter(|text| text == "some").count()
        };
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).sum()
    });
    assert_eq!(some, 20);
}

#[test]
fn what_nothing_is_for_is_501_and_tells_what_came_nearest() {
    let buffy = responding(
        "  - {name: gold, if: header.x-tier=gold && query.expand=items, content: gold}
  - {name: far, if: method=DELETE && body.a=1 && body.b=2, content: far}
",
    );
    let mut client = buffy.client();
    let answer = send(&mut client, "GET", "/it/7", &[("X-Tier", "gold")], "");
    assert_eq!(answer.status, 501);
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    let said = answer.json();
    let closest =
        json!({"endpoint": "it", "response": "gold", "failed": "query.expand=items", "got": null});
    assert_eq!(said.get("closest"), Some(&closest), "{said}");
    assert!(said.get("status").is_some(), "{said}");

    let buffy = responding(
        "  - {name: gold, if: header.x-tier=gold, content: gold}
  - {name: not_found, return_code: 404, content: 'nothing at {{URL}}'}
",
    );
    let answer = buffy.get("/it/7?x");
    assert_eq!(
        (answer.status, answer.text()),
        (404, "nothing at /it/7?x".into())
    );
    let below = buffy.get("/it/7/x");
    assert_eq!(
        (below.status, below.text()),
        (404, "nothing at /it/7/x".into())
    );
}

#[test]
fn what_no_endpoint_is_for_is_told_the_nearest_path_and_is_seen_in_the_journal() {
    let endpoints = "- id: orders
  path: /api/orders/{id}
  type: respond
  methods: [GET]
  response: [{name: ok, content: ok}]
";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoints);
    let answer = buffy.get("/api/order/7");
    let closest = json!({"endpoint": "orders", "response": "ok", "failed": "path=/api/orders/{id}", "got": "/api/order/7"});
    assert_eq!(answer.status, 501);
    assert_eq!(answer.json().get("closest"), Some(&closest));
    assert_eq!(buffy.get("/elsewhere").json().get("closest"), None);
    let mut client = buffy.client();
    assert_eq!(
        send(&mut client, "DELETE", "/api/orders/7", &[], "").status,
        405
    );
    let seen = buffy.api("GET", "requests?unmatched=true", &json!(null));
    let text = seen.text();
    for target in ["/api/order/7", "/elsewhere", "/api/orders/7"] {
        assert!(text.contains(target), "{target}: {text}");
    }
}

#[test]
fn header_fields_may_be_templates_and_break_no_head() {
    let buffy = responding(
        "  - name: ok
    headers: {Location: '/it/{{ param.id }}/{{ query.to }}', X-Fixed: as is, X-Buffy-URL: own}
    return_code: 201
    content: made
",
    );
    let answer = buffy.get("/it/7?to=a%0d%0aSet-Cookie:%20x");
    assert_eq!(answer.status, 201);
    assert_eq!(answer.field("location"), Some("/it/7/a  Set-Cookie: x"));
    assert_eq!(answer.field("x-fixed"), Some("as is"));
    assert_eq!(answer.all("x-buffy-url"), ["own"]);
    assert_eq!(answer.field("set-cookie"), None);
}

#[test]
fn files_are_found_by_what_the_request_says_and_stay_inside() {
    let folder = Arc::new(TempFolder::new());
    std::fs::create_dir(folder.path().join("orders")).unwrap();
    std::fs::write(
        folder.path().join("orders/7.json"),
        "{\"order\": {{ param.id }}, \"n\": {{ count }}}",
    )
    .unwrap();
    std::fs::write(folder.path().join("secret.json"), "{\"secret\": 1}").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("orders/out.json")).unwrap();
    let large = vec![b'x'; 17 * 1024 * 1024];
    std::fs::write(folder.path().join("orders/large.json"), &large).unwrap();
    let endpoint = "- id: orders
  path: /orders/{id}
  type: respond
  response:
  - {name: ok, content: 'file:///orders/{{ param.id }}.json'}
  - {name: not_found, return_code: 404, content: none}
";
    let buffy = answering(&folder, "", endpoint);
    let answer = buffy.get("/orders/7");
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"order": 7, "n": 1}))
    );
    assert_eq!(answer.field("content-type"), Some("application/json"));
    for missing in [
        "8",
        "out",
        "..%2Fsecret",
        "%2E%2E%2Fsecret",
        "x%2F..%2F..%2Fsecret",
        "%00",
    ] {
        let answer = buffy.get(&format!("/orders/{missing}"));
        assert_eq!(
            (answer.status, answer.text()),
            (404, "none".into()),
            "{missing}"
        );
    }
    let answer = buffy.get("/orders/large");
    assert_eq!((answer.status, answer.body.len()), (200, large.len()));
}

#[test]
fn a_body_that_rules_look_at_is_taken_in_within_bounds() {
    let endpoint = "- id: upload
  path: /upload
  type: respond
  body: {max: 1KiB}
  response:
  - {name: whole, if: 'text=\"*end\"', content: whole}
  - {name: ok, content: 'len'}
";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoint);
    let mut client = buffy.client();
    let long = format!("{}end", "x".repeat(900));
    assert_eq!(
        send(&mut client, "POST", "/upload", &[], &long).text(),
        "whole"
    );
    let chunked = b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nthe\r\n4\r\n end\r\n0\r\n\r\n";
    assert_eq!(client.send(chunked).response().text(), "whole");
    client.send(
        b"POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    );
    assert_eq!(client.head().status, 100);
    assert_eq!(client.send(b"end").response().text(), "whole");
    assert_eq!(
        client.get("/upload").response().text(),
        "len",
        "the connection is kept"
    );
    let long = "x".repeat(1025);
    let refused = send(&mut client, "POST", "/upload", &[], &long);
    assert_eq!(refused.status, 413);
}

#[test]
fn a_delay_is_waited_for_by_the_clock_of_answers_and_a_leaver_is_noticed() {
    let buffy = responding(
        "  - {name: late, if: query.late=1, delay: 30m, content: late}
  - {name: never, if: query.never=1, delay: forever, content: never}
  - {name: ok, content: ok}
",
    );
    let mut late = buffy.asking("/it/1?late=1");
    let never = buffy.asking("/it/1?never=1");
    assert_eq!(buffy.get("/it/1").text(), "ok", "nobody else waits");
    eventually("both are counted", || {
        let seen = buffy.api("GET", "requests?endpoint=it", &json!(null));
        seen.text().contains("late=1") && seen.text().contains("never=1")
    });
    let set = buffy.api("PUT", "clock", &json!({"advance": "31m"}));
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(late.response().text(), "late");
    drop(never);
}

#[test]
fn browsers_are_let_in_where_cors_says_so() {
    let endpoints = "- id: open
  path: /open
  type: respond
  cors: true
  methods: [GET, PUT]
  response: [{name: ok, content: ok}]
- id: shut
  path: /shut
  type: respond
  methods: [GET]
  response: [{name: ok, content: ok}]
- id: own
  path: /own
  type: respond
  cors: true
  methods: [OPTIONS]
  response: [{name: ok, return_code: 200, content: own}]
";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoints);
    let mut client = buffy.client();
    let asks = [
        ("Origin", "https://a.example"),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "x-a, authorization"),
    ];
    let answer = send(&mut client, "OPTIONS", "/open", &asks, "");
    assert_eq!(answer.status, 204);
    assert_eq!(answer.field("access-control-allow-origin"), Some("*"));
    assert_eq!(
        answer.field("access-control-allow-methods"),
        Some("GET, PUT")
    );
    assert_eq!(
        answer.field("access-control-allow-headers"),
        Some("x-a, authorization")
    );
    let answer = send(&mut client, "GET", "/open", &asks, "");
    assert_eq!(answer.field("access-control-allow-origin"), Some("*"));
    let answer = send(&mut client, "OPTIONS", "/open", &[], "");
    assert_eq!(answer.status, 405, "no preflight");
    assert_eq!(answer.field("access-control-allow-origin"), Some("*"));
    let answer = send(&mut client, "OPTIONS", "/shut", &asks, "");
    assert_eq!(answer.status, 405);
    assert_eq!(answer.field("access-control-allow-origin"), None);
    assert_eq!(
        send(&mut client, "OPTIONS", "/own", &asks, "").text(),
        "own"
    );
}

#[test]
fn a_source_of_a_data_endpoint_comes_after_its_responses_and_before_not_found() {
    let endpoints = "- id: shop
  path: /shop/
  type: data
  data: {items: [{id: 1, name: a}]}
  write: no
  response:
  - {name: flaky, if: query.flaky=1, return_code: 503, content: flaky}
  - {name: not_found, return_code: 404, content: 'no such thing'}
- id: counts
  path: /counts
  type: respond
  response: [{name: ok, json: '{{ data.shop.items }}'}]
";
    let buffy = answering(&Arc::new(TempFolder::new()), "", endpoints);
    let mut client = buffy.client();
    let mut check = |method: &str, target: &str, status: u16, name: Option<&str>| {
        let answer = send(&mut client, method, target, &[], "");
        assert_eq!(
            answer.status,
            status,
            "{method} {target}: {}",
            answer.text()
        );
        assert_eq!(answer.field("x-buffy-response"), name, "{method} {target}");
        answer
    };
    assert_eq!(
        check("GET", "/shop/items/1", 200, Some("data")).json(),
        json!({"id": 1, "name": "a"})
    );
    check("GET", "/shop/items?flaky=1", 503, Some("flaky"));
    assert_eq!(
        check("GET", "/shop/items/2", 404, Some("not_found")).text(),
        "no such thing"
    );
    let refused = check("POST", "/shop/items", 405, None);
    assert_eq!(refused.field("allow"), Some("GET, HEAD"));
    assert_eq!(
        check("GET", "/counts", 200, Some("ok")).json(),
        json!([{"id": 1, "name": "a"}])
    );
}

#[test]
fn a_reload_keeps_what_a_source_holds_and_what_sessions_remember() {
    let text = |more: &str| {
        let endpoints = format!(
            "- id: shop\n  path: /shop/\n  type: data\n  data: {{items: []}}\n\
             - id: job\n  path: /job\n  type: respond\n  response:\n  - {{name: one, times: 1, content: one}}\n  - {{name: ok, content: \"ok{more}\"}}\n"
        );
        kit::answering("", &endpoints)
    };
    let buffy = TestBuffy::start(&text(""));
    let mut client = buffy.client();
    let made = send(
        &mut client,
        "POST",
        "/shop/items",
        &[("Content-Type", "application/json")],
        "{\"name\": \"a\"}",
    );
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(buffy.get("/job").text(), "one");
    buffy.reload(&text(" anew"));
    assert_eq!(
        buffy.get("/shop/items").json(),
        json!([{"id": 1, "name": "a"}])
    );
    assert_eq!(buffy.get("/job").text(), "ok anew");
}

#[test]
fn a_refusal_may_be_json_and_may_come_late() {
    let upstream = FakeUpstream::start();
    let text = format!(
        "version: 0.1\nbuffy: {{listen: [{{id: public, bind: 127.0.0.1, port: 0}}]}}\n\
         upstreams: [{{id: up, endpoint: \"{}\", gate: {{initial: closed}}}}]\n\
         endpoints:\n- id: all\n  path: /\n  type: proxy\n  upstream: up\n  timeout: 0.01\n  response:\n  \
         - {{name: hit_timeout, delay: 20ms, return_code: 504, json: {{late: '{{{{URL}}}}'}}}}\n",
        upstream.url()
    );
    let buffy = TestBuffy::start(&text);
    let began = std::time::Instant::now();
    let answer = buffy.get("/x");
    assert_eq!((answer.status, answer.json()), (504, json!({"late": "/x"})));
    assert!(began.elapsed() >= std::time::Duration::from_millis(30));
}
