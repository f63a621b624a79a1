//! Programs, and modules of Python, that a verb needs and cargo does not build.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;

/// The Python that Debian's modules belong to: another one by PATH does not see them.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// Something that is called, and the Debian package that has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    called: Called,
    debian: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Called {
    Program(&'static str),
    PythonModule(&'static str),
}

impl Tool {
    /// A program, by name or by path.
    pub(crate) const fn program(name: &'static str, debian: &'static str) -> Tool {
        Tool {
            called: Called::Program(name),
            debian,
        }
    }

    /// A module that [`PYTHON`] can import.
    pub(crate) const fn python_module(name: &'static str, debian: &'static str) -> Tool {
        Tool {
            called: Called::PythonModule(name),
            debian,
        }
    }

    fn name(&self) -> &'static str {
        match self.called {
            Called::Program(name) | Called::PythonModule(name) => name,
        }
    }

    fn is_there(&self) -> bool {
        match self.called {
            Called::Program(name) => find(name).is_some(),
            Called::PythonModule(name) => Command::new(PYTHON)
                .args(["-c", &format!("import {name}")])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }
}

/// Finds all of `tools`. Root installs what is missing, and so does anybody who asks for it
/// (`install`, by sudo); else the error has the line that does.
pub(crate) fn require(tools: &[Tool], install: bool) -> Result<()> {
    let missing: Vec<Tool> = tools
        .iter()
        .copied()
        .filter(|tool| !tool.is_there())
        .collect();
    if missing.is_empty() {
        println!("all found: {}", names(tools).join(", "));
        return Ok(());
    }
    let root = rustix::process::geteuid().is_root();
    if !root && !install {
        bail!("{}", advice(&missing));
    }
    for words in [vec!["update"], install_words(&missing)] {
        let mut apt = Command::new(if root { "apt-get" } else { "sudo" });
        if !root {
            apt.arg("apt-get");
        }
        apt.args(words).env("DEBIAN_FRONTEND", "noninteractive");
        command::run(&mut apt).with_context(|| advice(&missing))?;
    }
    if let Some(tool) = missing.iter().find(|tool| !tool.is_there()) {
        bail!(
            "{} is still not found after installing {}",
            tool.name(),
            tool.debian
        );
    }
    Ok(())
}

/// Finds cargo-deny, or builds it (two to three minutes on two cores), as `require` does for
/// Debian's packages.
pub(crate) fn require_cargo_deny(install: bool) -> Result<()> {
    let mut version = command::cargo(&["deny", "--version"]);
    if version
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status()?
        .success()
    {
        println!("found: cargo-deny");
        return Ok(());
    }
    let line = "cargo install --locked cargo-deny";
    if !rustix::process::geteuid().is_root() && !install {
        bail!("missing: cargo-deny; install with: {line} (or run this with --install)");
    }
    command::run(&mut command::cargo(&["install", "--locked", "cargo-deny"])).context(line)
}

/// Where a program is, by PATH and the folders for servers, which PATH often lacks.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn install_words(missing: &[Tool]) -> Vec<&'static str> {
    let mut words = vec!["install", "--yes", "--no-install-recommends"];
    words.extend(missing.iter().map(|tool| tool.debian));
    words
}

fn advice(missing: &[Tool]) -> String {
    format!(
        "missing: {}; install with: sudo apt-get {} (or run this with --install)",
        names(missing).join(", "),
        install_words(missing).join(" "),
    )
}

fn names(tools: &[Tool]) -> Vec<&'static str> {
    tools.iter().map(Tool::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_line_that_installs_it() {
        let missing = [
            Tool::program("nginx", "nginx-light"),
            Tool::python_module("websockets", "python3-websockets"),
        ];
        assert_eq!(
            advice(&missing),
            "missing: nginx, websockets; install with: sudo apt-get install --yes \
             --no-install-recommends nginx-light python3-websockets (or run this with --install)"
        );
    }

    #[test]
    fn a_program_is_found_by_path_and_no_other() {
        assert!(find("sh").is_some_and(|path| path.ends_with("sh")));
        assert!(find("/bin/sh").is_some());
        assert_eq!(find("no-such-program-anywhere"), None);
    }

    #[test]
    fn a_module_of_python_is_found_by_importing_it() {
        if find(PYTHON).is_some() {
            assert!(Tool::python_module("json", "python3").is_there());
        }
        assert!(!Tool::python_module("no_such_module_anywhere", "none").is_there());
    }
}
