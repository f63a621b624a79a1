//! Each verb against a Buffy that runs, with a backend behind it.

use std::process::Stdio;
use std::time::Duration;

use buffy_test::{FakeUpstream, RawClient, Reply, Step, TempFolder, eventually, for_a_while};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::kit::{Process, forwarding};
use crate::verb::{Said, run, told};

/// A Buffy before a backend.
struct Stage {
    backend: FakeUpstream,
    folder: TempFolder,
    buffy: Process,
}

impl Stage {
    fn new() -> Self {
        Self::with("")
    }

    /// With more keys of the upstream.
    fn with(more: &str) -> Self {
        let (backend, folder) = (FakeUpstream::start(), TempFolder::new());
        let configuration = forwarding(&backend, "");
        let configuration =
            configuration.replace("    interval: 200\n", &format!("    interval: 200\n{more}"));
        let buffy = Process::start(&folder, &configuration);
        let stage = Self {
            backend,
            folder,
            buffy,
        };
        stage
            .ask(&["wait", "up", "--for", "open"])
            .ended(0, &["up: open after"]);
        stage
    }

    fn ask(&self, words: &[&str]) -> Said {
        run(told(self.folder.path(), self.buffy.admin_port(), words))
    }

    /// The document that a verb prints.
    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        let said = self.ask(&[words, &["--json"]].concat());
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error} in {said:?}"))
    }

    /// A request that is not answered yet.
    fn sends(&self, target: &str) -> RawClient {
        let mut client = RawClient::connect(self.buffy.port());
        client.get(target);
        client
    }

    fn posts(&self, target: &str) -> RawClient {
        let mut client = RawClient::connect(self.buffy.port());
        client.post(target, b"x");
        client
    }
}

#[test]
fn a_gate_is_closed_and_opened_and_each_closer_lifts_his_own() {
    let stage = Stage::new();
    let first = stage.json(&["gate", "close", "up", "--reason", "a migration"]);
    assert_eq!(
        (&first["verdict"], &first["persisted"]),
        (&"closed".into(), &true.into())
    );
    let second = stage.ask(&["gate", "close", "up", "--actor", "bob", "--for", "5m"]);
    second.ended(0, &["up: closed, drained, until 20", "; token "]);
    let mut held = stage.sends("/x");
    stage.buffy.eventually_holds(1);
    let words = ["status", "up"];
    stage
        .ask(&words)
        .ended(0, &["up: closed; 1 held", "ann", "a migration", "bob"]);

    let token = first["token"].as_str().unwrap();
    let lifted = stage.ask(&["gate", "open", "up", "--token", token]);
    lifted.ended(
        0,
        &["up: lifted the close by ann (a migration); not open: closed by bob\n"],
    );
    let again = stage.ask(&["gate", "open", "up", "--token", token]);
    again.ended(1, &["Nothing was done"]);
    let all = stage.ask(&["gate", "open", "up"]);
    all.ended(0, &["up: open; lifted the close by bob\n"]);
    stage.ask(&["gate", "open", "up"]).ended(0, &["up: open\n"]);
    assert_eq!(held.response().text(), "GET /x");
}

#[test]
fn a_forced_gate_is_told_as_such_wherever_it_is_shown() {
    let stage = Stage::new();
    let words = ["gate", "open", "up", "--force", "--for", "5m"];
    let forced = stage.ask(&[&words[..], &["--reason", "the page lies"]].concat());
    forced.ended(0, &["forced until 20"]);
    for words in [&["status", "up"][..], &["why", "/x"]] {
        let shown = stage.ask(words);
        shown.ended(0, &["forced by ann until 20", ": the page lies\n"]);
    }
}

#[test]
fn writes_are_held_or_whatever_a_rule_says_while_the_rest_passes() {
    let stage = Stage::new();
    stage
        .ask(&["gate", "close", "up", "--hold", "writes"])
        .ended(0, &[]);
    assert_eq!(stage.sends("/read").response().text(), "GET /read");
    let mut write = stage.posts("/write");
    stage.buffy.eventually_holds(1);
    stage.ask(&["gate", "open", "up"]).ended(0, &["up: open"]);
    assert_eq!(write.response().status, 200);

    stage
        .ask(&["gate", "close", "up", "--hold", "path=\"/a/*\""])
        .ended(0, &[]);
    assert_eq!(stage.sends("/b/x").response().text(), "GET /b/x");
    let mut inside = stage.sends("/a/x");
    stage.buffy.eventually_holds(1);
    stage.ask(&["gate", "open", "up"]).ended(0, &["up: open"]);
    assert_eq!(inside.response().text(), "GET /a/x");
    let wrong = stage.ask(&["gate", "close", "up", "--hold", "paht=\"/a/*\""]);
    wrong.ended(2, &["paht"]);
}

