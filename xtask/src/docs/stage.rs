//! Where pages are played: a folder with the examples, a network and processes of their own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::page::Page;
use super::script::Script;
use crate::command;

/// Longer than any page takes; one that waits for what never comes is told after it.
const PATIENCE: Duration = Duration::from_mins(3);

/// The folders of pages. Removed at the end.
#[derive(Debug)]
pub(super) struct Stage {
    folder: PathBuf,
    path: std::ffi::OsString,
}

impl Stage {
    /// `binaries` has the `buffy` that pages call.
    pub(super) fn new(binaries: &Path) -> Result<Stage> {
        let folder = std::env::temp_dir().join(format!("buffy-docs-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let usual = std::env::var_os("PATH").unwrap_or_default();
        // Users' paths often lack the folders that `ip` is in.
        let path = [binaries.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&usual))
            .chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
        let path = std::env::join_paths(path).context("put `buffy` on the path")?;
        Ok(Stage { folder, path })
    }

    /// Runs what `page` shows; the error has what it printed.
    pub(super) fn play(&self, page: &Page) -> Result<()> {
        let name = page.path.replace(['/', '.'], "-");
        let printed = self.folder.join(format!("{name}-printed"));
        let script = Script::of(page, &printed.display().to_string())?;
        if !page.blocks.iter().any(super::block::Block::is_run) {
            return Ok(());
        }
        let home = self.folder.join(&name);
        fs::create_dir_all(&home).context("make the folder of a page")?;
        fs::create_dir_all(&printed).context("make the folder for what a page prints")?;
        let examples = command::root().join("examples");
        command::output(Command::new("cp").arg("-R").arg(&examples).arg(&home))?;
        let file = self.folder.join(format!("{name}.sh"));
        fs::write(&file, &script.text).context("write the script of a page")?;
        let log = self.folder.join(format!("{name}.log"));
        let outcome = self.shell(&file, &home, &log);
        let said = fs::read_to_string(&log).unwrap_or_default();
        outcome.with_context(|| format!("{}: its commands printed\n{said}", page.path))?;
        for (number, console) in script.consoles.iter().enumerate() {
            let path = printed.join(number.to_string());
            let text = fs::read_to_string(&path).context("read what a command printed")?;
            console.check(&text)?;
        }
        Ok(())
    }

    /// Runs a script alone: its own loopback, and nothing that it starts outlives it.
    fn shell(&self, script: &Path, home: &Path, log: &Path) -> Result<()> {
        let output = File::create(log).context("make the log of a page")?;
        let mut unshare = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            unshare.arg("--map-root-user");
        }
        unshare.args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc"]);
        unshare.args(["sh", "-c", "ip link set lo up && exec sh \"$1\"", "sh"]);
        unshare
            .arg(script)
            .current_dir(home)
            .env("PATH", &self.path)
            .env("HOME", home)
            .env_remove("BUFFY_ADMIN")
            .stdin(Stdio::null())
            .stderr(output.try_clone().context("share the log of a page")?)
            .stdout(output);
        let mut child = unshare.spawn().context("start `unshare`")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().context("wait for a page")? {
                if status.success() {
                    return Ok(());
                }
                bail!("the last of them ended with {status}");
            }
            if Instant::now() > deadline {
                child.kill().context("end a page")?;
                child.wait().context("end a page")?;
                bail!("not done after {PATIENCE:?}");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("left behind: {}: {error}", self.folder.display());
        }
    }
}
