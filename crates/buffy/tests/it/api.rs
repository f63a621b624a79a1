//! `api/v1` over real sockets, beside requests that are held and let go by it.

use buffy_test::{FakeUpstream, RawClient, Response, request};
use serde_json::{Value, json};

use crate::kit::{More, TestBuffy};

/// Asks the API, as a program on this machine does.
#[track_caller]
fn api(buffy: &TestBuffy, method: &str, path: &str, body: &Value) -> Response {
    let target = format!("/_admin/api/v1/{path}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let fields = [("Host", "127.0.0.1")];
    RawClient::connect(buffy.admin_port())
        .send(request(method, &target, &fields, body.as_bytes()))
        .response()
}

#[track_caller]
fn get(buffy: &TestBuffy, path: &str) -> Value {
    let answer = api(buffy, "GET", path, &Value::Null);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[track_caller]
fn post(buffy: &TestBuffy, path: &str, body: &Value) -> Value {
    let answer = api(buffy, "POST", path, body);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[test]
fn two_close_and_one_lifts_his_own() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let one = post(
        &buffy,
        "gates/up/close",
        &json!({"actor": "ci", "ttl": "5m"}),
    );
    post(&buffy, "gates/up/close", &json!({"actor": "ann"}));
    let mut held = buffy.holding("/");

    let lifted = post(&buffy, "gates/up/open", &json!({"token": one["token"]}));
    assert_eq!(lifted["verdict"], "closed");
    assert_eq!(lifted["reasons"], json!(["closed by ann"]));
    assert_eq!(buffy.held(), 1);

    let all = post(&buffy, "gates/up/open", &Value::Null);
    assert_eq!(all["lifted"][0]["actor"], "ann");
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_close_by_rule_holds_what_it_names_and_nothing_else() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let rule = r#"path="/pay/*" && header.x-plan="gold""#;
    post(
        &buffy,
        "gates/up/close",
        &json!({"hold": rule, "actor": "ci"}),
    );

    let asked = get(&buffy, "why?path=/pay/1&header.X-Plan=gold");
    assert_eq!(asked["meets"]["outcome"], "held");
    let close = &asked["upstreams"][0]["closes"][0];
    assert_eq!(
        (&close["hold"], &close["held"]),
        (&json!(rule), &json!(true))
    );
    assert_eq!(
        close["terms"],
        json!([
            {"term": "path=\"/pay/*\"", "got": "\"/pay/1\"", "matched": true},
            {"term": "header.x-plan=\"gold\"", "got": "\"gold\"", "matched": true},
        ])
    );
    let other = get(&buffy, "why?path=/pay/1");
    assert_eq!(other["meets"]["outcome"], "passes");
    let missing = &other["upstreams"][0]["closes"][0]["terms"][1];
    assert_eq!(
        (&missing["got"], &missing["matched"]),
        (&json!("missing"), &json!(false))
    );
    assert_eq!(buffy.get("/pay/1").status, 200);
}

#[test]
fn why_says_what_a_request_would_meet_and_which_endpoint_it_is() {
    let upstream = FakeUpstream::start();
    let endpoints = "\
- {id: hello, path: /hello, type: respond, methods: [GET], response: [{name: ok, return_code: 200, content: hi}]}
- {id: never, path: /never/, type: proxy, upstream: [up], proxy_mode: bypass}";
    let more = More {
        endpoints,
        endpoint: "path: \"/api/{rest*}\"",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let meets = |query: &str| {
        let why = get(&buffy, &format!("why?{query}"));
        let outcome = why["meets"]["outcome"].as_str().unwrap().to_owned();
        (outcome, why)
    };

    let (outcome, why) = meets("path=/api/pay?x=1&method=POST");
    assert_eq!(outcome, "passes");
    assert_eq!(
        why["request"],
        json!({"method": "POST", "path": "/api/pay"})
    );
    assert_eq!(why["endpoint"]["id"], "all");
    assert_eq!(
        why["endpoint"]["because"],
        "its path takes the rest, and no closer path matches"
    );
    assert_eq!(why["upstreams"][0]["verdict"], "pass");

    assert_eq!(meets("path=/hello").0, "replied");
    assert_eq!(
        meets("path=/hello/x").1["meets"]["detail"],
        "It is answered by the response `not_found` of `hello`."
    );
    let (outcome, why) = meets("path=/hello&method=POST");
    assert_eq!(
        (outcome.as_str(), &why["meets"]["status"]),
        ("method_not_allowed", &json!(405))
    );
    let (outcome, why) = meets("path=/nothing");
    assert_eq!(
        (outcome.as_str(), &why["meets"]["status"]),
        ("no_endpoint", &json!(501))
    );

    post(
        &buffy,
        "gates/up/close",
        &json!({"hold": "writes", "reason": "deploy", "actor": "ci"}),
    );
    assert_eq!(meets("path=/api/x").0, "passes");
    let (outcome, why) = meets("path=/api/x&method=PUT");
    assert_eq!(outcome, "held");
    assert_eq!(
        why["meets"]["detail"],
        "It is held before `up` for 60 s at most, beside 0 that wait: writes closed by ci: deploy."
    );
    assert_eq!(meets("path=/never/x&method=PUT").0, "refused");

    post(
        &buffy,
        "gates/up/stop",
        &json!({"message": "back at nine", "actor": "ann"}),
    );
    let (outcome, why) = meets("path=/api/x");
    assert_eq!(
        (outcome.as_str(), &why["meets"]["status"]),
        ("refused", &json!(503))
    );
    assert_eq!(
        why["upstreams"][0]["reasons"][0],
        "stopped by ann: back at nine"
    );
}

#[test]
fn why_shows_the_last_document_rule_by_rule() {
    let upstream = FakeUpstream::start();
    upstream.status_page("/ping", 200, &json!({"status": "not yet", "num": 9}));
    let autogate = format!(
        "autogate: {{uri: \"{}/ping\", matches: [{{id: ready, if: 'status=\"ok\" && num=10', \
         then: OPEN}}]}}",
        upstream.url()
    );
    let more = More {
        upstream: &autogate,
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let why = buffy_test::eventually_some("it was polled", || {
        let why = get(&buffy, "why?path=/");
        let polled = why["upstreams"][0]["gate"]["autogate"]["last_poll"].is_object();
        polled.then_some(why)
    });
    assert_eq!(why["meets"]["outcome"], "held");
    let rule = &why["upstreams"][0]["gate"]["autogate"]["last_poll"]["rules"][0];
    assert_eq!(
        (&rule["id"], &rule["matched"]),
        (&json!("ready"), &json!(false))
    );
    let num = json!({"term": "num=10", "got": "9", "matched": false});
    assert_eq!(rule["terms"][1], num);
}

#[test]
fn why_is_asked_wrongly() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    for (query, status, detail) in [
        (
            "",
            400,
            "`path` is missing; write the path of a request: `/api/x`.",
        ),
        (
            "path=api",
            400,
            "`path` is `api`; write the path of a request, which begins with `/`.",
        ),
        (
            "path=/&metod=PUT",
            400,
            "`metod` is unknown here. Did you mean `method`? There are: path, method, host, \
             listener.",
        ),
        (
            "path=/&listener=publc",
            404,
            "There is no listener `publc`. Did you mean `public`?",
        ),
    ] {
        let answer = api(&buffy, "GET", &format!("why?{query}"), &Value::Null);
        let said = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, said.as_str()), (status, detail));
    }
}