#[test]
fn a_stop_tells_clients_its_message() {
    let stage = Stage::new();
    let stopped = stage.ask(&["gate", "stop", "up", "--message", "back at noon"]);
    stopped.ended(0, &["up: stopped"]);
    let refused = stage.sends("/x").response();
    assert_eq!(refused.status, 503);
    assert!(
        refused.text().contains("back at noon"),
        "{}",
        refused.text()
    );
    stage
        .ask(&["wait", "up", "--timeout", "0"])
        .ended(124, &["back at noon"]);
    stage.ask(&["gate", "open", "up"]).ended(0, &["up: open"]);
    assert_eq!(stage.sends("/x").response().status, 200);
}

#[test]
fn a_close_that_drains_waits_for_what_is_in_flight_and_says_what_it_left() {
    let stage = Stage::new();
    stage.backend.reply("/slow", Reply::silent());
    let mut slow = stage.sends("/slow");
    eventually("it is under way", || stage.backend.under_way() == 1);
    // Longer than the two seconds after which it is told how far it is.
    let left = stage.ask(&["gate", "close", "up", "--drain", "2500ms"]);
    left.ended(
        75,
        &[
            "up: closed; 1 request in flight after 2",
            "1 request is still in flight after 2.5 s",
            "buffy gate open up --token",
        ],
    );
    stage
        .ask(&["wait", "up", "--for", "drained", "--timeout", "0"])
        .ended(124, &["1 request in flight"]);
    stage.backend.tell();
    assert_eq!(slow.response().status, 200);
    stage
        .ask(&["wait", "up", "--for", "drained,up,empty"])
        .ended(0, &["drained and up and empty"]);
}

#[test]
fn held_requests_are_listed_released_and_refused() {
    let stage = Stage::new();
    stage.ask(&["gate", "close", "up"]).ended(0, &[]);
    let clients: Vec<RawClient> = (0..4)
        .map(|number| {
            let client = stage.sends(&format!("/{number}"));
            stage.buffy.eventually_holds(number + 1);
            client
        })
        .collect();
    let [mut first, mut second, mut third, fourth] = <[_; 4]>::try_from(clients).unwrap();
    let lines = stage
        .ask(&["held", "up"])
        .ended(0, &["\tGET\t/0\t127.0.0.1"])
        .out
        .clone();
    assert_eq!(lines.lines().count(), 4);
    let held = stage.json(&["held", "--limit", "1"]);
    assert_eq!(
        (&held["count"], &held["held"][0]["path"]),
        (&4.into(), &"/0".into())
    );

    let id = held["held"][0]["id"].as_str().unwrap();
    stage
        .ask(&["release", id])
        .ended(0, &["released 1 request\n"]);
    assert_eq!(first.response().text(), "GET /0");
    stage
        .ask(&["release", id])
        .ended(1, &["released 0 requests", "buffy held"]);
    let words = ["refuse", "--upstream", "up", "--if", "path=\"/2\""];
    stage.ask(&words).ended(0, &["refused 1 request\n"]);
    assert_eq!(third.response().status, 503);
    stage
        .ask(&["release", "--upstream", "up", "--count", "1"])
        .ended(0, &["released 1 request"]);
    assert_eq!(second.response().text(), "GET /1");
    stage.buffy.eventually_holds(1);
    drop(fourth);
    stage.ask(&["release"]).ended(2, &["--upstream"]);
}

#[test]
fn why_tells_who_holds_a_request() {
    let stage = Stage::new();
    stage
        .ask(&["why", "/x"])
        .ended(0, &["GET /x: ", "endpoint all (/)", "upstream up: pass"]);
    stage
        .ask(&[
            "gate",
            "close",
            "up",
            "--reason",
            "a migration",
            "--hold",
            "writes",
        ])
        .ended(0, &[]);
    let why = stage.ask(&["why", "/x", "--method", "POST"]);
    why.ended(
        0,
        &["POST /x: ", "upstream up: hold", "a migration", "holds it"],
    );
    stage.ask(&["why", "/x"]).ended(0, &["lets it pass"]);
    let why = stage.json(&["why", "/x", "--method", "POST"]);
    assert_eq!(why["meets"]["outcome"], "held");
    stage.ask(&["why", "x"]).ended(2, &["begins with `/`"]);
}

