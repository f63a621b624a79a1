//! The binary as a process.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use buffy_test::{
    FakeUpstream, RawClient, Response, TempFolder, count_of, eventually, eventually_some, request,
};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use serde_json::Value;

const BUFFY: &str = env!("CARGO_BIN_EXE_buffy");

/// The binary with these arguments, in a folder of its own. Whoever runs the tests in the background
/// ignores signals, which would be inherited.
pub(crate) fn buffy(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("env");
    if cfg!(target_os = "linux") {
        command.arg("--default-signal=HUP,INT,QUIT,TERM,USR1");
    }
    command
        .arg(BUFFY)
        .args(arguments)
        .current_dir(folder)
        .env_remove("STATE_DIRECTORY");
    command
}

/// Runs the binary to its end.
pub(crate) fn output(folder: &Path, arguments: &[&str]) -> Output {
    buffy(folder, arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs")
}

/// What a program wrote, as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running `buffy run -c buffy.yaml`; killed with the value.
pub(crate) struct Process {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts on a configuration's text; the folder holds the state too.
    pub(crate) fn start(folder: &TempFolder, configuration: &str) -> Self {
        Self::start_by(
            folder,
            configuration,
            buffy(folder.path(), &["run", "-c", "buffy.yaml"]),
        )
    }

    /// The same, by another command line.
    pub(crate) fn start_by(folder: &TempFolder, configuration: &str, command: Command) -> Self {
        Self::start_with(folder, configuration, command, Stdio::null())
    }

    /// The same, with something on its standard input.
    pub(crate) fn start_with(
        folder: &TempFolder,
        configuration: &str,
        mut command: Command,
        input: Stdio,
    ) -> Self {
        folder.write("buffy.yaml", configuration);
        let mut child = command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        follow(child.stdout.take().expect("it is piped"), &log);
        follow(child.stderr.take().expect("it is piped"), &log);
        Self { child, log }
    }

    /// Everything that it wrote so far.
    pub(crate) fn log(&self) -> String {
        self.lines().join("\n")
    }

    fn lines(&self) -> Vec<String> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The first listener's port, as the log says it.
    #[track_caller]
    pub(crate) fn port(&self) -> u16 {
        self.logged_port("listening")
    }

    /// The admin's port, as the log says it.
    #[track_caller]
    pub(crate) fn admin_port(&self) -> u16 {
        self.logged_port("admin API listening")
    }

    #[track_caller]
    fn logged_port(&self, message: &str) -> u16 {
        let of = |line: &String| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields").unwrap_or(&line);
            let said = fields["message"] == message;
            fields["address"]
                .as_str()
                .filter(|_| said)?
                .rsplit(':')
                .next()?
                .parse()
                .ok()
        };
        eventually_some("the log names the port", || {
            self.lines().iter().find_map(of)
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the admin listener.
    #[track_caller]
    pub(crate) fn admin(&self, method: &str, target: &str) -> Response {
        let message = request(method, target, &[("Host", "127.0.0.1")], b"");
        RawClient::connect(self.admin_port())
            .send(message)
            .response()
    }

    /// Moves the gate of `up`.
    #[track_caller]
    pub(crate) fn gate(&self, action: &str) -> Response {
        let answer = self.admin("POST", &format!("/_admin/gate?upstream=up&action={action}"));
        assert_eq!(answer.status, 200, "{action}: {}", answer.text());
        answer
    }

    /// One count of `/metrics`; 0 where it is not there (yet).
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> usize {
        count_of(&self.admin("GET", "/metrics").text(), name)
    }

    #[track_caller]
    pub(crate) fn eventually_holds(&self, count: usize) {
        eventually(&format!("{count} are held"), || {
            self.metric("buffy_held_requests{upstream=\"up\"}") == count
        });
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id fits");
        let id = Pid::from_raw(id).expect("a process id is not zero");
        kill_process(id, signal).expect("the process can be signalled");
    }

    /// Whether it has ended, without waiting.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("a child can be asked")
            .is_some()
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        eventually_some("the process ends", || {
            self.child.try_wait().expect("a child can be asked")
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.signal(Signal::KILL);
            drop(self.child.wait());
        }
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// One listener `public`, one upstream `up`, one endpoint on `/`; more of `buffy:` as YAML lines.
pub(crate) fn forwarding(upstream: &FakeUpstream, more: &str) -> String {
    format!(
        "version: 0.1
buffy:
  listen:
    id: public
    bind: 127.0.0.1
    port: 0
  admin:
    bind: 127.0.0.1
    port: 0
  log: {{format: json}}
{more}upstreams:
  - id: up
    endpoint: {}
    interval: 200
endpoints:
  - id: all
    path: /
    type: proxy
    upstream: [up]
    timeout: 60
",
        upstream.url()
    )
}

/// As many descriptors for this process as it may have.
pub(crate) fn raise_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )
    .expect("it may be raised");
}

fn follow(output: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) {
    let log = Arc::clone(log);
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        })
        .expect("a thread for the log");
}
