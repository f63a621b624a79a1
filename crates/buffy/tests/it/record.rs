//! What an upstream answers is recorded, and served again.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use buffy_test::{FakeUpstream, Reply, Response, TempFolder, eventually, request};
use serde_json::{Value, json};

use crate::kit::{More, TestBuffy};

/// What is asked, and what the upstream says.
struct Exchange {
    method: &'static str,
    target: &'static str,
    body: &'static str,
    reply: Reply,
}

fn exchange(method: &'static str, target: &'static str, status: u16, says: &Value) -> Exchange {
    Exchange {
        method,
        target,
        body: "",
        reply: Reply::json(status, says),
    }
}

impl Exchange {
    #[track_caller]
    fn ask(&self, buffy: &TestBuffy) -> Response {
        let fields = [
            ("Host", "app.example"),
            ("Accept-Encoding", "gzip"),
            ("Authorization", "Bearer very-secret"),
        ];
        let mut client = buffy.client();
        client.send(request(
            self.method,
            self.target,
            &fields,
            self.body.as_bytes(),
        ));
        client.response()
    }
}

/// A member that must be there.
#[track_caller]
fn of<'v>(value: &'v Value, name: &str) -> &'v Value {
    let member = value.get(name);
    member.unwrap_or_else(|| panic!("no `{name}` in {value}"))
}

struct Recorder {
    upstream: FakeUpstream,
    buffy: TestBuffy,
}

impl Recorder {
    fn start() -> Self {
        let upstream = FakeUpstream::start();
        let buffy = TestBuffy::forwarding(&upstream, More::default());
        buffy.eventually_open();
        let recorder = Self { upstream, buffy };
        let began = recorder
            .buffy
            .api("POST", "record/up", &json!({"ttl": "1m"}));
        assert_eq!(*of(&began.json(), "on"), true, "{}", began.text());
        recorder
    }

    #[track_caller]
    fn pass(&self, exchanges: &[Exchange]) -> Vec<Response> {
        let answers = exchanges.iter().map(|exchange| {
            self.upstream.reply_next(exchange.reply.clone());
            exchange.ask(&self.buffy)
        });
        let answers: Vec<_> = answers.collect();
        eventually("all are recorded", || {
            let state = self.buffy.api("GET", "record/up", &Value::Null).json();
            *of(&state, "samples") == exchanges.len()
        });
        answers
    }

    /// Ends the recording: the configuration, and the folder with the files that it names.
    #[track_caller]
    fn stop(&self) -> (String, Arc<TempFolder>) {
        let ended = self
            .buffy
            .api("DELETE", "record/up?folder=rec", &Value::Null);
        assert_eq!(ended.status, 200, "{}", ended.text());
        let recorded = ended.json();
        let folder = Arc::new(TempFolder::new());
        std::fs::create_dir(folder.path().join("rec")).expect("a new folder");
        for file in of(&recorded, "files").as_array().expect("a list") {
            let path = folder
                .path()
                .join(of(file, "path").as_str().expect("a path"));
            let bytes = STANDARD.decode(of(file, "content").as_str().expect("base64"));
            std::fs::write(path, bytes.expect("base64")).expect("a new file");
        }
        let text = of(&recorded, "configuration").as_str().expect("YAML");
        (text.replace("port: 8080", "port: 0"), folder)
    }
}