#[test]
fn a_command_runs_behind_the_closed_gate_and_a_report_is_printed() {
    let stage = Stage::new();
    let script = "touch running; while ! [ -e go ]; do sleep 0.01; done; exit 4";
    let words = [
        "hold",
        "up",
        "--reason",
        "a migration",
        "--",
        "sh",
        "-c",
        script,
    ];
    let mut command = told(stage.folder.path(), stage.buffy.admin_port(), &words);
    let child = command.stderr(Stdio::piped()).spawn().expect("it runs");
    eventually("the command runs", || {
        stage.folder.path().join("running").exists()
    });
    let mut clients: Vec<RawClient> = (0..3).map(|_| stage.sends("/x")).collect();
    stage.buffy.eventually_holds(3);
    drop(clients.pop());
    stage.buffy.eventually_holds(2);
    stage.folder.write("go", "");
    let said = Said::from(child.wait_with_output().expect("it ends"));
    said.ended(
        4,
        &[
            "up: `sh` took",
            "3 requests held, median wait",
            "0 timed out, 1 left; the gate is open",
        ],
    );
    for client in &mut clients {
        assert_eq!(client.response().text(), "GET /x");
    }
    assert_eq!(stage.backend.count(), 2);
}

#[test]
fn a_hold_that_is_killed_leaves_no_closed_gate_behind() {
    let stage = Stage::new();
    let words = [
        "hold",
        "up",
        "--lease",
        "3s",
        "--",
        "sh",
        "-c",
        "echo $$ >pid; exec sleep 600",
    ];
    let mut command = told(stage.folder.path(), stage.buffy.admin_port(), &words);
    let mut child = command.stderr(Stdio::null()).spawn().expect("it runs");
    let pid = stage.folder.path().join("pid");
    eventually("the command runs", || pid.exists());
    let mut held = stage.sends("/x");
    stage.buffy.eventually_holds(1);
    for_a_while(
        "it is renewed beyond its lease",
        Duration::from_secs(4),
        || stage.buffy.metric("buffy_held_requests{upstream=\"up\"}") == 1,
    );
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(held.response().text(), "GET /x");
    stage.ask(&["wait", "up"]).ended(0, &["up: open"]);
    let orphan = std::fs::read_to_string(pid).unwrap();
    let orphan = orphan.trim().parse().ok().and_then(Pid::from_raw).unwrap();
    kill_process(orphan, Signal::KILL).unwrap();
}

#[test]
fn somebody_who_opens_the_gate_ends_the_command_behind_it() {
    let stage = Stage::new();
    let words = [
        "hold",
        "up",
        "--lease",
        "1s",
        "--",
        "sh",
        "-c",
        "touch running; exec sleep 600",
    ];
    let mut command = told(stage.folder.path(), stage.buffy.admin_port(), &words);
    let child = command.stderr(Stdio::piped()).spawn().expect("it runs");
    eventually("the command runs", || {
        stage.folder.path().join("running").exists()
    });
    stage.ask(&["gate", "open", "up"]).ended(0, &["up: open"]);
    let said = Said::from(child.wait_with_output().expect("it ends"));
    said.ended(
        143,
        &["requests may pass", "asked to end", "was gone before"],
    );
}

#[test]
fn what_is_in_flight_too_long_keeps_the_command_from_running() {
    let stage = Stage::new();
    stage.backend.reply("/slow", Reply::silent());
    let mut slow = stage.sends("/slow");
    eventually("it is under way", || stage.backend.under_way() == 1);
    let words = ["hold", "up", "--drain", "300ms", "--", "touch", "ran"];
    stage
        .ask(&words)
        .ended(75, &["1 request is still in flight to up", "was not run"]);
    assert!(!stage.folder.path().join("ran").exists());
    stage
        .ask(&["wait", "up", "--timeout", "0"])
        .ended(0, &["up: open"]);
    stage.backend.tell();
    assert_eq!(slow.response().status, 200);
}

#[test]
fn what_is_in_flight_too_long_may_be_cut_off() {
    let stage = Stage::new();
    stage.backend.reply("/slow", Reply::silent());
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    let half = [Step::Send(begun.to_vec()), Step::WaitToBeTold];
    stage.backend.reply("/half", Reply::script(half));
    let mut slow = stage.posts("/slow");
    let mut repeatable = stage.sends("/slow");
    let mut broken = stage.sends("/half");
    eventually("all have come", || stage.backend.count() == 3);
    let script = "touch running; while ! [ -e go ]; do sleep 0.01; done";
    let options = ["hold", "up", "--drain", "300ms", "--on-undrained", "cut"];
    let words = [&options[..], &["--", "sh", "-c", script]].concat();
    let mut command = told(stage.folder.path(), stage.buffy.admin_port(), &words);
    let child = command.stderr(Stdio::piped()).spawn().expect("it runs");
    eventually("the command runs", || {
        stage.folder.path().join("running").exists()
    });
    let refused = slow.response();
    assert_eq!(refused.status, 502);
    assert_eq!(refused.field("x-buffy-forwarded"), Some("maybe"));
    broken.head();
    assert!(broken.is_ended());
    // It may be sent again, and waits at the gate for that.
    stage.buffy.eventually_holds(1);
    stage.backend.reply("/slow", Reply::echo());
    stage.folder.write("go", "");
    let said = Said::from(child.wait_with_output().expect("it ends"));
    said.ended(0, &["3 requests to up cut off", "the gate is open"]);
    assert_eq!(repeatable.response().text(), "GET /slow");
}

