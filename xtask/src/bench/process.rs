//! A server that the bench starts, measures and ends, by its id alone.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::folder::Folder;
use crate::command;

/// How long a server may take to be ready, and to leave.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Server {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `program`, on `core` if one is named, with its output in a log of its own.
    pub(super) fn start(
        name: &str,
        core: Option<usize>,
        program: &mut Command,
        folder: &Folder,
    ) -> Result<Server> {
        let log = folder.write(&format!("{name}.log"), "")?;
        let output = File::create(&log).with_context(|| format!("open {}", log.display()))?;
        let errors = output.try_clone().context("share the log")?;
        let child = on_core(core, program)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("start {name}"))?;
        Ok(Server {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// Waits until `ready` succeeds; what it last said is the error when it does not in time.
    pub(super) fn wait_for(&mut self, what: &str, ready: impl Fn() -> Result<()>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Err(error) = ready() else {
                return Ok(());
            };
            if let Some(status) = self.child.try_wait().context("look at the server")? {
                bail!("{} ended with {status}: {}", self.name, self.last_words());
            }
            if Instant::now() > deadline {
                let late = format!("{} is not {what} after {PATIENCE:?}", self.name);
                return Err(error.context(format!("{late}; it said: {}", self.last_words())));
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// User and system time of the server, its threads and its children, in seconds.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        let mut ticks = 0;
        for id in self.family()? {
            ticks += cpu_ticks(&read_proc(id, "stat")?).context("read the times of a process")?;
        }
        Ok(as_float(ticks) / as_float(ticks_per_second()?))
    }

    /// Resident memory of the server and its children, in bytes.
    pub(super) fn resident_bytes(&self) -> Result<f64> {
        let mut kibibytes = 0;
        for id in self.family()? {
            let status = read_proc(id, "status")?;
            kibibytes += resident_kibibytes(&status).context("read the memory of a process")?;
        }
        Ok(as_float(kibibytes) * 1024.0)
    }

    /// Open descriptors of the server itself.
    pub(super) fn descriptors(&self) -> Result<usize> {
        let path = format!("/proc/{}/fd", self.child.id());
        let open = fs::read_dir(&path).with_context(|| format!("list {path}"))?;
        Ok(open.count())
    }

    /// The server and what it started, and what that started.
    fn family(&self) -> Result<Vec<u32>> {
        let mut parents = Vec::new();
        for entry in fs::read_dir("/proc").context("list the processes")? {
            let name = entry.context("list the processes")?.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // A process may have ended since it was listed.
            if let Ok(stat) = read_proc(id, "stat")
                && let Some(parent) = parent(&stat)
            {
                parents.push((id, parent));
            }
        }
        let mut family = vec![self.child.id()];
        let mut grown = 0;
        while family.len() > grown {
            grown = family.len();
            for (id, parent) in &parents {
                if family.contains(parent) && !family.contains(id) {
                    family.push(*id);
                }
            }
        }
        Ok(family)
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
    }

    fn end(&mut self) -> Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let id = id.context("a process id is positive")?;
        // TERM first: nginx's master takes its worker along, which KILL would not let it do.
        kill_process(id, Signal::TERM).context("ask the server to end")?;
        let deadline = Instant::now() + PATIENCE;
        while self
            .child
            .try_wait()
            .context("wait for the server")?
            .is_none()
        {
            if Instant::now() > deadline {
                self.child.kill().context("kill the server")?;
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Err(error) = self.end() {
            eprintln!(
                "{} (process {}) may still run: {error:#}",
                self.name,
                self.child.id()
            );
        }
    }
}

/// `program` behind `taskset`, which becomes it: the id is the program's own.
pub(super) fn on_core(core: Option<usize>, program: &Command) -> Command {
    let mut pinned = match core {
        Some(core) => {
            let mut taskset = Command::new("taskset");
            taskset
                .args(["--cpu-list", &core.to_string()])
                .arg(program.get_program());
            taskset
        }
        None => Command::new(program.get_program()),
    };
    pinned.args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    pinned
}

/// Puts every thread of this process, and those that it will start, on `core`.
pub(super) fn pin_ourselves(core: usize) -> Result<()> {
    let id = std::process::id().to_string();
    let mut taskset = Command::new("taskset");
    taskset.args(["--all-tasks", "--cpu-list", "--pid", &core.to_string(), &id]);
    command::output(&mut taskset)?;
    Ok(())
}

fn read_proc(id: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{id}/{file}");
    fs::read_to_string(&path).with_context(|| format!("read {path}"))
}

/// The fields of `/proc/PID/stat` behind the name, which is in brackets and may hold anything.
fn stat_fields(stat: &str) -> Option<Vec<&str>> {
    stat.rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().collect())
}

fn parent(stat: &str) -> Option<u32> {
    stat_fields(stat)?.get(1)?.parse().ok()
}

fn cpu_ticks(stat: &str) -> Option<u64> {
    let fields = stat_fields(stat)?;
    let user: u64 = fields.get(11)?.parse().ok()?;
    let system: u64 = fields.get(12)?.parse().ok()?;
    Some(user + system)
}

fn resident_kibibytes(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn ticks_per_second() -> Result<u64> {
    let ticks = command::output(Command::new("getconf").arg("CLK_TCK"))?;
    ticks
        .trim()
        .parse()
        .with_context(|| format!("`getconf CLK_TCK` says {ticks}"))
}

/// Counts of ticks and of kibibytes are far below the 2^53 that a float holds exactly.
#[expect(
    clippy::cast_precision_loss,
    reason = "such counts stay far below 2^53"
)]
pub(super) fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_files_are_read() {
        let stat = "17 (a (b) c) S 4 17 17 0 -1 4194560 9 0 0 0 120 34 5 6 20 0 3 0 99 0 0";
        assert_eq!(parent(stat), Some(4));
        assert_eq!(cpu_ticks(stat), Some(154));
        assert_eq!(cpu_ticks("17 (a)"), None);
        assert_eq!(
            resident_kibibytes("Name:\ta\nVmRSS:\t    1236 kB\n"),
            Some(1236)
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_server_is_measured_with_its_children_and_ended_by_its_id() {
        let folder = Folder::new().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap 'kill $!' TERM; sleep 60 & echo ready; wait"]);
        let mut server = Server::start("shell", None, &mut shell, &folder).unwrap();
        let log = folder.path().join("shell.log");
        let ready = || {
            anyhow::ensure!(fs::read_to_string(&log)? == "ready\n", "silent");
            Ok(())
        };
        server.wait_for("ready", ready).unwrap();
        assert!(server.resident_bytes().unwrap() > 0.0);
        assert!(server.family().unwrap().len() > 1);
        assert!(server.cpu_seconds().unwrap() >= 0.0);
        assert!(server.descriptors().unwrap() > 0);
        server.end().unwrap();
        assert!(
            server
                .wait_for("back", || Err(anyhow::anyhow!("gone")))
                .is_err()
        );
    }
}
