//! The tarball, unpacked where there is nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use buffy_test::{FakeUpstream, RawClient, TempFolder, eventually_some};

use crate::made::{output, product_ending, require_root};
use crate::service::Service;

/// The archive that dist made.
fn archive() -> PathBuf {
    product_ending(".tar.gz")
}

/// Unpacks it into a folder, without the folder that is in it.
fn unpack(folder: &Path) {
    let mut unpack = Command::new("tar");
    unpack.args(["--extract", "--strip-components=1", "--directory"]);
    output(unpack.arg(folder).arg("--file").arg(archive()));
}

#[test]
fn it_has_all_that_belongs_to_the_binary_and_nothing_of_the_machine_it_was_made_on() {
    let mut list = Command::new("tar");
    let listed = output(
        list.args(["--list", "--verbose", "--numeric-owner", "--file"])
            .arg(archive()),
    );
    let lines: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let times: Vec<_> = lines.iter().map(|line| (line[3], line[4])).collect();
    assert!(lines.iter().all(|line| line[1] == "0/0"), "{listed}");
    assert!(times.iter().all(|time| *time == times[0]), "{listed}");
    let (top, names): (Vec<_>, Vec<_>) = lines
        .iter()
        .filter_map(|line| line[5].split_once('/'))
        .unzip();
    assert!(
        top[0].starts_with("buffy-") && top.iter().all(|it| *it == top[0]),
        "{listed}"
    );
    for name in [
        "buffy",
        "buffy.yaml",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "THIRD-PARTY-LICENSES",
        "completions/_buffy",
        "completions/buffy.bash",
        "completions/buffy.fish",
        "man/man1/buffy.1",
        "man/man1/buffy-wait.1",
        "systemd/buffy.service",
    ] {
        assert!(names.contains(&name), "{name} is missing\n{listed}");
    }
    let executable = lines.iter().filter(|line| line[0].starts_with("-rwx"));
    assert_eq!(executable.count(), 1, "{listed}");
}

#[test]
fn it_runs_and_finds_names_where_there_is_nothing_else_at_all() {
    let folder = alone();
    asks_by_name(folder.path());
}

#[test]
fn it_loads_no_library_of_the_machine_to_find_a_name() {
    let folder = alone();
    folder.write("etc/nsswitch.conf", "hosts: trap files\n");
    // Who opens it waits for ever.
    let trap = folder.write("lib/libnss_trap.so.2", "");
    fs::remove_file(&trap).expect("it was written");
    output(Command::new("mkfifo").arg(trap));
    asks_by_name(folder.path());
}

/// The tarball in a folder, and a name for this machine.
fn alone() -> TempFolder {
    require_root();
    let folder = TempFolder::new();
    unpack(folder.path());
    for name in ["etc", "lib"] {
        fs::create_dir(folder.path().join(name)).expect("it is not in the tarball");
    }
    folder.write("etc/hosts", "127.0.0.1 backend.test\n");
    folder
}

/// Runs it with the folder as its root: it must forward to an upstream that it knows by name.
fn asks_by_name(folder: &Path) {
    let upstream = FakeUpstream::start();
    let file = folder.join("buffy.yaml");
    let configuration = fs::read_to_string(&file).expect("it has a starter");
    let named = format!("http://backend.test:{}", upstream.port());
    let configuration = configuration
        .replace("http://127.0.0.1:8080", &named)
        .replace("port: 7000", "port: 0")
        .replace("port: 7001", "port: 0");
    fs::write(file, configuration).expect("it can be written");
    let mut chroot = Command::new("chroot");
    chroot.arg(folder).args(["/buffy", "run"]);
    chroot.args(["-c", "/buffy.yaml", "--port-file", "/ports"]);
    let _buffy = Service::start(chroot.stdout(Stdio::null()).env_clear());
    let port = eventually_some("Buffy listens", || {
        let ports = fs::read_to_string(folder.join("ports")).ok()?;
        let public = ports.lines().find(|line| !line.starts_with("admin "))?;
        public.rsplit(':').next()?.parse().ok()
    });
    let answer = RawClient::connect(port).get("/by-name").response();
    assert_eq!(answer.status, 200);
    let seen = upstream.requests();
    assert!(seen.iter().any(|request| request.target == "/by-name"));
}
