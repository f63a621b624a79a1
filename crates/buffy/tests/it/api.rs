//! `api/v1` over real sockets, beside requests that are held and let go by it.

use buffy_test::{FakeUpstream, RawClient, Response, request};
use serde_json::{Value, json};

use crate::kit::{More, TestBuffy};
use crate::schema::conforms;

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
fn what_is_answered_is_what_the_schemas_say() {
    let upstream = FakeUpstream::start();
    upstream.status_page("/ping", 200, &json!({"status": "ok"}));
    let looks = format!(
        "health: {{path: /ping, if: 'status=\"ok\"'}}, max_inflight: 5, \
         gate: {{bypass: {{secret: 0123456789abcdef}}}}, \
         autogate: {{uri: \"{}/ping\", matches: [{{id: ready, if: 'status=\"ok\"', then: OPEN}}]}}",
        upstream.url()
    );
    let more = More {
        upstream: &looks,
        endpoint: "priority: [{if: 'path=\"/pay\"', class: 1}]",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let status = || buffy.admin("GET", "/_admin/status").json();
    conforms("status", &status());

    let version = json!({"if": "status=\"ok\"", "actor": "ci"});
    let expected = api(&buffy, "PUT", "gates/up/expect_version", &version);
    assert_eq!(expected.status, 200, "{}", expected.text());
    conforms("order", &expected.json());
    let forced = post(
        &buffy,
        "gates/up/open",
        &json!({"force": true, "reason": "the page lies"}),
    );
    conforms("order", &forced);
    conforms("gate", &get(&buffy, "gates/up"));
    post(&buffy, "gates/up/open", &Value::Null);
    let rule = json!({"hold": "path=\"/*\"", "ttl": "5m", "drain": 1});
    conforms("order", &post(&buffy, "gates/up/close", &rule));
    let _held = buffy.holding("/pay?x=1");
    conforms("held", &get(&buffy, "held"));
    for query in ["path=/pay", "path=/pay&host=a.example&method=POST"] {
        conforms("why", &get(&buffy, &format!("why?{query}")));
    }
    let listed = &get(&buffy, "held")["held"][0];
    assert_eq!(listed["body_bytes"], 0);
    conforms("gates", &get(&buffy, "gates"));
    conforms("reload", &post(&buffy, "reload", &Value::Null));
    conforms("status", &status());
    conforms(
        "held-by-hand",
        &post(&buffy, "held/release", &json!({"ids": ["a1"]})),
    );
    conforms(
        "bypass",
        &post(&buffy, "gates/up/bypass", &json!({"ttl": "1m"})),
    );
    post(
        &buffy,
        "gates/up/stop",
        &json!({"until": "2030-01-01T00:00:00Z"}),
    );
    conforms("gate", &get(&buffy, "gates/up"));

    let probe = &get(&buffy, "gates/up")["targets"][0]["last_probe"];
    let tried = json!({
        "if": "status=\"ok\"",
        "matched": true,
        "terms": [{"term": "status=\"ok\"", "got": "\"ok\"", "matched": true}],
    });
    assert_eq!(probe["rule"], tried);
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

#[test]
fn the_held_are_listed_and_some_are_let_go_and_some_turned_away() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    post(
        &buffy,
        "gates/up/close",
        &json!({"actor": "ci", "reason": "deploy"}),
    );
    let mut held: Vec<RawClient> = ["/a?token=hush", "/b", "/c", "/d", "/e"]
        .iter()
        .map(|target| buffy.holding(target))
        .collect();

    let listed = get(&buffy, "held?upstream=up");
    let paths = |listed: &Value| {
        let held = listed["held"].as_array().unwrap().iter();
        let paths: Vec<String> = held
            .map(|one| one["path"].as_str().unwrap().to_owned())
            .collect();
        paths.join(" ")
    };
    assert_eq!(
        (&listed["count"], paths(&listed).as_str()),
        (&json!(5), "/a /b /c /d /e")
    );
    let first = &listed["held"][0];
    for (key, value) in [
        ("upstream", json!("up")),
        ("endpoint", json!("all")),
        ("method", json!("GET")),
        ("client", json!("127.0.0.1")),
        ("released", json!(false)),
        ("reasons", json!(["closed by ci: deploy"])),
    ] {
        assert_eq!(first[key], value);
    }
    assert!(first["deadline"].as_str() > first["since"].as_str());
    assert!(!listed.to_string().contains("hush"), "{listed}");
    let two = get(&buffy, "held?limit=2");
    assert_eq!((&two["count"], paths(&two).as_str()), (&json!(5), "/a /b"));

    let id = |index: usize| listed["held"][index]["id"].clone();
    let came = post(&buffy, "held/release", &json!({"ids": [id(1), "ff"]}));
    assert_eq!(came, json!({"done": 1, "left": 0, "unknown": 1}));
    assert_eq!(held[1].response().status, 200);
    assert!(!buffy.is_open());

    let came = post(&buffy, "held/refuse", &json!({"ids": [id(0)]}));
    assert_eq!(came["done"], 1);
    assert_eq!(held[0].response().status, 503);

    let some = json!({"upstream": "up", "if": "path in [\"/d\", \"/e\"]", "count": 1});
    assert_eq!(
        post(&buffy, "held/release", &some),
        json!({"done": 1, "left": 0})
    );
    assert_eq!(held[3].response().status, 200);
    buffy.eventually_holds(2);
    assert_eq!(paths(&get(&buffy, "held")), "/c /e");

    post(&buffy, "gates/up/stop", &Value::Null);
    assert_eq!(held[2].response().status, 503);
    let sent: Vec<String> = upstream
        .requests()
        .into_iter()
        .map(|one| one.target)
        .collect();
    assert_eq!(sent, ["/b", "/d"]);
}

#[test]
fn a_drain_is_answered_when_nothing_is_on_its_way() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    upstream.pause();
    let mut slow = buffy.asking("/slow");
    buffy_test::eventually("it is on its way", || buffy.inflight() == 1);

    let asked = json!({"drain": 0.1, "ttl": "5m", "actor": "ci"});
    let left = api(&buffy, "POST", "gates/up/close", &asked);
    assert_eq!(
        (left.status, left.field("content-type")),
        (409, Some("application/problem+json"))
    );
    let left = left.json();
    assert_eq!(
        left["detail"],
        "1 still on the way to `up` after 0.1 s. The close stands."
    );
    assert_eq!(left["left"], json!({"inflight": 1, "endless": 0}));
    let token = left["token"].as_str().unwrap();
    assert_eq!(
        get(&buffy, "gates/up")["operator"][0]["token"],
        format!("{}…", &token[..8])
    );

    let again = json!({"drain": "30s", "ttl": "5m", "token": token});
    let target = "/_admin/api/v1/gates/up/close";
    let fields = [("Host", "127.0.0.1")];
    let mut waiting = RawClient::connect(buffy.admin_port());
    waiting.send(request(
        "POST",
        target,
        &fields,
        again.to_string().as_bytes(),
    ));
    upstream.resume();
    assert_eq!(slow.response().status, 200);
    let drained = waiting.response();
    assert_eq!(drained.status, 200, "{}", drained.text());
    assert_eq!(
        (&drained.json()["drained"], &drained.json()["inflight"]),
        (&json!(true), &json!(0))
    );
    let stands = &get(&buffy, "gates/up")["operator"];
    assert_eq!(stands.as_array().unwrap().len(), 1);
    // The lease began when the drain was over, and that end is the one that is told.
    assert_eq!(drained.json()["until"], stands[0]["lease"]["until"]);
}
