//! `buffy record`: from traffic to a configuration that runs.

use std::process::{Child, Stdio};

use buffy_test::{FakeUpstream, RawClient, Reply, TempFolder, eventually};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::kit::{Process, forwarding, output};
use crate::verb::{run, told};

/// A Buffy before an upstream, which is recorded.
struct Stage {
    upstream: FakeUpstream,
    buffy: Process,
    folder: TempFolder,
}

impl Stage {
    fn new() -> Self {
        let (upstream, folder) = (FakeUpstream::start(), TempFolder::new());
        let buffy = Process::start(&folder, &forwarding(&upstream, ""));
        Self {
            upstream,
            buffy,
            folder,
        }
    }

    /// Begins to record, and waits until it does.
    fn recording(&self, more: &[&str]) -> Child {
        let words = [&["record", "--from", "up", "-o", "rec.yaml"], more].concat();
        let mut record = told(self.folder.path(), self.buffy.admin_port(), &words);
        let child = record.stderr(Stdio::null()).spawn().expect("it starts");
        eventually("it records", || {
            let now = self.buffy.admin("GET", "/_admin/api/v1/record/up");
            now.json().get("on") == Some(&json!(true))
        });
        child
    }

    fn pass(&self, target: &str, says: &serde_json::Value) {
        self.upstream.reply_next(Reply::json(200, says));
        let answer = RawClient::connect(self.buffy.port()).get(target).response();
        assert_eq!(answer.status, 200, "{target}");
    }

    /// Waits for the end of the recording.
    fn ended(mut child: Child, code: i32) {
        let mut status = None;
        eventually("it ends", || {
            status = child.try_wait().expect("it is ours");
            status.is_some()
        });
        assert_eq!(status.and_then(|status| status.code()), Some(code));
    }
}

#[test]
fn so_many_answers_become_a_configuration_that_runs() {
    let stage = Stage::new();
    let child = stage.recording(&["--samples", "2"]);
    stage.pass("/users/1", &json!({"id": 1}));
    stage.pass("/users/2", &json!({"id": 2}));
    Stage::ended(child, 0);
    let checked = output(
        stage.folder.path(),
        &["check", "rec.yaml", "--deny-warnings"],
    );
    assert!(checked.status.success(), "{checked:?}");
    let text = std::fs::read_to_string(stage.folder.path().join("rec.yaml")).unwrap();
    assert!(text.contains("path: \"/users/{id}\""), "{text}");

    let again = told(
        stage.folder.path(),
        stage.buffy.admin_port(),
        &["record", "--from", "up", "-o", "rec.yaml"],
    );
    run(again).ended(2, &["rec.yaml is there already", "--force"]);
}

#[test]
fn an_interrupt_writes_what_there_is() {
    let stage = Stage::new();
    let child = stage.recording(&[]);
    stage.pass("/a", &json!([]));
    eventually("it is recorded", || {
        let now = stage.buffy.admin("GET", "/_admin/api/v1/record/up");
        now.json().get("samples") == Some(&json!(1))
    });
    let id = Pid::from_child(&child);
    kill_process(id, Signal::INT).expect("it runs");
    Stage::ended(child, 0);
    let text = std::fs::read_to_string(stage.folder.path().join("rec.yaml")).unwrap();
    assert!(text.contains("path: \"/a\""), "{text}");
}
