//! The package in an empty Debian without systemd: installed, started by the command line of its
//! unit, removed.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use buffy_test::{FakeUpstream, RawClient, eventually, eventually_some};
use rustix::process::Signal;

use crate::debian::{PACKAGE, Root, on_network_of};
use crate::made::output;
use crate::service::Service;

const CONFIGURATION: &str = "/etc/buffy/buffy.yaml";
const UNIT: &str = "/usr/lib/systemd/system/buffy.service";

/// A Debian in which nothing of systemd is.
fn without_systemd() -> Root {
    let root = Root::unpack();
    root.call(&["dpkg", "--purge", "systemd", "libsystemd-shared"]);
    assert!(!root.file("/usr/bin/systemctl").exists());
    root
}

/// What is there now and was not.
fn more(root: &Root, before: &BTreeSet<String>) -> Vec<String> {
    root.files().difference(before).cloned().collect()
}

/// The value of the unit's setting.
fn setting(unit: &str, name: &str) -> String {
    let mut lines = unit
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let value = lines
        .next()
        .unwrap_or_else(|| panic!("the unit has no {name}"));
    value.to_owned()
}

/// The service as its unit starts it, on a network of its own.
fn start(root: &Root) -> Service {
    let unit = root.read(UNIT);
    let state = format!("/var/lib/{}", setting(&unit, "StateDirectory"));
    fs::create_dir_all(root.file(&state)).expect("the state has a folder");
    let up = "ip link set lo up && exec chroot \"$@\"";
    let mut service = Command::new("unshare");
    service
        .args(["--net", "/bin/sh", "-c", up, "sh"])
        .arg(root.path())
        .args(setting(&unit, "ExecStart").split_whitespace())
        .env_clear()
        .env("STATE_DIRECTORY", state);
    Service::start(&mut service)
}

#[test]
fn what_is_installed_runs_as_its_unit_says_and_is_removed_without_a_trace() {
    let root = without_systemd();
    let before = root.files();
    root.bring_package();
    root.call(&["dpkg", "--install", PACKAGE]);
    root.call(&["dpkg", "--verify", "buffy"]);

    let service = start(&root);
    let client = || RawClient::try_connect(7000).ok();
    let mut client = eventually_some("Buffy listens", || on_network_of(service.id(), client));
    let upstream = on_network_of(service.id(), FakeUpstream::absent);
    point(&root, &upstream);
    service.signal(Signal::HUP);
    client.get("/held");
    let held = || {
        let target = service.id().to_string();
        let inside = ["--target", &target, "--net", "--root", "buffy", "held"];
        output(Command::new("nsenter").args(inside)).contains("/held")
    };
    eventually("the request is held", held);
    upstream.listen();
    assert_eq!(client.response().status, 200);
    service.signal(Signal::TERM);
    assert!(service.wait().success());

    root.call(&["dpkg", "--remove", "buffy"]);
    let left = more(&root, &before);
    assert!(left.contains(&format!(".{CONFIGURATION}")), "{left:?}");
    assert!(
        !left.iter().any(|path| path.starts_with("./usr/")),
        "{left:?}"
    );
    root.call(&["dpkg", "--purge", "buffy"]);
    assert_eq!(more(&root, &before), Vec::<String>::new());
}

#[test]
fn what_an_administrator_changed_stays_when_it_is_installed_again() {
    let root = without_systemd();
    root.bring_package();
    root.call(&["dpkg", "--install", PACKAGE]);
    let changed = root.read(CONFIGURATION) + "# changed\n";
    fs::write(root.file(CONFIGURATION), &changed).expect("it can be written");
    root.call(&["dpkg", "--install", PACKAGE]);
    assert_eq!(root.read(CONFIGURATION), changed);
    root.call(&["dpkg", "--remove", "buffy"]);
    root.call(&["dpkg", "--install", PACKAGE]);
    assert_eq!(root.read(CONFIGURATION), changed);
}

/// Lets the installed configuration forward to an upstream.
fn point(root: &Root, upstream: &FakeUpstream) {
    let text = root.read(CONFIGURATION);
    let changed = text.replace("http://127.0.0.1:8080", &upstream.url());
    assert_ne!(text, changed);
    fs::write(root.file(CONFIGURATION), changed).expect("it can be written");
}
