//! Clients that others wrote, against answers that fail twice: they try again, and are counted.

use std::process::Command;

use buffy_test::TempFolder;
use serde_json::{Value, json};

use crate::kit::{Process, text};

/// The one to which Debian's modules belong.
const PYTHON: &str = "/usr/bin/python3";

/// Two answers that fail, in each way, and then one that does not; each path is met by one client.
const ANSWERS: &str = r#"version: 0.1
buffy:
  listen: {bind: 127.0.0.1, port: 0}
  admin: {bind: 127.0.0.1, port: 0}
  log: {format: json}
endpoints:
  - id: busy
    path: /busy
    type: respond
    expect: "=3"
    response:
      - {name: busy, times: 2, return_code: 503, headers: {Retry-After: "0"}}
      - {name: ok, content: "there: {{ count }}"}
  - id: reset
    path: /reset
    type: respond
    expect: "=3"
    response:
      - {name: reset, times: 2, fault: reset}
      - {name: ok, content: "there: {{ count }}"}
  - id: empty
    path: /empty
    type: respond
    expect: "=3"
    response:
      - {name: empty, times: 2, fault: empty}
      - {name: ok, content: "there: {{ count }}"}
"#;

fn serving(folder: &TempFolder) -> Process {
    Process::start(folder, ANSWERS)
}

fn url(process: &Process, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", process.port())
}

/// How often each endpoint was asked, and by which responses it was answered.
#[track_caller]
fn verified(process: &Process) {
    let report = process.admin("GET", "/_admin/verify");
    assert_eq!(report.status, 200, "{}", report.text());
}

#[test]
fn requests_of_python_tries_again_after_an_answer_of_503_and_after_a_reset() {
    let folder = TempFolder::new();
    let process = serving(&folder);
    let script = folder.write("retries.py", include_str!("clients/retries.py"));
    let ran = Command::new(PYTHON)
        .arg(script)
        .args(["/busy", "/reset", "/empty"].map(|path| url(&process, path)))
        .output()
        .expect("python3 runs");
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let told: Vec<Value> = text(&ran.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("it prints JSON"))
        .collect();
    let expected = [
        json!([503, 503]),
        json!(["ProtocolError", "ProtocolError"]),
        json!(["ProtocolError", "ProtocolError"]),
    ];
    for (told, met) in told.iter().zip(expected) {
        assert_eq!(
            *told,
            json!({"status": 200, "text": "there: 3", "met": met})
        );
    }
    assert_eq!(told.len(), 3);
    verified(&process);
}

#[test]
fn curl_tries_again_after_an_answer_of_503_and_after_a_reset() {
    let folder = TempFolder::new();
    let process = serving(&folder);
    for path in ["/busy", "/reset", "/empty"] {
        let ran = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--retry",
                "4",
                "--retry-all-errors",
            ])
            .args([
                "--retry-max-time",
                "20",
                "--write-out",
                "%{stderr}%{http_code}",
            ])
            .arg(url(&process, path))
            .output()
            .expect("curl runs");
        assert!(ran.status.success(), "{path}: {}", text(&ran.stderr));
        assert!(text(&ran.stdout).ends_with("there: 3"), "{path}: {ran:?}");
        assert!(text(&ran.stderr).ends_with("200"), "{path}: {ran:?}");
    }
    verified(&process);
}
