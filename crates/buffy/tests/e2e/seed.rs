//! The seed's own file, run as a stranger runs it, and asked by curl.

use std::process::Command;

use buffy_test::{FakeUpstream, TempFolder};
use serde_json::{Value, json};

use crate::kit::{Process, output, text};

const SEED: &str = include_str!("../../../../examples/seed/buffy.yaml");
const FILE: &str = include_str!("../../../../examples/seed/file.json");

fn curl(arguments: &[&str]) -> (u16, String) {
    let output = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--max-time",
            "60",
            "--write-out",
            "\n%{http_code}",
        ])
        .args(arguments)
        .output()
        .expect("curl runs: install it");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let (body, code) = said
        .rsplit_once('\n')
        .expect("curl writes the code on a line of its own");
    (code.parse().expect("a code is a number"), body.to_owned())
}

#[test]
fn it_is_checked_without_a_complaint() {
    let folder = TempFolder::new();
    folder.write("buffy.yaml", SEED);
    folder.write("file.json", FILE);
    let checked = output(folder.path(), &["check", "buffy.yaml"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
}

#[test]
fn it_answers_and_holds_as_the_seed_says() {
    let folder = TempFolder::new();
    folder.write("file.json", FILE);
    let upstream = FakeUpstream::absent();
    let configuration = SEED
        .replace("port: 7000", "port: 0")
        .replace("port: 7001", "port: 0")
        .replace("localhost:9091", &format!("127.0.0.1:{}", upstream.port()))
        .replace("buffy:\n", "buffy:\n  log: {format: json}\n");
    let process = Process::start(&folder, &configuration);
    let port = process.port();
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let json_of = |path: &str| -> (u16, Value) {
        let (code, body) = curl(&[&url(path)]);
        (code, serde_json::from_str(&body).expect("it is JSON"))
    };

    assert_eq!(
        json_of("/api/ping"),
        (
            200,
            json!({"status": "pong", "desc": "example3: ping/pong"})
        )
    );
    assert_eq!(json_of("/api/endpoint2").1["_endpoint"], "example2");
    assert_eq!(
        json_of("/api/file"),
        (200, json!({"status": "this is file.json"}))
    );
    assert_eq!(
        json_of("/none"),
        (501, json!({"status": "not found (no endpoints)"}))
    );
    assert_eq!(
        curl(&["--data", "x", &url("/api/endpoint1/index.html")]).0,
        405
    );

    let held = url("/api/endpoint1/index.html");
    let waiting = std::thread::Builder::new()
        .spawn(move || curl(&[&held]))
        .unwrap();
    buffy_test::eventually("it is held", || {
        process.metric("buffy_held_requests{upstream=\"service1\"}") == 1
    });
    upstream.status_page("/_ping", 200, &json!({"status": "ok", "num": 10}));
    upstream.listen();
    let (code, body) = waiting.join().unwrap();
    assert_eq!(
        (code, body.as_str()),
        (200, "GET /api/endpoint1/index.html")
    );
}
