//! What the command line says, and how it ends.

use std::net::TcpListener;

use buffy_test::{FakeUpstream, RawClient, TempFolder, eventually, eventually_some};

use crate::kit::{Process, buffy, forwarding, output, text};

const GOOD: &str = "version: 0.1
buffy:
  listen: {id: public, bind: 127.0.0.1, port: 0}
endpoints:
  - {id: a, path: /a, type: respond, response: [{name: ok, return_code: 200, content: a}]}
";

#[test]
fn it_tells_its_version() {
    let folder = TempFolder::new();
    let long = output(folder.path(), &["version"]);
    assert_eq!(long.status.code(), Some(0));
    assert!(
        text(&long.stdout).contains(env!("CARGO_PKG_VERSION")),
        "{}",
        text(&long.stdout)
    );
    let short = output(folder.path(), &["-v"]);
    assert_eq!((short.status.code(), short.stdout), (Some(0), long.stdout));
}

#[test]
fn what_is_no_command_is_2() {
    let folder = TempFolder::new();
    for arguments in [
        &["frobnicate"][..],
        &["run", "--nonsense"],
        &["check", "a", "b"],
    ] {
        let output = output(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            !output.stderr.is_empty() && output.stdout.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn check_says_that_a_good_file_is_good() {
    let folder = TempFolder::new();
    folder.write("good.yaml", GOOD);
    let checked = output(folder.path(), &["check", "good.yaml"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    assert!(
        !folder.path().join("state").exists(),
        "a check has no side effect"
    );
}

#[test]
fn check_reports_every_problem_at_once_each_with_its_place() {
    let folder = TempFolder::new();
    folder.write(
        "bad.yaml",
        "version: 0.1
buffy:
  listen: {id: public, bind: 127.0.0.1, port: 0}
  shutdwn: {}
endpoints:
  - {id: a, path: /a, type: proxy, upstream: [nobody]}
",
    );
    let checked = output(folder.path(), &["check", "bad.yaml"]);
    assert_eq!(checked.status.code(), Some(78));
    let said = text(&checked.stderr) + &text(&checked.stdout);
    assert!(
        said.contains("bad.yaml:4:") && said.contains("shutdown"),
        "{said}"
    );
    assert!(
        said.contains("bad.yaml:6:") && said.contains("nobody"),
        "{said}"
    );
    assert!(
        said.contains("^^^"),
        "the offending text is underlined: {said}"
    );

    let run = output(folder.path(), &["run", "-c", "bad.yaml"]);
    assert_eq!(run.status.code(), Some(78));
    let said = text(&run.stderr) + &text(&run.stdout);
    assert!(
        said.contains("bad.yaml:4:") && said.contains("bad.yaml:6:"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = TempFolder::new();
    for arguments in [&["check", "absent.yaml"][..], &["run", "-c", "absent.yaml"]] {
        let output = output(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(78), "{arguments:?}");
        assert!(
            text(&output.stderr).contains("absent.yaml"),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn config_schema_prints_a_json_schema() {
    let folder = TempFolder::new();
    let schema = output(folder.path(), &["config", "schema"]);
    assert_eq!(schema.status.code(), Some(0));
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(schema["$schema"].as_str().unwrap().contains("draft-07"));
    assert!(schema["properties"]["upstreams"].is_object());
}

#[test]
fn a_port_that_is_taken_ends_the_start_and_names_listener_line_and_port() {
    let folder = TempFolder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    folder.write(
        "buffy.yaml",
        &GOOD.replace("port: 0", &format!("port: {port}")),
    );
    let output = output(folder.path(), &["run", "-c", "buffy.yaml"]);
    assert_ne!(output.status.code(), Some(0));
    let said = text(&output.stderr) + &text(&output.stdout);
    assert!(said.contains("public") && said.contains('3'), "{said}");
    assert!(
        said.contains(&port.to_string()) && said.contains("in use"),
        "{said}"
    );
}

#[test]
fn the_state_of_one_buffy_is_not_anothers() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "  state_dir: ./kept\n");
    let mut first = Process::start(&folder, &configuration);
    first.gate("close");
    let second = output(folder.path(), &["run", "-c", "buffy.yaml"]);
    assert_ne!(second.status.code(), Some(0));
    let said = text(&second.stderr) + &text(&second.stdout);
    assert!(said.contains("kept"), "{said}");
    assert!(
        said.contains(&first.id().to_string()),
        "it names the pid: {said}"
    );
    assert!(!first.has_ended());
}

#[cfg(target_os = "linux")]
#[test]
fn a_state_that_cannot_be_kept_is_no_reason_not_to_run() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    // Nobody makes a folder there, whoever runs this.
    let process = Process::start(
        &folder,
        &forwarding(&upstream, "  state_dir: /proc/buffy\n"),
    );
    assert_eq!(buffy_test::get(process.port(), "/x").text(), "GET /x");
    assert_eq!(process.gate("close").json()["persisted"], false);
    assert_eq!(
        process.admin("GET", "/_admin/status").json()["persisted"],
        false
    );
    assert!(
        process.log().contains("/proc/buffy"),
        "it is said in the log"
    );
}

#[test]
fn the_access_log_has_a_line_for_each_request_and_no_secrets() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration =
        forwarding(&upstream, "").replace("{format: json}", "{format: json, access: true}");
    let process = Process::start(&folder, &configuration);
    eventually("the gate is open", || {
        process.metric("buffy_gate_open{upstream=\"up\"}") == 1
    });
    let fields = [
        ("Authorization", "Bearer hushhush"),
        ("X-Request-Id", "kept-1"),
    ];
    let mut client = RawClient::connect(process.port());
    client.get_with("/seen?token=hushhush", &fields);
    assert_eq!(client.response().status, 200);
    process.gate("close");
    let mut leaver = RawClient::connect(process.port());
    leaver.get("/left");
    process.eventually_holds(1);
    drop(leaver);
    let line = |path: &str| {
        let log = process.log();
        let found = log
            .lines()
            .find(|line| line.contains(path))
            .map(str::to_owned);
        found.map(|line| serde_json::from_str::<serde_json::Value>(&line).expect("it is JSON"))
    };
    let seen = eventually_some("the line", || line("/seen"));
    assert_eq!(
        (&seen["outcome"], &seen["status"]),
        (&"forwarded".into(), &200.into())
    );
    assert_eq!(
        (&seen["request_id"], &seen["endpoint"]),
        (&"kept-1".into(), &"all".into())
    );
    let left = eventually_some("the leaver's line", || line("/left"));
    assert_eq!(
        (&left["outcome"], &left["status"]),
        (&"client_gone".into(), &499.into())
    );
    assert!(left["hold_ms"].is_u64());
    assert!(!process.log().contains("hushhush"));
}

#[test]
fn the_earlier_command_line_still_runs() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let command = buffy(folder.path(), &["-c", "buffy.yaml"]);
    let process = Process::start_by(&folder, &forwarding(&upstream, ""), command);
    assert_eq!(buffy_test::get(process.port(), "/x").text(), "GET /x");
}

#[test]
fn the_first_line_of_the_log_is_what_was_restored() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    let mut process = Process::start(&folder, &configuration);
    process.gate("close&reason=migration");
    process.signal(rustix::process::Signal::TERM);
    assert!(process.wait().success());
    let process = Process::start(&folder, &configuration);
    process.port();
    let log = process.log();
    assert!(log.lines().next().unwrap().contains("migration"), "{log}");
}

#[test]
fn an_address_of_another_machine_is_told_as_such() {
    let folder = TempFolder::new();
    // Of the range for documentation (RFC 5737): nobody has it.
    folder.write("buffy.yaml", &GOOD.replace("127.0.0.1", "192.0.2.1"));
    let output = output(folder.path(), &["run", "-c", "buffy.yaml"]);
    assert_eq!(output.status.code(), Some(78));
    let said = text(&output.stderr);
    assert!(said.contains("this machine has no such address"), "{said}");
}
