//! An example as its reader runs it: in a folder of its own, on ports of its own.

use std::collections::BTreeMap;
use std::env::{join_paths, split_paths, var_os};
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use buffy_test::{
    FakeUpstream, RawClient, TempFolder, count_of, eventually, eventually_some, request,
};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::verb::{Said, run};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
/// The ports that examples use: Buffy's, its admin API's, and those of backends.
const PORTS: [u16; 5] = [7000, 7001, 8080, 8081, 8082];

/// What the programs of a recipe write.
const LOG: &str = "programs.log";

/// A folder of `examples`, copied, with free ports in place of [`PORTS`].
pub(crate) struct Recipe {
    folder: TempFolder,
    /// Keep the ports of programs that come and go.
    ports: BTreeMap<u16, FakeUpstream>,
}

impl Recipe {
    /// The example of this name.
    pub(crate) fn of(name: &str) -> Self {
        let ports = PORTS.map(|port| (port, FakeUpstream::absent()));
        let recipe = Self {
            folder: TempFolder::new(),
            ports: ports.into_iter().collect(),
        };
        recipe.copy(&Path::new(EXAMPLES).join(name), recipe.path());
        recipe
    }

    fn copy(&self, from: &Path, to: &Path) {
        for entry in fs::read_dir(from).expect("the example is there") {
            let from = entry.expect("it can be listed").path();
            let to = to.join(from.file_name().expect("an entry has a name"));
            if from.ends_with("state") {
                continue; // of somebody who ran the example where it is
            }
            if from.is_dir() {
                fs::create_dir_all(&to).expect("a folder");
                self.copy(&from, &to);
                continue;
            }
            // Copied first, for the permissions of scripts.
            fs::copy(&from, &to).expect("a file of the example");
            if let Ok(text) = fs::read_to_string(&from) {
                fs::write(&to, self.moved(&text)).expect("its copy");
            }
        }
    }

    /// The text with this recipe's ports in place of the example's.
    pub(crate) fn moved(&self, text: &str) -> String {
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let pieces = text.as_bytes().chunk_by(|a, b| is_digit(a) == is_digit(b));
        let bytes: Vec<u8> = pieces
            .flat_map(|piece| {
                let number = std::str::from_utf8(piece)
                    .ok()
                    .and_then(|it| it.parse().ok());
                match number.and_then(|number: u16| self.ports.get(&number)) {
                    Some(own) => own.port().to_string().into_bytes(),
                    None => piece.to_vec(),
                }
            })
            .collect();
        String::from_utf8(bytes).expect("it was text")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the folder, as it is now.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Saves a file of the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        self.folder.write(name, &self.moved(text));
    }

    /// The own port in place of one of the example's.
    pub(crate) fn port(&self, of: u16) -> u16 {
        self.ports.get(&of).expect("an example's port").port()
    }

    /// A script for a shell, in the folder: `buffy` is the binary under test.
    pub(crate) fn sh(&self, script: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_buffy"));
        let own = binary.parent().expect("it is in a folder").to_owned();
        // Debian's tools before those that somebody put in front of them.
        let folders = [own, PathBuf::from("/usr/bin"), PathBuf::from("/bin")].into_iter();
        let others = var_os("PATH").unwrap_or_default();
        let path = join_paths(folders.chain(split_paths(&others))).expect("a PATH");
        let mut command = Command::new("sh");
        command
            .args(["-euc", &self.moved(script)])
            .current_dir(self.path())
            .env("PATH", path)
            .stdin(Stdio::null());
        for name in ["BUFFY_ADMIN", "BUFFY_TOKEN", "STATE_DIRECTORY"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a script to its end.
    pub(crate) fn runs(&self, script: &str) -> Said {
        run(self.sh(script))
    }

    /// Starts a command that goes on; it and what it starts are killed with the value.
    pub(crate) fn starts(&self, command: &str) -> Program {
        let mut shell = self.sh(&format!("exec {command}"));
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.path().join(LOG))
            .expect("a log");
        shell
            .process_group(0)
            .stdout(log.try_clone().expect("a descriptor"))
            .stderr(log);
        Program(shell.spawn().expect("a shell runs"))
    }

    /// Starts `buffy run` with the example's file, and waits until it takes requests.
    pub(crate) fn buffy(&self) -> Program {
        self.buffy_with("")
    }

    /// The same, with `NAME=VALUE` in its environment.
    pub(crate) fn buffy_with(&self, variables: &str) -> Program {
        let program = self.starts(&format!("env {variables} buffy run"));
        eventually("Buffy is ready", || self.admin("/readyz").is_some());
        program
    }

    /// What the admin API answers to a GET with 200.
    pub(crate) fn admin(&self, target: &str) -> Option<Value> {
        let mut client = RawClient::try_connect(self.port(7001)).ok()?;
        let message = request("GET", target, &[("Host", "127.0.0.1")], b"");
        let answer = client.send(message).try_response().ok()?;
        let body = answer.text();
        (answer.status == 200).then(|| serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    /// A gate in a word.
    #[track_caller]
    pub(crate) fn gate(&self, upstream: &str) -> String {
        let gate = self.admin(&format!("/_admin/api/v1/gates/{upstream}"));
        let gate = gate.expect("the admin API answers");
        let word = gate.get("gate").and_then(Value::as_str);
        word.expect("a gate has a word").to_owned()
    }

    /// Waits until a gate lets requests pass.
    #[track_caller]
    pub(crate) fn eventually_open(&self, upstream: &str) {
        eventually("the gate is open", || self.gate(upstream) == "open");
    }

    /// How many wait at an upstream now.
    #[track_caller]
    pub(crate) fn held(&self, upstream: &str) -> usize {
        let metrics = self.metrics();
        count_of(
            &metrics,
            &format!("buffy_held_requests{{upstream=\"{upstream}\"}}"),
        )
    }

    /// A line of `/metrics`; 0 where there is none (yet).
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let metrics = self.metrics();
        let value = metrics.lines().find_map(|line| line.strip_prefix(name));
        value.map_or(0.0, |value| value.trim().parse().expect("a number"))
    }

    fn metrics(&self) -> String {
        let metrics = self.admin("/metrics").expect("the admin API answers");
        metrics.as_str().unwrap_or_default().to_owned()
    }

    /// What the programs wrote so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join(LOG)).unwrap_or_default()
    }
}

impl Drop for Recipe {
    fn drop(&mut self) {
        // What scripts left running, they wrote down; where it has ended already, nothing is to do.
        let running = "for one in ./*.pid; do kill -9 \"$(cat \"$one\")\" || true; done";
        self.sh(running).stderr(Stdio::null()).status().ok();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// A program of a recipe.
pub(crate) struct Program(Child);

impl Program {
    /// Waits until it has ended, with this exit code.
    #[track_caller]
    pub(crate) fn ended(mut self, code: i32) {
        let status = eventually_some("it ends", || self.0.try_wait().expect("it is ours"));
        assert_eq!(status.code(), Some(code));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let id = i32::try_from(self.0.id()).expect("a process id fits");
        let id = Pid::from_raw(id).expect("a process id is not zero");
        // The whole group: a script may have started others. None is left where all have ended.
        kill_process_group(id, Signal::KILL).ok();
        drop(self.0.wait());
    }
}
