//! The tarball, unpacked where there is nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use buffy_test::{FakeUpstream, RawClient, TempFolder, eventually_some};

use crate::made::{output, product};
use crate::service::Service;

/// The archive that dist made.
fn archive() -> PathBuf {
    let sums = product("SHA256SUMS");
    let folder = sums.parent().expect("it is in a folder");
    let files = fs::read_dir(folder).expect("it can be listed").flatten();
    let mut archives = files
        .map(|file| file.path())
        .filter(|path| path.to_string_lossy().ends_with(".tar.gz"));
    archives.next().expect("dist makes a tarball")
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
fn it_runs_and_finds_names_where_there_is_nothing_but_random_bytes() {
    let folder = TempFolder::new();
    unpack(folder.path());
    for name in ["etc", "dev"] {
        fs::create_dir(folder.path().join(name)).expect("it is not in the tarball");
    }
    // A static program does not find out that its C library could ask the kernel for them.
    for (name, minor) in [("random", "8"), ("urandom", "9")] {
        let device = folder.path().join("dev").join(name);
        output(Command::new("mknod").arg(device).args(["c", "1", minor]));
    }
    folder.write("etc/hosts", "127.0.0.1 backend.test\n");
    let upstream = FakeUpstream::start();
    let started = fs::read_to_string(folder.path().join("buffy.yaml")).expect("it has a starter");
    let configuration = started
        .replace(
            "http://127.0.0.1:8080",
            &format!("http://backend.test:{}", upstream.port()),
        )
        .replace("port: 7000", "port: 0")
        .replace("port: 7001", "port: 0");
    folder.write("buffy.yaml", &configuration);
    let mut chroot = Command::new("chroot");
    chroot
        .arg(folder.path())
        .args([
            "/buffy",
            "run",
            "-c",
            "/buffy.yaml",
            "--port-file",
            "/ports",
        ])
        .stdout(Stdio::null())
        .env_clear();
    let _buffy = Service::start(&mut chroot);
    let port = eventually_some("Buffy listens", || {
        let ports = fs::read_to_string(folder.path().join("ports")).ok()?;
        let public = ports.lines().find(|line| !line.starts_with("admin "))?;
        public.rsplit(':').next()?.parse().ok()
    });
    let answer = RawClient::connect(port).get("/by-name").response();
    assert_eq!(answer.status, 200);
    let seen = upstream.requests();
    assert!(seen.iter().any(|request| request.target == "/by-name"));
}
