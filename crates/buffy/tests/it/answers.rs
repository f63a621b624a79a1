//! `examples/answers`, line by line.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use buffy_test::{FakeUpstream, Reply, Response, TempFolder, eventually, request};
use serde_json::{Value, json};

use crate::kit::TestBuffy;
use crate::talker::Talker;

const EXAMPLE: &str = include_str!("../../../../examples/answers/buffy.yaml");

struct Example {
    buffy: TestBuffy,
    service1: FakeUpstream,
    /// What calls go to.
    hooks: FakeUpstream,
}

fn start() -> Example {
    let folder = Arc::new(TempFolder::new());
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/answers"),
        folder.path(),
    );
    let (service1, hooks) = (FakeUpstream::start(), FakeUpstream::start());
    let text = EXAMPLE
        .replace("buffy:\n", "buffy:\n  listen: {bind: 127.0.0.1, port: 0}\n")
        .replace("port: 7001", "port: 0")
        .replace("http://127.0.0.1:9091", &service1.url())
        .replace("http://127.0.0.1:9092", &hooks.url());
    let buffy = TestBuffy::start_in(&folder, &text);
    Example {
        buffy,
        service1,
        hooks,
    }
}

/// All files below a folder.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Example {
    /// One request of a session, on a connection of its own.
    #[track_caller]
    fn ask(&self, session: &str, method: &str, target: &str, body: &Value) -> Response {
        self.ask_with(session, method, target, &[], body)
    }

    #[track_caller]
    fn ask_with(
        &self,
        session: &str,
        method: &str,
        target: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> Response {
        let mut fields = vec![("X-Buffy-Session", session)];
        fields.extend(more);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let bytes = request(method, target, &fields, body.as_bytes());
        self.buffy.client().send(bytes).response()
    }

    #[track_caller]
    fn get(&self, session: &str, target: &str) -> Response {
        self.ask(session, "GET", target, &Value::Null)
    }

    /// The two answers of `warming_up` are over.
    #[track_caller]
    fn warm(&self, session: &str) {
        for _ in 0..2 {
            assert_eq!(self.get(session, "/api/orders/7").status, 503);
        }
    }

    /// Which response a request would get, and nothing is counted.
    #[track_caller]
    fn explained(&self, session: &str, method: &str, target: &str, body: &Value) -> Value {
        let explain = [("X-Buffy-Explain", "1")];
        self.ask_with(session, method, target, &explain, body)
            .json()
    }
}

#[track_caller]
fn named(answer: &Response) -> &str {
    answer.field("x-buffy-response").unwrap_or_default()
}

#[test]
fn warming_up_answers_twice_in_a_session_and_then_no_more() {
    let example = start();
    for session in ["a", "b"] {
        for _ in 0..2 {
            let answer = example.get(session, "/api/orders/7");
            assert_eq!((answer.status, named(&answer)), (503, "warming_up"));
            assert_eq!(answer.field("retry-after"), Some("1"));
        }
        assert_eq!(named(&example.get(session, "/api/orders/7")), "ok");
    }
    let baggage = [("baggage", "other=1, buffy=c")];
    let asked = request("GET", "/api/orders/7", &baggage, b"");
    let answer = example.buffy.client().send(asked).response();
    assert_eq!(named(&answer), "warming_up");
}

#[test]
fn chaos_resets_the_connection_behind_its_bytes() {
    let example = start();
    let wish = [("X-Buffy-Response", "chaos")];
    let mut client = example.buffy.client();
    client.send(request("GET", "/api/orders/7", &wish, b""));
    let sent = client.try_response();
    assert!(client.is_ended() && client.was_reset(), "{sent:?}");
}

