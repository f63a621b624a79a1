use buffy_core::config::{self, Surroundings, Unset};
use clap::Parser;
use serde_json::Value;

use super::Trial;
use super::finding::Finding;
use super::request::Line;

/// The example of the design, as far as rules go.
const CONFIGURATION: &str = "version: 0.1
buffy: {listen: [{id: public, port: 0}], seed: 42}
upstreams:
- {id: app, endpoint: \"http://localhost:9091\", health: {path: /}}
endpoints:
- id: orders
  path: /api/orders/{id}
  type: respond
  methods: [GET, PUT]
  response:
  - {name: warming_up, times: 2, return_code: 503}
  - {name: rejected, if: 'method=PUT && (body.qty<=0 || !body.email)', return_code: 422}
  - {name: paid, if: 'state.orders.{id}=paid && query.expand=items', content: paid}
  - {name: ok, if: header.x_plan=gold, content: ok}
- {id: shop, path: /shop/, type: data, data: {orders: []}, response: [{name: flaky, if: method=POST, return_code: 503}]}
- {id: site, path: /site, type: respond, response: [{name: ok, content: x}, {name: not_found, return_code: 404}]}
- {id: app, path: /app/, type: proxy, upstream: [app]}
";

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    trial: Trial,
}

/// What is found, in words and as JSON.
fn tried(words: &[&str]) -> (String, Value, bool) {
    let around = Surroundings {
        env: &|_| None,
        file: &|path| Err(path.display().to_string()),
        folder: &|_| Ok(Vec::new()),
        unset: Unset::Refuse,
    };
    let (config, _) = config::read("buffy.yaml", CONFIGURATION, &around).unwrap();
    let typed = Typed::parse_from(["try"].iter().chain(words)).trial;
    let line = Line::read(&typed.request, typed.data.is_some()).unwrap();
    let finding = Finding::of(&config, &typed, &line);
    (finding.to_string(), finding.to_json(), finding.is_answer())
}

#[track_caller]
fn check(words: &[&str], expected: &str) {
    let (said, json, is_answer) = tried(words);
    assert_eq!(said, expected, "{words:?}");
    assert!(json["why"].is_string());
    let no = ["no endpoint", "takes GET", "no response hold"];
    assert_eq!(
        is_answer,
        !no.iter().any(|no| expected.contains(no)),
        "{words:?}"
    );
}

#[test]
fn the_response_is_told_and_what_kept_the_others_from_it() {
    check(
        &["PUT /api/orders/7", "-d", "{\"qty\": 0}", "--count", "3"],
        "PUT /api/orders/7: `rejected` of `orders`, 422 (buffy.yaml:12): its conditions hold
  no   warming_up: times: 2, where it has 2
  yes  rejected
  no   paid: state.orders.{id}=paid, where it has null
  no   ok: header.x-plan=gold, where it has null
",
    );
}

#[test]
fn state_fields_and_the_number_of_the_request_decide_too() {
    let first = tried(&["/api/orders/7"]).1;
    assert_eq!(
        (&first["response"], &first["status"]),
        (&"warming_up".into(), &503.into())
    );
    let state = "{\"orders\": {\"7\": \"paid\"}}";
    let paid = [
        "/api/orders/7?expand=items",
        "--count",
        "3",
        "--state",
        state,
    ];
    assert_eq!(tried(&paid).1["response"], "paid");
    let gold = ["/api/orders/7", "--count", "3", "-H", "X-Plan: gold"];
    let gold = tried(&gold).1;
    assert_eq!(
        (&gold["response"], &gold["line"]),
        (&"ok".into(), &14.into())
    );
    assert_eq!(gold["tried"][2]["terms"][0]["matched"], false);
}

#[test]
fn what_no_rule_decides_is_told_too() {
    check(&["/nowhere"], "GET /nowhere: no endpoint takes it\n");
    check(
        &["DELETE /api/orders/7"],
        "DELETE /api/orders/7: `orders` (buffy.yaml:6): the endpoint takes GET, HEAD, PUT alone\n",
    );
    check(
        &["/app/x"],
        "GET /app/x: `app` (buffy.yaml:17): it is forwarded; `buffy why` tells what it meets in a \
         running Buffy\n",
    );
    check(
        &["/site/below"],
        "GET /site/below: `not_found` of `site`, 404 (buffy.yaml:16): the path is below the \
         endpoint's own\n",
    );
    check(
        &["/shop/orders"],
        "GET /shop/orders: `shop` (buffy.yaml:15): no response is for it: the data answers
  no   flaky: method=POST, where it has \"GET\"
",
    );
    let (said, _, is_answer) = tried(&["/api/orders/7", "--count", "3"]);
    assert!(
        said.contains("the conditions of no response hold"),
        "{said}"
    );
    assert!(!is_answer);
}

#[test]
fn a_request_is_a_method_and_a_target() {
    for (text, has_body, expected) in [
        ("PUT /x?a=b", false, Some(("PUT", "/x", "a=b"))),
        (" /x ", false, Some(("GET", "/x", ""))),
        ("/x", true, Some(("POST", "/x", ""))),
        ("GET x", false, None),
        ("GET /x HTTP/1.1", false, None),
        ("", false, None),
    ] {
        let read = Line::read(text, has_body).ok();
        let parts = read.map(|line| (line.method, line.path(), line.query()));
        assert_eq!(parts, expected, "{text}");
    }
}
