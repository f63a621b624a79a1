//! `buffy demo`, made short.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output, Stdio};

use buffy_test::TempFolder;
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{buffy, text};

/// In a folder that is its temporary one too, so that what it leaves behind is seen.
fn demo(folder: &TempFolder, arguments: &[&str]) -> Command {
    let mut command = buffy(folder.path(), &["demo"]);
    command
        .args(arguments)
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null());
    command
}

fn output(folder: &TempFolder, arguments: &[&str]) -> Output {
    demo(folder, arguments).output().expect("the binary runs")
}

/// The line for programs, by name.
fn counts(said: &str) -> BTreeMap<&str, &str> {
    let line = said.lines().find_map(|line| line.strip_prefix("counts: "));
    let line = line.unwrap_or_else(|| panic!("a line of counts in: {said}"));
    let pairs = line.split(' ').map(|pair| pair.split_once('='));
    pairs
        .collect::<Option<_>>()
        .unwrap_or_else(|| panic!("names and values in: {line}"))
}

#[track_caller]
fn count(said: &str, name: &str) -> u64 {
    let count = counts(said).get(name).and_then(|count| count.parse().ok());
    count.unwrap_or_else(|| panic!("a number called {name} in: {said}"))
}

#[test]
fn a_deploy_under_load_loses_nothing_and_leaves_nothing_behind() {
    let folder = TempFolder::new();
    let options = ["--rate", "100", "--deploys", "1", "--down", "0.3s"];
    let output = output(&folder, &options);
    let said = text(&output.stdout);
    let complaints = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}{complaints}");
    assert_eq!(complaints, "");
    assert_eq!(
        count(&said, "sent"),
        count(&said, "answered") + count(&said, "cut") + count(&said, "lost"),
        "{said}"
    );
    assert_eq!(
        (count(&said, "lost"), count(&said, "doubled")),
        (0, 0),
        "{said}"
    );
    // About 430 by the plan; a busy machine may send them late, but sends them.
    assert!(count(&said, "sent") > 300, "{said}");
    assert!(
        count(&said, "held") > 0,
        "some came while the backend was away: {said}"
    );
    let wait = counts(&said)["longest_wait"].parse::<f64>();
    assert!(wait.is_ok_and(|seconds| seconds > 0.0), "{said}");
    for event in ["v1 is up", "v1 is killed", "v2 is up", "Nothing was lost"] {
        assert!(said.contains(event), "{event} in: {said}");
    }
    assert!(
        !said.contains('\x1b'),
        "no escapes where there is no terminal: {said}"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "its folder is gone"
    );
}

#[test]
fn a_thousand_requests_a_second_across_two_deploys_lose_nothing() {
    let folder = TempFolder::new();
    let options = ["--rate", "1000", "--deploys", "2", "--down", "1s"];
    let output = output(&folder, &options);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let of = |name| count(&said, name);
    assert_eq!((of("lost"), of("doubled")), (0, 0), "{said}");
    assert_eq!(of("sent"), of("answered") + of("cut"), "{said}");
    // About 8,500 by the plan; a busy machine may send them late, but sends them.
    assert!(of("sent") > 4_000 && of("held") > 500, "{said}");
}

#[test]
fn an_interrupt_ends_it_and_what_was_sent_is_answered() {
    let folder = TempFolder::new();
    let options = ["--rate", "100", "--deploys", "1", "--down", "5s"];
    let mut command = demo(&folder, &options);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("v1 is killed") {
        assert_ne!(
            lines.read_line(&mut said).unwrap(),
            0,
            "it ended too early: {said}"
        );
    }
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
    lines.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert_eq!(
        count(&said, "sent"),
        count(&said, "answered") + count(&said, "cut"),
        "{said}"
    );
    assert!(said.contains("ended before its end"), "{said}");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "its folder is gone"
    );
}

#[test]
fn options_that_make_no_sense_are_told_what_would() {
    let folder = TempFolder::new();
    for (option, value, hint) in [
        ("--rate", "0", "1..=1000"),
        ("--rate", "1001", "1..=1000"),
        ("--deploys", "0", "1..=9"),
        ("--down", "1.5", "100ms to 5s"),
        ("--down", "1h", "100ms to 5s"),
    ] {
        let output = output(&folder, &[option, value]);
        let complaints = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{option} {value}");
        assert!(complaints.contains(hint), "{option} {value}: {complaints}");
    }
}