fn orders() -> Vec<Exchange> {
    let order = |id: u32| json!({"id": id, "links": {"self": format!("/orders/{id}")}});
    let mut made = exchange("POST", "/orders", 201, &json!({"id": 9, "note": "{{URL}}"}));
    made.body = r#"{"qty": 5}"#;
    let mut wrong = exchange("POST", "/orders", 422, &json!({"error": "qty"}));
    wrong.body = r#"{"qty": 0}"#;
    vec![
        exchange("GET", "/orders/7", 200, &order(7)),
        exchange("GET", "/orders/8", 200, &order(8)),
        exchange("GET", "/orders/99", 404, &json!({"error": "none"})),
        exchange("DELETE", "/orders/7", 204, &Value::Null),
        made,
        wrong,
        exchange("GET", "/orders?page=1", 200, &json!([1, 2])),
        exchange("GET", "/orders?page=2", 200, &json!([3])),
        exchange("GET", "/orders?q=a%20b*", 200, &json!([])),
        exchange("GET", "/job", 503, &json!({"state": "starting"})),
        exchange("GET", "/job", 503, &json!({"state": "starting"})),
        exchange("GET", "/job", 200, &json!({"state": "up", "at": 1.5})),
        Exchange {
            reply: Reply::raw(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\n\
                 {% if %}\nline\n",
            ),
            ..exchange("GET", "/text", 200, &Value::Null)
        },
        Exchange {
            reply: Reply::raw(
                b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\n\xff\x00\x01",
            ),
            ..exchange("GET", "/pixel.png", 200, &Value::Null)
        },
        Exchange {
            reply: Reply::raw(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 41\r\n\r\n\
                 id: 1\ndata: {\"a\":1}\n\nid: 2\ndata: [DONE]\n\n",
            ),
            ..exchange("GET", "/events", 200, &Value::Null)
        },
    ]
}

#[test]
fn what_was_recorded_is_served_again() {
    let recorder = Recorder::start();
    let exchanges = orders();
    let answers = recorder.pass(&exchanges);
    let asked = recorder.upstream.requests();
    assert!(
        asked
            .iter()
            .all(|one| one.field("accept-encoding").is_none())
    );
    let (text, folder) = recorder.stop();
    let again = TestBuffy::start_in(&folder, &text);
    for (exchange, before) in exchanges.iter().zip(answers) {
        let (method, target) = (exchange.method, exchange.target);
        let answer = exchange.ask(&again);
        assert_eq!(answer.status, before.status, "{method} {target}\n{text}");
        let content = |answer: &Response| match serde_json::from_slice::<Value>(&answer.body) {
            Ok(json) => (json, Vec::new()),
            Err(_) => (Value::Null, answer.body.clone()),
        };
        assert_eq!(
            content(&answer),
            content(&before),
            "{method} {target}\n{text}"
        );
        let kind = |answer: &Response| answer.field("content-type").map(str::to_owned);
        if !before.body.is_empty() && target != "/events" {
            assert_eq!(kind(&answer), kind(&before), "{method} {target}\n{text}");
        }
    }
    let other = again.get("/orders/12").json();
    assert_eq!(
        other,
        json!({"id": 12, "links": {"self": "/orders/12"}}),
        "{text}"
    );
}

#[test]
fn no_secret_is_recorded() {
    let recorder = Recorder::start();
    let login = Exchange {
        method: "POST",
        target: "/login?api_key=secret-1",
        body: r#"{"password": "secret-2"}"#,
        reply: Reply::raw(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Api-Key: secret-3\r\n\
             Set-Cookie: sid=secret-4; Path=/\r\nContent-Length: 21\r\n\r\n{\"token\": \"secret-5\"}",
        ),
    };
    recorder.pass(&[login]);
    let (text, _) = recorder.stop();
    assert!(!text.contains("secret-"), "{text}");
    assert!(text.contains("sid=REDACTED; Path=/"), "{text}");
    assert!(!text.contains("Bearer"), "{text}");
}

#[test]
fn nothing_is_recorded_unasked_nor_by_who_may_not() {
    let recorder = Recorder::start();
    let (text, _) = recorder.stop();
    assert!(text.contains("Answers: 0;"), "{text}");
    recorder.upstream.reply_next(Reply::json(200, &json!({})));
    assert_eq!(recorder.buffy.get("/after").status, 200);
    let state = recorder.buffy.api("GET", "record/up", &Value::Null).json();
    assert_eq!(
        (of(&state, "on"), of(&state, "samples")),
        (&json!(false), &json!(0))
    );
    let nobody = recorder.buffy.api("POST", "record/none", &json!({}));
    assert_eq!(nobody.status, 404, "{}", nobody.text());
    let long = recorder
        .buffy
        .api("POST", "record/up", &json!({"ttl": "2h"}));
    assert_eq!(long.status, 400, "{}", long.text());
}