#[test]
fn the_same_seed_meets_chaos_at_the_same_requests() {
    let seen = |example: &Example| -> Vec<bool> {
        let fields = [("X-Buffy-Session", "s"), ("X-Buffy-Delay", "0ms")];
        let asked = request("PUT", "/api/orders/7", &fields, br#"{"qty": 0}"#);
        (0..120)
            .map(|_| {
                let mut client = example.buffy.client();
                client.send(&asked);
                let answer = client.try_response();
                answer.is_ok_and(|answer| answer.status == 200)
            })
            .collect()
    };
    let first = seen(&start());
    let met = first.iter().filter(|met| **met).count();
    assert!((1..20).contains(&met), "{met} of 120");
    assert_eq!(first, seen(&start()));
}

#[test]
fn a_bad_order_is_rejected_with_a_number_that_is_one() {
    let example = start();
    example.warm("a");
    for (body, got) in [
        (json!({"qty": 0, "email": "a@b.example"}), json!(0)),
        (json!({"qty": 2}), json!(2)),
        (json!({"qty": 3, "email": "nobody"}), json!(3)),
    ] {
        let answer = example.ask("a", "PUT", "/api/orders/7", &body);
        assert_eq!((answer.status, named(&answer)), (422, "rejected"), "{body}");
        assert_eq!(answer.json(), json!({"error": "bad order", "got": got}));
        assert_eq!(answer.field("content-type"), Some("application/json"));
    }
    let good = json!({"qty": 3, "email": "a@b.example"});
    let answer = example.ask("a", "PUT", "/api/orders/7", &good);
    assert_eq!(named(&answer), "ok");
}

#[test]
fn an_order_is_paid_once_the_state_says_so() {
    let example = start();
    example.warm("a");
    let items = "/api/orders/7?expand=items";
    assert_eq!(named(&example.get("a", items)), "ok");
    let answer = example.get("a", items);
    assert_eq!(named(&answer), "paid", "{}", answer.text());
    let expected = json!({"id": "7", "status": "paid", "items": [{"sku": "tea", "qty": 2}]});
    assert_eq!(answer.json(), expected);

    // Another order has no file: once it is paid, that is not found.
    assert_eq!(named(&example.get("a", "/api/orders/8?expand=items")), "ok");
    let missing = example.get("a", "/api/orders/8?expand=items");
    assert_eq!((missing.status, named(&missing)), (404, "not_found"));
    assert_eq!(missing.json(), json!({"status": "not found"}));

    // The state is the session's.
    example.warm("b");
    assert_eq!(named(&example.get("b", items)), "ok");
}

#[test]
fn the_order_itself_says_what_was_asked() {
    let example = start();
    example.warm("a");
    let agent = [("User-Agent", "a \"quoted\" agent")];
    let began = Instant::now();
    let answer = example.ask_with("a", "GET", "/api/orders/7?x=1", &agent, &Value::Null);
    assert!(began.elapsed() > Duration::from_millis(10), "a delay");
    let expected = json!({
        "url": "/api/orders/7?x=1",
        "by": "orders",
        "n": 3,
        "who": "a \"quoted\" agent",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.field("content-type"), Some("application/json"));
    assert_eq!(answer.field("x-buffy-url"), Some("/api/orders/7?x=1"));
    assert_eq!(answer.field("x-buffy-endpoint-id"), Some("orders"));
}

#[test]
fn what_follows_an_order_is_a_call_and_a_closed_gate() {
    let example = start();
    let Example {
        buffy,
        hooks,
        service1,
    } = &example;
    eventually("service1 is up", || {
        let answer = buffy.get("/backend/");
        answer.status == 200
    });
    hooks.reply_next(Reply::text(500, "again"));
    example.warm("a");
    let body = json!({
        "qty": 1,
        "email": "a@b.example",
        "callback": format!("{}/done", hooks.url()),
    });
    assert_eq!(
        named(&example.ask("a", "PUT", "/api/orders/7", &body)),
        "ok"
    );
    // Two seconds, and what a try after a failure waits for.
    for _ in 0..4 {
        let set = buffy.api("PUT", "clock", &json!({"advance": "10s"}));
        assert_eq!(set.status, 200, "{}", set.text());
    }
    eventually("the call was made again", || hooks.count() == 2);
    for received in hooks.requests() {
        assert_eq!(
            (received.method.as_str(), received.target.as_str()),
            ("POST", "/done")
        );
        let sent: Value = serde_json::from_slice(&received.body).unwrap();
        assert_eq!(sent, json!({"id": "7", "status": "done"}));
    }
    eventually("the gate is closed", || {
        buffy.metric("buffy_gate_open{upstream=\"service1\"}") == 0
    });
    let before = service1.count();
    let answer = buffy.get("/backend/");
    assert_eq!(answer.status, 503);
    assert_eq!(service1.count(), before, "it was held");
}

#[test]
fn only_its_methods_are_taken_and_browsers_of_other_origins_may_ask() {
    let example = start();
    let refused = example.ask("a", "DELETE", "/api/orders/7", &Value::Null);
    assert_eq!(refused.status, 405);
    let allowed = refused.field("allow").unwrap_or_default();
    for method in ["GET", "HEAD", "PUT"] {
        assert!(allowed.contains(method), "{allowed}");
    }
    let asks = [
        ("Origin", "http://app.example"),
        ("Access-Control-Request-Method", "PUT"),
    ];
    let preflight = example.ask_with("a", "OPTIONS", "/api/orders/7", &asks, &Value::Null);
    assert_eq!(preflight.status, 204);
    assert!(preflight.field("access-control-allow-methods").is_some());
    let origin = [("Origin", "http://app.example")];
    let answer = example.ask_with("a", "GET", "/api/orders/7", &origin, &Value::Null);
    assert!(answer.field("access-control-allow-origin").is_some());
    let mut client = example.buffy.client();
    let ticker = client.get_with("/ticker", &origin).head();
    assert_eq!(
        ticker.field("access-control-allow-origin"),
        None,
        "`cors: false`"
    );
}

#[test]
fn a_caller_names_its_answer() {
    let example = start();
    let wished = |name, value| {
        let wish = [(name, value)];
        let answer = example.ask_with("a", "GET", "/api/orders/7", &wish, &Value::Null);
        (answer.status, named(&answer).to_owned())
    };
    assert_eq!(
        wished("X-Buffy-Response", "not_found"),
        (404, "not_found".into())
    );
    assert_eq!(wished("Prefer", "code=422"), (422, "rejected".into()));
    assert_eq!(
        wished("Prefer", "example=not_found"),
        (404, "not_found".into())
    );
    let began = Instant::now();
    assert_eq!(wished("X-Buffy-Delay", "200ms").1, "warming_up");
    assert!(began.elapsed() >= Duration::from_millis(200));
    let told = example.explained("other", "PUT", "/api/orders/7", &json!({"qty": 0}));
    assert!(told.to_string().contains("warming_up"), "{told}");
    assert_eq!(
        named(&example.get("other", "/api/orders/7")),
        "warming_up",
        "not counted"
    );
}

#[test]
fn what_was_asked_is_remembered_and_verified() {
    let example = start();
    let verified = |session: &str| {
        let answer = example
            .buffy
            .admin("GET", &format!("/_admin/verify?session={session}"));
        answer.status
    };
    assert_eq!(verified("a"), 417, "`orders` expects at least one request");
    let answer = example.get("a", "/api/orders/7");
    assert_eq!(answer.status, 503);
    assert_eq!(verified("a"), 200);
    let told = example
        .buffy
        .admin("GET", "/_admin/requests?endpoint=orders&session=a");
    assert!(told.text().contains("/api/orders/7"), "{}", told.text());
}

#[test]
fn the_chat_streams_its_tokens() {
    let example = start();
    let body = json!({"stream": true, "user": "Ann"});
    let began = Instant::now();
    let answer = example.ask("a", "POST", "/v1/chat/completions", &body);
    assert!(
        began.elapsed() >= Duration::from_millis(1100),
        "800 ms and 300 ms"
    );
    assert_eq!(answer.field("content-type"), Some("text/event-stream"));
    assert!(answer.complete);
    let text = answer.text();
    let data: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .collect();
    let data: Vec<&str> = data.into_iter().map(str::trim).collect();
    assert_eq!(data.len(), 3, "{text}");
    let token = |index: usize| -> Value { serde_json::from_str(data[index]).unwrap() };
    assert_eq!(
        token(0),
        json!({"choices": [{"delta": {"content": "Hel"}}]})
    );
    assert_eq!(
        token(1),
        json!({"choices": [{"delta": {"content": "lo Ann"}}]})
    );
    assert_eq!(data[2], "[DONE]");

    let unmatched = example.ask(
        "a",
        "POST",
        "/v1/chat/completions",
        &json!({"stream": false}),
    );
    assert_eq!(unmatched.status, 501);
    let closest = &unmatched.json()["closest"];
    assert_eq!(closest["endpoint"], "chat", "{}", unmatched.text());
    assert_eq!(closest["response"], "ok");
}

#[test]
fn the_shop_keeps_its_orders_by_session() {
    let example = start();
    let orders = example.get("a", "/api/shop/orders").json();
    assert_eq!(orders.as_array().map(Vec::len), Some(3), "{orders}");
    let flaky = [("X-Buffy-Response", "flaky")];
    let answer = example.ask_with("a", "POST", "/api/shop/orders", &flaky, &json!({"qty": 1}));
    assert_eq!(answer.status, 503);
    let file = example.buffy.folder().path().join("db.json");
    let before = std::fs::read(&file).unwrap();
    let mut created = example.ask("a", "POST", "/api/shop/orders", &json!({"qty": 9}));
    for _ in 0..20 {
        if created.status != 503 {
            break;
        }
        created = example.ask("a", "POST", "/api/shop/orders", &json!({"qty": 9}));
    }
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.json()["id"], 4);
    assert!(
        created
            .field("location")
            .is_some_and(|at| at.ends_with("/api/shop/orders/4"))
    );
    assert_eq!(example.get("a", "/api/shop/orders/4").json()["qty"], 9);
    assert_eq!(
        example.get("b", "/api/shop/orders/4").status,
        404,
        "another session"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before, "`write: memory`");
    let wrong = example.ask("a", "PUT", "/api/shop/orders/4", &json!({"qty": 0}));
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert_eq!(
        wrong.field("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn the_site_serves_its_folder() {
    let example = start();
    let page = example.get("a", "/static/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Served by Buffy"), "{}", page.text());
    let range = [("Range", "bytes=0-14")];
    let part = example.ask_with("a", "GET", "/static/index.html", &range, &Value::Null);
    assert_eq!(
        (part.status, part.text().as_str()),
        (206, "<!doctype html>")
    );
    assert_eq!(example.get("a", "/static/gone.html").status, 404);
    assert_eq!(
        example.get("a", "/static/../buffy.yaml").status,
        501,
        "outside of it"
    );
}

#[test]
fn a_request_that_was_held_too_long_gets_a_late_answer_of_json() {
    let example = start();
    example.service1.refuse();
    let began = Instant::now();
    let answer = example.get("a", "/backend/x");
    assert!(
        began.elapsed() >= Duration::from_millis(1050),
        "held, and late"
    );
    assert_eq!(answer.status, 503);
    let said = answer.json();
    assert_eq!(said["status"], "held", "{said}");
    assert_eq!(said["gate"], "service1");
    assert!(said["waited"].is_number(), "{said}");
}

#[test]
fn the_ticker_goes_on_behind_its_reset() {
    let example = start();
    let mut client = example.buffy.client();
    client.get("/ticker?last=tea");
    let head = client.head();
    assert_eq!(head.status, 200);
    let mut came = Vec::new();
    while !String::from_utf8_lossy(&came).contains("id: two") {
        came.extend(client.bytes(1));
    }
    eventually("the connection was reset", || client.is_ended());
    let came = String::from_utf8_lossy(&came).into_owned();
    assert!(
        came.contains("event: tick") && came.contains("id: one"),
        "{came}"
    );

    let last = [("Last-Event-ID", "two")];
    let asked = request("GET", "/ticker?last=tea", &last, b"");
    let answer = example.buffy.client().send(asked).response();
    let text = answer.text();
    assert!(answer.complete, "{text}");
    assert!(!text.contains("id: two"), "{text}");
    assert!(
        text.contains("id: three") && text.contains("data: tea"),
        "{text}"
    );
    assert!(text.contains(": still here"), "{text}");
}

#[test]
fn tokens_and_recordings_come_at_their_pace() {
    let example = start();
    let lines = |answer: &Response| -> Vec<Value> {
        let text = answer.text();
        let lines = text.lines().filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let began = Instant::now();
    let tokens = example.get("a", "/tokens");
    assert!(
        began.elapsed() >= Duration::from_millis(130),
        "100 ms and two of 25 ms"
    );
    let expected = [
        json!({"token": "a"}),
        json!({"token": "b"}),
        json!({"token": "c"}),
    ];
    assert_eq!(lines(&tokens), expected);
    let began = Instant::now();
    let recorded = example.get("a", "/recorded");
    assert!(
        began.elapsed() >= Duration::from_millis(85),
        "a tenth of 900 ms"
    );
    assert!(recorded.text().contains("Hel") && recorded.text().contains("[DONE]"));
}

#[test]
fn each_kind_of_call_follows_in_order() {
    let example = start();
    let answer = example.get("a", "/hooks");
    assert_eq!(answer.json(), json!({"status": "accepted"}));
    eventually("all calls were made", || example.hooks.count() == 4);
    let made = example.hooks.requests();
    let methods: Vec<&str> = made.iter().map(|call| call.method.as_str()).collect();
    assert_eq!(methods, ["PUT", "PATCH", "GET", "DELETE"]);
    assert!(made.iter().all(|call| call.target == "/jobs/1"), "{made:?}");
    assert_eq!(made[0].body, b"job 1");
    assert_eq!(made[0].field("x-by"), Some("hooks"));
    let patched: Value = serde_json::from_slice(&made[1].body).unwrap();
    assert_eq!(patched, json!({"state": "running"}));
}

#[test]
fn the_feed_answers_messages_and_tells_all() {
    let example = start();
    let open = |user: &str| {
        let target = format!("/ws/feed?user={user}");
        Talker::open(example.buffy.client(), &target, &[])
    };
    let (mut ann, mut bo) = (open("Ann"), open("Bo"));
    let parsed = |text: String| -> Value { serde_json::from_str(&text).unwrap() };
    assert_eq!(parsed(ann.text()), json!({"hello": "Ann"}));
    assert_eq!(parsed(bo.text()), json!({"hello": "Bo"}));
    ann.say(r#"{"type": "ping"}"#);
    assert_eq!(parsed(ann.text()), json!({"type": "pong"}));
    ann.say(r#"{"type": "say", "n": 1}"#);
    for talker in [&mut ann, &mut bo] {
        assert_eq!(parsed(talker.text()), json!({"type": "say", "n": 1}));
    }
    bo.say("bye now");
    assert_eq!(bo.text(), "bye");
    assert_eq!(bo.closed(), Some(1000));
}

#[test]
fn the_echo_waits_before_it_answers() {
    let example = start();
    let mut talker = Talker::open(example.buffy.client(), "/ws/echo", &[]);
    let began = Instant::now();
    talker.say("tea");
    assert_eq!(talker.text(), "tea");
    assert!(began.elapsed() >= Duration::from_millis(100));
}
