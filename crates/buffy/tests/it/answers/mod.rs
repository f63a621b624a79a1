//! `examples/answers`, line by line.

mod beyond;
mod orders;
mod streams;

use std::path::Path;
use std::sync::Arc;

use buffy_test::{FakeUpstream, Response, TempFolder, request};
use serde_json::Value;

use crate::kit::TestBuffy;

const EXAMPLE: &str = include_str!("../../../../../examples/answers/buffy.yaml");

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
    for entry in std::fs::read_dir(from).expect("the example is there") {
        let entry = entry.expect("it can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("the folder is new");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file is copied");
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
