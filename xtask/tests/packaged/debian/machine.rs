//! A machine: systemd as the first process of namespaces of its own.

use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use buffy_test::{eventually, eventually_some};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::root::Root;
use crate::made::{self, output};

/// Runs until the value goes, and everything in it goes then.
pub(crate) struct Machine {
    /// Kills the first process of the machine when it dies; the kernel ends the others.
    outer: Child,
    /// The first process, as it is called outside; 0 until there is one.
    init: u32,
    groups: Vec<PathBuf>,
    root: Root,
}

impl Machine {
    pub(crate) fn boot(root: Root) -> Self {
        let groups = groups(root.path());
        let script = made::root().join("xtask/tests/packaged/debian/boot.sh");
        let mut boot = Command::new("unshare");
        boot.args(["--fork", "--kill-child", "--mount", "--pid", "--net"])
            .args(["--uts", "--ipc", "--cgroup", "/bin/sh"])
            .arg(script)
            .arg(root.path());
        let outer = joining(&groups, &boot)
            .stdin(Stdio::null())
            .spawn()
            .expect("the machine starts");
        let children = format!("/proc/{0}/task/{0}/children", outer.id());
        // Before anything is waited for: what does not come true must end the machine, too.
        let mut machine = Self {
            outer,
            init: 0,
            groups,
            root,
        };
        machine.init = eventually_some("the machine has a first process", || {
            fs::read_to_string(&children).ok()?.trim().parse().ok()
        });
        eventually("systemd has started all of a basic system", || {
            let mut ask = machine.call(&["systemctl", "is-active", "basic.target"]);
            ask.stderr(Stdio::null())
                .output()
                .is_ok_and(|output| output.status.success())
        });
        machine
    }

    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    /// Runs a program in it to its end, which must be a good one, and gives what it printed.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> String {
        output(&mut self.call(&line.split_whitespace().collect::<Vec<_>>()))
    }

    /// A program in it.
    pub(crate) fn call(&self, words: &[&str]) -> Command {
        let mut call = Command::new("nsenter");
        call.args(["--mount", "--pid", "--net", "--uts", "--ipc", "--target"])
            .arg(self.init.to_string())
            .args(["env", "--ignore-environment", "--chdir=/"])
            .args([
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL=C",
                "DEBIAN_FRONTEND=noninteractive",
            ])
            .args(words);
        call
    }

    /// Acts on the machine's network: sockets that are opened there stay there.
    pub(crate) fn on_its_network<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        on_network_of(self.init, act)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if thread::panicking() && self.init != 0 {
            let journal = self
                .call(&["journalctl", "--no-pager", "--unit=buffy*"])
                .output();
            let journal = journal.map(|output| output.stdout).unwrap_or_default();
            eprintln!("{}", String::from_utf8_lossy(&journal));
        }
        drop(self.outer.kill());
        drop(self.outer.wait());
        for group in &self.groups {
            eventually("the machine's processes are gone", || {
                let mut remove = Command::new("find");
                remove
                    .arg(group)
                    .args(["-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
                drop(remove.stderr(Stdio::null()).status());
                !group.exists()
            });
        }
    }
}

/// Acts on a thread that is on the network of a process.
pub(crate) fn on_network_of<T: Send>(process: u32, act: impl FnOnce() -> T + Send) -> T {
    let network = File::open(format!("/proc/{process}/ns/net")).expect("the process runs");
    thread::scope(|scope| {
        let inside = scope.spawn(|| {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
                .expect("root may join a network");
            act()
        });
        inside
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// New control groups for a machine, in every tree in which systemd works.
fn groups(folder: &Path) -> Vec<PathBuf> {
    let top = Path::new("/sys/fs/cgroup");
    let trees = if top.join("cgroup.controllers").exists() {
        vec![top.to_owned()]
    } else {
        vec![top.join("systemd"), top.join("unified")]
    };
    let name = folder.file_name().expect("the folder has a name");
    let groups: Vec<PathBuf> = trees.iter().map(|tree| tree.join(name)).collect();
    for group in &groups {
        fs::create_dir_all(group).unwrap_or_else(|error| {
            let shown = group.display();
            panic!("{shown}: {error}: systemd needs control groups that can be written")
        });
    }
    groups
}

/// The command in these control groups, which it must be in before it leaves ours.
fn joining(groups: &[PathBuf], command: &Command) -> Command {
    let mut joining = Command::new("/bin/sh");
    let script =
        "while [ \"$1\" != -- ]; do echo $$ >\"$1/cgroup.procs\"; shift; done; shift; exec \"$@\"";
    joining.args(["-c", script, "sh"]).args(groups).arg("--");
    joining.arg(command.get_program()).args(command.get_args());
    joining
}
