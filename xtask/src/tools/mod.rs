//! Programs that the verbs call and this repository does not build: where each comes from, which
//! version it is, and how it gets here.

mod install;
mod source;
mod table;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{command, dist};
use source::Source;

pub(crate) use table::*;

/// Something that is called, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    /// The name of the program, or its path; of a module of Python, the module.
    name: &'static str,
    source: Source,
}

impl Tool {
    /// A program of a Debian package, by name or by path.
    pub(crate) const fn program(name: &'static str, package: &'static str) -> Tool {
        let source = Source::Debian { package };
        Tool { name, source }
    }

    /// A module that [`PYTHON`] can import, of a Debian package.
    pub(crate) const fn python_module(name: &'static str, package: &'static str) -> Tool {
        let source = Source::DebianPython { package };
        Tool { name, source }
    }

    /// A program of a package of `PyPI`, in the virtual environment `target/tools/python`.
    pub(crate) const fn pypi(
        name: &'static str,
        package: &'static str,
        version: &'static str,
    ) -> Tool {
        let source = Source::PyPi { package, version };
        Tool { name, source }
    }

    /// A program of a package of npm, in `target/tools/node`, or another file of it, by its path.
    pub(crate) const fn npm(
        name: &'static str,
        package: &'static str,
        version: &'static str,
    ) -> Tool {
        let source = Source::Npm { package, version };
        Tool { name, source }
    }

    /// A subcommand of cargo, of the crate of that name, built with `features`, in cargo's own folder.
    pub(crate) const fn cargo(
        name: &'static str,
        version: &'static str,
        features: &'static str,
    ) -> Tool {
        let source = Source::Crate { version, features };
        Tool { name, source }
    }

    /// What it is called where somebody reads it: the path of a file says little without its package.
    fn shown(&self) -> &'static str {
        if let Source::Npm { package, .. } = self.source
            && self.name.contains('/')
        {
            return package;
        }
        self.name
    }

    /// The tool, to be called with arguments.
    pub(crate) fn command(&self) -> Command {
        let folder = command::root();
        match self.source {
            Source::Debian { .. } | Source::DebianPython { .. } => Command::new(self.name),
            Source::PyPi { .. } => Command::new(folder.join(source::PYTHON_BIN).join(self.name)),
            Source::Npm { .. } => Command::new(folder.join(source::NODE_BIN).join(self.name)),
            Source::Crate { .. } => command::cargo(&[self.name.trim_start_matches("cargo-")]),
        }
    }
}

/// Whether a verb is to install what it calls; it takes no other word.
pub(crate) fn wants_install(verb: &str, words: &[String]) -> Result<bool> {
    match words.iter().find(|word| *word != "--install") {
        Some(other) => bail!("{verb} takes --install, not `{other}`"),
        None => Ok(!words.is_empty()),
    }
}

/// `tools`: finds or installs all that any verb calls but the bench, whose peers it asks for itself.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let install = wants_install("tools", words)?;
    let made_with = [CARGO_ABOUT, CARGO_AUDITABLE];
    require(&[TEST, dist::TOOLS, &made_with].concat(), install)
}

/// Finds all of `tools`. Root installs what is missing, and so does anybody who asks for it
/// (`install`; Debian's packages by sudo); else the error has the lines that do.
pub(crate) fn require(tools: &[Tool], install: bool) -> Result<()> {
    let missing = source::missing(tools)?;
    if missing.is_empty() {
        println!("all found: {}", names(tools).join(", "));
        return Ok(());
    }
    let lines = install::lines(&missing);
    if !rustix::process::geteuid().is_root() && !install {
        bail!("{}", advice(&missing, &lines));
    }
    install::run(&lines)?;
    let still = source::missing(&missing)?;
    if !still.is_empty() {
        bail!(
            "not found even after installing: {}",
            names(&still).join(", ")
        );
    }
    Ok(())
}

/// Where a program is, by PATH and the folders for servers, which PATH often lacks.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn advice(missing: &[Tool], lines: &install::Lines) -> String {
    format!(
        "missing: {}; install with (or run this with --install):\n{lines}",
        names(missing).join(", "),
    )
}

fn names(tools: &[Tool]) -> Vec<&'static str> {
    tools.iter().map(Tool::shown).collect()
}
