//! `buffy hold` against an admin API that answers as it was told: what it asks in which order, and
//! what becomes of the command.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use buffy_test::{FakeUpstream, Reply, TempFolder, eventually, for_a_while};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::verb::{Said, run, told};

/// A folder for the command, and an admin API that lets everything be done.
struct Stage {
    folder: TempFolder,
    admin: FakeUpstream,
}

impl Stage {
    fn new() -> Self {
        let admin = FakeUpstream::start();
        let stage = Self {
            folder: TempFolder::new(),
            admin,
        };
        for word in ["close", "renew", "stop"] {
            stage.answers(
                word,
                200,
                &json!({ "verdict": "closed", "persisted": true }),
            );
        }
        let report = json!({
            "held": 3, "median_seconds": 0.5, "longest_seconds": 1.0, "timed_out": 0, "left": 1,
        });
        let opened = json!({ "verdict": "open", "persisted": true, "report": report });
        stage.answers("open", 200, &opened);
        stage
    }

    fn answers(&self, word: &str, status: u16, document: &Value) {
        self.replies(word, Reply::json(status, document));
    }

    fn replies(&self, word: &str, reply: Reply) {
        self.admin
            .reply(&format!("/_admin/api/v1/gates/app/{word}"), reply);
    }

    /// `buffy hold app OPTIONS -- sh -c SCRIPT`, in the folder.
    fn hold(&self, options: &[&str], script: &str) -> Command {
        let words = [&["hold", "app"], options, &["--", "sh", "-c", script]].concat();
        told(self.folder.path(), self.admin.port(), &words)
    }

    fn holds(&self, options: &[&str], script: &str) -> Said {
        run(self.hold(options, script))
    }

    /// Starts one whose script waits for [`Stage::go`], and waits until it does.
    fn started(&self, options: &[&str], script: &str) -> Child {
        let script = format!("{script}\ntouch began; while ! [ -e go ]; do sleep 0.01; done");
        let mut command = self.hold(options, &script);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the binary runs");
        eventually("the command runs", || self.has("began"));
        child
    }

    fn go(&self) {
        self.folder.write("go", "");
    }

    fn has(&self, file: &str) -> bool {
        self.folder.path().join(file).exists()
    }

    /// What was asked, in order: the last word of the path, and what was said.
    fn asked(&self) -> Vec<(String, Value)> {
        let requests = self.admin.requests().into_iter();
        requests
            .map(|one| {
                let word = one.target.rsplit('/').next().unwrap_or_default().to_owned();
                (word, serde_json::from_slice(&one.body).unwrap_or_default())
            })
            .collect()
    }

    fn words(&self) -> Vec<String> {
        self.asked().into_iter().map(|(word, _)| word).collect()
    }
}

fn signal(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id()).expect("a process id fits");
    let id = Pid::from_raw(id).expect("a process id is not zero");
    kill_process(id, signal).expect("the process can be signalled");
}

fn end(child: Child) -> Said {
    Said::from(child.wait_with_output().expect("a child can be waited for"))
}

#[test]
fn the_gate_is_closed_while_the_command_runs_and_its_streams_and_code_pass_through() {
    let stage = Stage::new();
    let said = stage.holds(
        &["--reason", "a migration"],
        "echo its own; echo trouble >&2",
    );
    said.ended(0, &["trouble\n"]);
    assert_eq!(said.out, "its own\n");
    let report = "3 requests held, median wait 500 ms, longest 1 s; 0 timed out, 1 left; the gate \
                  is open";
    assert!(said.err.contains(report), "{said:?}");
    let asked = stage.asked();
    assert_eq!(stage.words(), ["close", "open"]);
    let (close, open) = (&asked[0].1, &asked[1].1);
    assert_eq!(close["token"].as_str().unwrap().len(), 32);
    assert_eq!(close["token"], open["token"]);
    assert_eq!(
        (
            &close["ttl"],
            &close["drain"],
            &close["hold"],
            &close["on_expiry"]
        ),
        (&60.0.into(), &30.0.into(), &"all".into(), &"lift".into())
    );
    assert_eq!(
        (&close["reason"], &close["actor"]),
        (&"a migration".into(), &"ann".into())
    );
}

#[test]
fn a_command_that_fails_is_followed_by_what_was_asked_for() {
    for (on_fail, words) in [
        ("lift", &["close", "open"][..]),
        ("stop", &["close", "stop", "open"]),
        ("keep", &["close", "close", "open"]),
    ] {
        let stage = Stage::new();
        let said = stage.holds(&["--on-fail", on_fail, "--hold", "writes"], "exit 3");
        said.ended(3, &[]);
        assert_eq!(stage.words(), words, "{on_fail}");
        if on_fail == "keep" {
            let kept = &stage.asked()[1].1;
            assert_eq!(
                (&kept["hold"], &kept["token"]),
                (&"writes".into(), &Value::Null)
            );
            assert!(kept["reason"].as_str().unwrap().contains("failed (3)"));
        }
        let hint = said.err.contains("buffy gate open app");
        assert_eq!(hint, on_fail != "lift", "{said:?}");
    }
}

