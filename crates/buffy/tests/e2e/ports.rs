//! Ports that the command line says, and the file that tells which they are.

use std::net::SocketAddr;

use buffy_test::{FakeUpstream, TempFolder, eventually, eventually_some, get};
use rustix::process::Signal;

use crate::kit::{Process, buffy, forwarding, output, text};

/// What the file tells, by name.
#[track_caller]
fn told(folder: &TempFolder) -> Vec<(String, SocketAddr)> {
    let path = folder.path().join("ports");
    let text = eventually_some("the port file is there", || {
        std::fs::read_to_string(&path).ok()
    });
    let lines = text.lines().map(|line| {
        let (name, address) = line.split_once(' ').expect("a name and an address");
        (name.to_owned(), address.parse().expect("an address"))
    });
    lines.collect()
}

fn run(folder: &TempFolder, configuration: &str, more: &[&str]) -> Process {
    let words = [&["run", "-c", "buffy.yaml", "--port-file", "ports"], more].concat();
    Process::start_by(folder, configuration, buffy(folder.path(), &words))
}

#[test]
fn the_port_file_tells_each_listener_and_the_admin_once_they_answer() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    // Of one that was killed: nobody may take it for this one's.
    folder.write("ports", "public 127.0.0.1:1\n");
    let process = run(&folder, &forwarding(&upstream, ""), &[]);
    assert_eq!(process.port(), told(&folder)[0].1.port());
    let told = told(&folder);
    let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["public", "admin"]);
    assert_eq!(get(told[0].1.port(), "/").status, 200);
    assert_eq!(process.admin_port(), told[1].1.port());
    assert_eq!(process.admin("GET", "/readyz").status, 200);
}

#[test]
fn the_port_on_the_command_line_goes_before_the_files_and_survives_a_reload() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    // A port that nobody may have without asking: the file's is not taken.
    let configuration = forwarding(&upstream, "").replacen("port: 0", "port: 1", 1);
    let process = run(&folder, &configuration, &["--port", "0"]);
    let port = told(&folder)[0].1.port();
    assert_ne!(port, 1);
    assert_eq!(get(port, "/").status, 200);

    folder.write(
        "buffy.yaml",
        &configuration.replace("timeout: 60", "timeout: 61"),
    );
    process.signal(Signal::HUP);
    eventually("the configuration is reloaded", || {
        process.log().contains("the configuration was reloaded")
    });
    assert_eq!(get(port, "/").status, 200);
}

#[test]
fn a_port_for_several_listeners_is_refused_and_none_is_bound() {
    let folder = TempFolder::new();
    folder.write(
        "buffy.yaml",
        "version: 0.1
buffy:
  listen:
    - {id: one, bind: 127.0.0.1, port: 0}
    - {id: two, bind: 127.0.0.1, port: 0}
endpoints:
  - {id: a, path: /a, type: respond, response: [{name: ok, return_code: 200, content: a}]}
",
    );
    let refused = output(folder.path(), &["run", "-c", "buffy.yaml", "--port", "0"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("has 2 (one, two)"), "{said}");
}

#[test]
fn a_port_file_that_cannot_be_written_ends_it() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    folder.write("buffy.yaml", &forwarding(&upstream, ""));
    let words = ["run", "-c", "buffy.yaml", "--port-file", "nowhere/ports"];
    let refused = output(folder.path(), &words);
    assert_eq!(refused.status.code(), Some(78));
    let said = text(&refused.stderr);
    assert!(said.contains("nowhere/ports cannot be written"), "{said}");
}