#[test]
fn a_failed_command_may_leave_the_gate_stopped_or_closed() {
    let stage = Stage::new();
    let hold = |on_fail: &str| stage.ask(&["hold", "up", "--on-fail", on_fail, "--", "false"]);
    hold("keep").ended(1, &["up stays closed", "not open: closed by ann"]);
    stage
        .ask(&["status", "up"])
        .ended(0, &["up: closed", "failed (1)"]);
    stage.ask(&["gate", "open", "up"]).ended(0, &["up: open"]);
    hold("stop").ended(1, &["up is stopped", "not open: stopped by ann"]);
    assert_eq!(stage.sends("/x").response().status, 503);
    stage.ask(&["gate", "open", "up"]).ended(0, &["up: open"]);
    hold("lift").ended(1, &["the gate is open"]);
}

#[test]
fn the_unix_socket_needs_no_token() {
    let (backend, folder) = (FakeUpstream::start(), TempFolder::new());
    let configuration = forwarding(&backend, "").replace(
        "    bind: 127.0.0.1\n    port: 0\n  log",
        "    bind: 0.0.0.0\n    port: 0\n    unix: ./admin.sock\n  log",
    );
    let buffy = Process::start(&folder, &configuration);
    let over_tcp = run(told(
        folder.path(),
        buffy.admin_port(),
        &["gate", "close", "up"],
    ));
    over_tcp.ended(1, &["admin.token", "--token-file"]);
    let with_token = ["gate", "close", "up", "--token-file", "state/admin.token"];
    run(told(folder.path(), buffy.admin_port(), &with_token)).ended(0, &["up: closed"]);
    // The configuration leads to the socket.
    run(crate::verb::typed(folder.path(), &["gate", "open", "up"])).ended(0, &["up: "]);
}

#[test]
fn a_bypass_passes_the_closed_gate() {
    let stage = Stage::with("    gate: {bypass: {secret: a-secret-of-32-characters-or-more}}\n");
    stage.ask(&["gate", "close", "up"]).ended(0, &[]);
    let made = stage.json(&["bypass", "up", "--for", "1m"]);
    let said = stage.ask(&["bypass", "up", "--for", "1m"]);
    said.ended(0, &[]);
    let (name, value) = (made["header"].as_str().unwrap(), said.out.trim_end());
    assert!(value.starts_with("up."), "{value}");
    let mut client = RawClient::connect(stage.buffy.port());
    client.get_with("/smoke", &[(name, value)]);
    assert_eq!(client.response().text(), "GET /smoke");
    let none = Stage::new();
    none.ask(&["bypass", "up"])
        .ended(1, &["takes no bypass", "gate:"]);
}

#[test]
fn a_reload_says_what_changed_or_why_nothing_did() {
    let stage = Stage::new();
    stage
        .ask(&["reload"])
        .ended(0, &["reloaded: nothing changed\n"]);
    let file = stage.folder.path().join("buffy.yaml");
    let good = std::fs::read_to_string(&file).unwrap();
    stage
        .folder
        .write("buffy.yaml", &good.replace("path: /\n", "path: /only/\n"));
    stage
        .ask(&["reload"])
        .ended(0, &["reloaded: endpoints ~all\n"]);
    assert_eq!(stage.sends("/x").response().status, 501);
    stage
        .folder
        .write("buffy.yaml", &good.replace("type: proxy", "type: proxie"));
    stage
        .ask(&["reload"])
        .ended(78, &["Nothing was changed", "proxie"]);
    let removed = good
        .replace("id: up", "id: other")
        .replace("[up]", "[other]");
    stage.folder.write("buffy.yaml", &removed);
    stage.ask(&["gate", "close", "up"]).ended(0, &[]);
    stage
        .ask(&["reload"])
        .ended(1, &["Nothing was changed", "up", "force"]);
    stage
        .ask(&["reload", "--force"])
        .ended(0, &["upstreams +other -up"]);
}