#[test]
fn a_command_that_is_not_there_is_127_and_the_gate_is_lifted() {
    let stage = Stage::new();
    let words = [
        "hold",
        "app",
        "--on-fail",
        "keep",
        "--",
        "no-such-command-at-all",
    ];
    let said = run(told(stage.folder.path(), stage.admin.port(), &words));
    said.ended(127, &["no-such-command-at-all", "cannot be started"]);
    assert_eq!(stage.words(), ["close", "open"]);
}

#[test]
fn what_is_left_in_flight_keeps_the_command_from_running_unless_told_otherwise() {
    let stage = Stage::new();
    let left = json!({
        "status": 409, "detail": "x", "verdict": "closed", "persisted": true,
        "left": { "inflight": 1, "endless": 0 },
    });
    stage.answers("close", 409, &left);
    let said = stage.holds(&["--drain", "1s"], "touch ran");
    said.ended(
        75,
        &[
            "1 request is still in flight to app after 1 s",
            "was not run",
        ],
    );
    assert_eq!(stage.words(), ["close", "open"]);
    assert!(!stage.has("ran"));
    let said = stage.holds(&["--drain", "1s", "--on-undrained", "run"], "touch ran");
    said.ended(0, &["runs all the same"]);
    assert!(stage.has("ran"));
}

#[test]
fn a_gate_that_cannot_be_closed_keeps_the_command_from_running() {
    let stage = Stage::new();
    stage.answers(
        "close",
        404,
        &json!({ "status": 404, "detail": "There is no upstream `app`." }),
    );
    stage.holds(&[], "touch ran").ended(1, &["no upstream"]);
    stage.admin.refuse();
    stage
        .holds(&[], "touch ran")
        .ended(69, &["connection refused"]);
    assert!(!stage.has("ran"));
}

#[test]
fn the_lease_is_renewed_while_the_command_runs() {
    let stage = Stage::new();
    let child = stage.started(&["--lease", "3s"], "");
    eventually("it is renewed", || stage.words().len() >= 4);
    stage.go();
    end(child).ended(0, &["the gate is open"]);
    let asked = stage.asked();
    let renewals = asked.iter().filter(|(word, _)| word == "renew");
    assert!(renewals.clone().count() >= 3);
    for (_, said) in renewals {
        assert_eq!(
            (&said["token"], &said["ttl"]),
            (&asked[0].1["token"], &3.0.into())
        );
    }
}

#[test]
fn an_admin_api_that_is_away_for_a_moment_costs_no_lease() {
    let stage = Stage::new();
    let mut child = stage.started(&["--lease", "6s"], "trap 'exit 9' TERM");
    let before = stage.words().len();
    stage.admin.refuse();
    // The first try to renew comes after two seconds.
    for_a_while("the command goes on", Duration::from_millis(2500), || {
        child.try_wait().unwrap().is_none()
    });
    stage.admin.listen();
    eventually("it is renewed", || stage.words().len() > before);
    stage.go();
    end(child).ended(0, &["the gate is open"]);
}

#[test]
fn a_lost_lease_ends_the_command_unless_it_may_go_on() {
    let stage = Stage::new();
    let gone = json!({ "status": 404, "detail": "No entry has this token." });
    stage.answers("renew", 404, &gone);
    stage.answers("open", 404, &gone);
    let child = stage.started(&["--lease", "1s"], "trap 'touch asked; exit 9' TERM");
    let words = [
        "requests may pass",
        "No entry has this token",
        "asked to end",
    ];
    end(child).ended(9, &words);
    assert!(stage.has("asked"));

    let options = ["--lease", "1s", "--on-lost", "continue"];
    let child = stage.started(&options, "trap 'exit 9' TERM");
    eventually("it cannot be renewed", || {
        stage.words().iter().filter(|word| *word == "renew").count() >= 2
    });
    stage.go();
    end(child).ended(0, &["requests may pass", "goes on", "was gone before"]);
}

#[test]
fn signals_reach_the_command_and_its_end_lifts_the_gate() {
    for (one, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let stage = Stage::new();
        let child = stage.started(&[], "");
        signal(&child, one);
        end(child).ended(code, &["the gate is open"]);
        assert_eq!(stage.words(), ["close", "open"]);
    }
    let stage = Stage::new();
    let child = stage.started(&[], "trap 'touch told' USR1");
    signal(&child, Signal::USR1);
    eventually("the command is told", || stage.has("told"));
    stage.go();
    end(child).ended(0, &["the gate is open"]);
}

#[test]
fn an_interrupted_drain_lifts_the_gate_and_runs_nothing() {
    let stage = Stage::new();
    stage.replies("close", Reply::silent());
    let mut command = stage.hold(&[], "touch ran");
    let child = command.stderr(Stdio::piped()).spawn().expect("it runs");
    eventually("it is closing", || stage.words() == ["close"]);
    signal(&child, Signal::INT);
    end(child).ended(130, &["interrupted", "was not run"]);
    assert!(!stage.has("ran"));
    let asked = stage.asked();
    assert_eq!(stage.words(), ["close", "open"]);
    assert_eq!(asked[0].1["token"], asked[1].1["token"]);
}
