//! Sockets that systemd passes.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use buffy_test::{FakeUpstream, TempFolder, get};

use crate::kit::{Process, forwarding};

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
