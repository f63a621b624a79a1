//! What systemd and Buffy say to each other: sockets that are passed, notices that are sent.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use buffy_test::{DEADLINE, FakeUpstream, RawClient, TempFolder, eventually, for_a_while, get};
use rustix::process::Signal;

use crate::kit::{Process, buffy, forwarding, text};

/// A process that gets a socket as systemd passes it.
fn passing(folder: &TempFolder, configuration: &str, name: &str, socket: TcpListener) -> Process {
    let mut command = Command::new("/bin/sh");
    let passed = "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"";
    command
        .args(["-c", passed, "sh", env!("CARGO_BIN_EXE_buffy")])
        .args(["run", "-c", "buffy.yaml"])
        .env("LISTEN_FDNAMES", name)
        .current_dir(folder.path());
    let socket = Stdio::from(OwnedFd::from(socket));
    Process::start_with(folder, configuration, command, socket)
}

#[test]
fn a_socket_of_systemd_is_used() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    for name in ["public", "buffy.socket"] {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        // By its name, or by the address that is configured.
        let written = if name == "public" { 0 } else { port };
        let configuration = forwarding(&upstream, "  workers: 2\n");
        let configuration = configuration.replacen("port: 0", &format!("port: {written}"), 1);
        let process = passing(&folder, &configuration, name, socket);
        assert_eq!(process.port(), port, "{name}");
        assert_eq!(get(port, "/").status, 200);
    }
}

#[test]
fn a_socket_of_systemd_is_the_admins_by_its_name_or_address() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    for name in ["admin", "buffy-admin.socket"] {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let written = if name == "admin" { 0 } else { port };
        let configuration = forwarding(&upstream, "");
        let (listener, admin) = configuration.split_once("admin:").expect("there is one");
        let admin = admin.replacen("port: 0", &format!("port: {written}"), 1);
        let process = passing(&folder, &format!("{listener}admin:{admin}"), name, socket);
        assert_eq!(process.admin_port(), port, "{name}");
        assert_eq!(process.admin("GET", "/readyz").status, 200);
    }
}

/// Where systemd hears of a service.
struct Ear(UnixDatagram);

impl Ear {
    fn in_folder(folder: &TempFolder) -> Self {
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a path that is free");
        socket
            .set_read_timeout(Some(DEADLINE))
            .expect("a deadline above zero");
        Self(socket)
    }

    /// A Buffy that is told of it.
    fn starts(folder: &TempFolder, configuration: &str, more: &[(&str, &str)]) -> Process {
        let mut command = buffy(folder.path(), &["run", "-c", "buffy.yaml"]);
        command.env("NOTIFY_SOCKET", folder.path().join("notify"));
        command.envs(more.iter().copied());
        Process::start_by(folder, configuration, command)
    }

    /// The lines of the next notice.
    #[track_caller]
    fn next(&self) -> Vec<String> {
        let mut bytes = [0; 4096];
        let count = self.0.recv(&mut bytes).expect("a notice comes in time");
        let text = text(bytes.get(..count).unwrap_or_default());
        text.lines().map(str::to_owned).collect()
    }

    /// The next notice that has a line which begins so; what comes before it.
    #[track_caller]
    fn until(&self, begin: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let mut before = Vec::new();
        loop {
            let notice = self.next();
            if notice.iter().any(|line| line.starts_with(begin)) {
                return (notice, before);
            }
            before.push(notice);
        }
    }
}

#[test]
fn systemd_is_told_ready_reloading_status_and_stopping() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    let ear = Ear::in_folder(&folder);
    let configuration = forwarding(&upstream, "  shutdown: {delay: 1s, hold: 20s, grace: 3s}\n");
    let mut process = Ear::starts(&folder, &configuration, &[]);
    assert_eq!(ear.next(), ["READY=1"]);
    // It is true: whoever was waiting for it is served.
    let port = process.port();
    assert_eq!(get(port, "/").status, 200);
    let (_, before) = ear.until("STATUS=1 of 1 upstreams open; 0 requests held");
    let all_status = |notice: &Vec<String>| notice.iter().all(|line| line.starts_with("STATUS="));
    assert!(before.iter().all(all_status), "no beat unasked: {before:?}");

    process.gate("close&reason=test");
    let mut waits = RawClient::connect(port);
    waits.get("/");
    ear.until("STATUS=0 of 1 upstreams open; 1 requests held");

    process.signal(Signal::HUP);
    let (reloading, _) = ear.until("RELOADING=1");
    assert!(reloading[1].starts_with("MONOTONIC_USEC="), "{reloading:?}");
    assert_eq!(ear.until("READY=1").0, ["READY=1"]);

    process.signal(Signal::TERM);
    // A second, twenty and three, and what hooks and files have.
    let stopping = ["STOPPING=1", "EXTEND_TIMEOUT_USEC=44000000"];
    assert_eq!(ear.until("STOPPING=1").0, stopping);
    ear.until("STATUS=stopping; 1 requests held");
    process.gate("open");
    assert_eq!(waits.response().status, 200);
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn a_watchdog_hears_beats_while_everything_turns_and_none_while_it_does_not() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    let ear = Ear::in_folder(&folder);
    let configuration = forwarding(&upstream, "  workers: 2\n");
    let process = Ear::starts(&folder, &configuration, &[("WATCHDOG_USEC", "200000")]);
    assert_eq!(ear.next(), ["READY=1"]);
    for _ in 0..3 {
        assert_eq!(ear.until("WATCHDOG=1").0, ["WATCHDOG=1"]);
    }
    process.signal(Signal::STOP);
    let stat = format!("/proc/{}/stat", process.id());
    eventually("all its threads stand still", || {
        std::fs::read_to_string(&stat).unwrap().contains(") T ")
    });
    ear.0.set_nonblocking(true).unwrap();
    let hears = || ear.0.recv(&mut [0; 4096]).is_ok();
    while hears() {}
    for_a_while("it does not beat", Duration::from_millis(500), || !hears());
    ear.0.set_nonblocking(false).unwrap();
    process.signal(Signal::CONT);
    ear.until("WATCHDOG=1");
}

#[test]
fn a_watchdog_of_another_process_is_not_beaten_for() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    let ear = Ear::in_folder(&folder);
    let more = [("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1")];
    let process = Ear::starts(&folder, &forwarding(&upstream, ""), &more);
    assert_eq!(ear.next(), ["READY=1"]);
    process.gate("close");
    let (_, before) = ear.until("STATUS=0 of 1 upstreams open");
    let beats = |notice: &Vec<String>| notice.iter().any(|line| line.starts_with("WATCHDOG"));
    assert!(!before.iter().any(beats), "{before:?}");
}

#[test]
fn a_socket_of_notices_that_is_not_there_is_told_and_keeps_nobody() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    let process = Ear::starts(&folder, &forwarding(&upstream, ""), &[]);
    eventually("the log tells it", || {
        process.log().contains("systemd cannot be told")
    });
    assert_eq!(get(process.port(), "/").status, 200);
}
