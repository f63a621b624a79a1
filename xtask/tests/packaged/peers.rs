//! What `docs/compare/proxies.md` says that others do, they do: their own programs, with the files of
//! `examples/compare`, and Buffy beside them.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use buffy_test::{FakeUpstream, RawClient, TempFolder, eventually, get};

use crate::made::{product, root};

/// How long nothing listens, after the requests came.
const WAITED: Duration = Duration::from_millis(500);

#[test]
fn buffy_holds_a_get_and_a_post() {
    let buffy = product("buffy");
    let run = |file: &Path| program(&buffy, ["run".as_ref(), "-c".as_ref(), file.as_os_str()]);
    assert_eq!(outage("buffy.yaml", run), [200, 200]);
}

#[test]
fn haproxy_tries_both_again_until_they_are_answered() {
    assert_eq!(outage("haproxy.cfg", haproxy), [200, 200]);
}

#[test]
fn haproxy_refuses_at_once_when_its_checks_find_the_only_server_down() {
    let (folder, port, _upstream) = stage("haproxy.cfg");
    let file = folder.path().join("haproxy.cfg");
    let text = fs::read_to_string(&file).expect("it is there");
    let checked = text.replace("maxconn 20", "maxconn 20 check inter 50 fall 1");
    assert_ne!(checked, text);
    let file = folder.write("checked.cfg", &checked);
    let mut haproxy = haproxy(&file);
    let _program = Running::start(&mut haproxy, &folder, port);
    eventually("a GET is refused", || get(port, "/").status == 503);
}

#[test]
fn caddy_tries_both_again_and_has_lost_the_body_of_the_post() {
    assert_eq!(outage("Caddyfile", caddy), [200, 502]);
}

#[test]
fn caddy_drops_a_get_whose_client_has_left_when_it_tries_again() {
    let (folder, port, upstream) = stage("Caddyfile");
    let mut caddy = caddy(&folder.path().join("Caddyfile"));
    let _program = Running::start(&mut caddy, &folder, port);
    let mut leaver = RawClient::connect(port);
    leaver.get("/left");
    let mut stayer = RawClient::connect(port);
    stayer.get("/stayed");
    stayer.stays_silent(WAITED);
    drop(leaver);
    stayer.stays_silent(WAITED);
    upstream.listen();
    assert_eq!(stayer.response().status, 200);
    stayer.stays_silent(WAITED);
    let came = upstream.requests();
    assert!(came.iter().all(|one| one.target == "/stayed"), "{came:?}");
}

#[test]
fn nginx_refuses_both_at_once() {
    let (folder, port, _upstream) = stage("nginx.conf");
    let mut nginx = program("nginx".as_ref(), ["-e", "stderr", "-p"].map(OsStr::new));
    nginx
        .arg(folder.path())
        .arg("-c")
        .arg(folder.path().join("nginx.conf"));
    let _program = Running::start(
        nginx.args(["-g", "daemon off; pid nginx.pid;"]),
        &folder,
        port,
    );
    assert_eq!(RawClient::connect(port).get("/").response().status, 502);
    let mut client = RawClient::connect(port);
    assert_eq!(client.post("/", b"{}").response().status, 502);
}

/// The statuses of a GET and of a POST that come before their backend does, and so wait for it.
fn outage(file: &str, run: impl Fn(&Path) -> Command) -> [u16; 2] {
    let (folder, port, upstream) = stage(file);
    let _program = Running::start(&mut run(&folder.path().join(file)), &folder, port);
    let (mut reader, mut writer) = (RawClient::connect(port), RawClient::connect(port));
    reader.get("/");
    writer.post("/", b"{}");
    reader.stays_silent(WAITED);
    assert!(!writer.has_answer(), "{:?}", writer.response());
    upstream.listen();
    [reader.response().status, writer.response().status]
}

/// A copy of the file with ports of its own, in a folder of its own, and an upstream that is not there
/// yet.
fn stage(file: &str) -> (TempFolder, u16, FakeUpstream) {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::absent();
    let free = || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.local_addr().expect("it has an address").port()
    };
    let (port, admin) = (free(), free());
    let text = fs::read_to_string(root().join("examples/compare").join(file)).expect("it is there");
    let text = text
        .replace("7000", &port.to_string())
        .replace("7001", &admin.to_string())
        .replace("8080", &upstream.port().to_string());
    folder.write(file, &text);
    (folder, port, upstream)
}

fn caddy(file: &Path) -> Command {
    let options = "run --adapter caddyfile --config"
        .split(' ')
        .map(OsStr::new);
    program("caddy".as_ref(), options.chain([file.as_os_str()]))
}

fn haproxy(file: &Path) -> Command {
    let options = ["-db".as_ref(), "-f".as_ref(), file.as_os_str()];
    program("haproxy".as_ref(), options)
}

fn program<'a>(name: &Path, arguments: impl IntoIterator<Item = &'a OsStr>) -> Command {
    // Servers live in folders that are not on everybody's PATH.
    let mut command = Command::new("env");
    let path = std::env::var("PATH").unwrap_or_default();
    command.arg(format!("PATH={path}:/usr/sbin:/sbin"));
    command.arg(name).args(arguments);
    command
}

/// A program of this test; ended with it, by its id.
struct Running(Child);

impl Running {
    /// Waits until it accepts connections.
    fn start(command: &mut Command, folder: &TempFolder, port: u16) -> Running {
        let child = command
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let running = Running(child);
        eventually("it accepts connections", || {
            RawClient::try_connect(port).is_ok()
        });
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = rustix::process::Pid::from_child(&self.0);
        // nginx takes its worker along then, which KILL would not let it do.
        let asked = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        assert!(asked.is_ok() || std::thread::panicking(), "{asked:?}");
        drop(self.0.wait());
    }
}
