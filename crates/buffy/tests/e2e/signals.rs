//! Signals, and a death without one's last words.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use buffy_test::{FakeUpstream, RawClient, Reply, TempFolder, eventually, request};
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Process, buffy, forwarding};

fn asking(process: &Process, count: usize) -> Vec<RawClient> {
    let port = process.port();
    (0..count)
        .map(|_| {
            let mut client = RawClient::connect(port);
            client.get("/");
            client
        })
        .collect()
}

#[test]
fn at_sigterm_the_held_wait_on_and_the_admin_can_let_them_go() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let mut process = Process::start(&folder, &forwarding(&upstream, ""));
    process.gate("close");
    let mut clients = asking(&process, 20);
    process.eventually_holds(20);
    let port = process.port();

    process.signal(Signal::TERM);
    eventually("the listener is closed", || {
        RawClient::try_connect(port).is_err()
    });
    assert_eq!(process.admin("GET", "/readyz").status, 503);
    assert_eq!(process.admin("GET", "/livez").status, 200);
    process.eventually_holds(20);
    process.gate("open");

    for client in &mut clients {
        let answer = client.response();
        assert_eq!(
            (answer.status, answer.field("connection")),
            (200, Some("close"))
        );
    }
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn at_sigterm_the_held_are_answered_by_a_backend_that_comes_in_time() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::absent();
    let mut process = Process::start(&folder, &forwarding(&upstream, ""));
    let mut clients = asking(&process, 20);
    process.eventually_holds(20);
    process.signal(Signal::TERM);
    upstream.listen();
    assert!(
        clients
            .iter_mut()
            .all(|client| client.response().status == 200)
    );
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn sigint_ends_it_too() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let mut process = Process::start(&folder, &forwarding(&upstream, ""));
    assert_eq!(buffy_test::get(process.port(), "/").status, 200);
    process.signal(Signal::INT);
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    upstream.reply("/", Reply::silent());
    let mut process = Process::start(&folder, &forwarding(&upstream, ""));
    let mut clients = asking(&process, 1);
    eventually("it is under way", || upstream.under_way() == 1);
    process.signal(Signal::TERM);
    eventually("it is not ready", || {
        process.admin("GET", "/readyz").status == 503
    });
    assert!(!process.has_ended());
    process.signal(Signal::TERM);
    process.wait();
    assert!(
        clients[0]
            .try_response()
            .map_or(true, |answer| answer.status >= 500)
    );
}

#[test]
fn a_second_signal_waits_for_no_hook() {
    let folder = TempFolder::new();
    let (upstream, hook) = (FakeUpstream::start(), FakeUpstream::start());
    hook.reply_otherwise(Reply::silent());
    let notify = format!("admin:\n    notify: {{webhook: \"{}\"}}", hook.url());
    let configuration = forwarding(&upstream, "").replace("admin:", &notify);
    let mut process = Process::start(&folder, &configuration);
    process.gate("close");
    let _held = asking(&process, 1);
    process.eventually_holds(1);
    eventually("the hook is told", || hook.under_way() > 0);
    process.signal(Signal::TERM);
    eventually("it is not ready", || {
        process.admin("GET", "/readyz").status == 503
    });
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(1));
    let log = process.log();
    assert!(log.contains("hooks are not waited for"), "{log}");
    assert!(!log.contains("not every event was delivered"), "{log}");
}

#[test]
fn no_line_of_the_access_log_is_lost_by_an_end_at_once() {
    let folder = TempFolder::new();
    folder.write(
        "buffy.yaml",
        "version: 0.1
buffy:
  listen: {bind: 127.0.0.1, port: 0}
  log: {format: json, access: true}
endpoints:
  - {id: a, path: /, type: respond, response: [{name: ok, content: a}]}
",
    );
    let mut child = buffy(folder.path(), &["run"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    log.read_line(&mut first).unwrap();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    let address = first["address"].as_str().unwrap();
    let port = address.rsplit(':').next().unwrap().parse().unwrap();

    // Nobody reads the log meanwhile: what its pipe cannot hold waits in the process.
    let (batches, together) = (60, 100);
    let mut client = RawClient::connect(port);
    for _ in 0..batches {
        client.send(request("GET", "/", &[("Host", "a")], b"").repeat(together));
        (0..together).for_each(|_| assert_eq!(client.response().status, 200));
    }
    // Two kinds, so that they count as two: the end comes at once.
    for signal in [Signal::TERM, Signal::INT] {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }

    let lines = log.lines().map_while(Result::ok);
    let told = lines.filter(|line| line.contains("\"message\":\"request\""));
    assert_eq!(told.count(), batches * together);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_close_that_was_answered_outlives_kill_9() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    for round in 0..5 {
        let mut process = Process::start(&folder, &configuration);
        let answer = process.gate(&format!("close&reason=round-{round}"));
        process.signal(Signal::KILL);
        assert_eq!(answer.json()["persisted"], true);
        process.wait();

        let process = Process::start(&folder, &configuration);
        let status = process.admin("GET", "/_admin/status").json();
        let reasons = status["upstreams"][0]["operator"].to_string();
        assert!(reasons.contains(&format!("round-{round}")), "{reasons}");
        let mut client = asking(&process, 1);
        process.eventually_holds(1);
        assert_eq!(upstream.count(), 0);
        assert!(!client[0].has_answer());
    }
}
