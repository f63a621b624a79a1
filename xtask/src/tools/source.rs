//! Where tools come from, and whether they have come.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Tool, find};
use crate::command;

/// The Python that Debian's modules belong to: another one by PATH does not see them.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// The virtual environment for what comes from `PyPI`.
pub(super) const PYTHON_FOLDER: &str = "target/tools/python";
pub(super) const PYTHON_BIN: &str = "target/tools/python/bin";

/// The folder for what comes from npm.
pub(super) const NODE_FOLDER: &str = "target/tools/node";
pub(super) const NODE_BIN: &str = "target/tools/node/node_modules/.bin";

/// Who gives a tool away, and what it is called there. Debian's release names the versions of its
/// packages; of all others the version is ours to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Debian {
        package: &'static str,
    },
    DebianPython {
        package: &'static str,
    },
    PyPi {
        package: &'static str,
        version: &'static str,
    },
    Npm {
        package: &'static str,
        version: &'static str,
    },
    Crate {
        version: &'static str,
        /// Those that its program asks for, with commas between.
        features: &'static str,
    },
}

/// Those of `tools` that are not here, or not in the version that is asked for.
pub(super) fn missing(tools: &[Tool]) -> Result<Vec<Tool>> {
    let crates = if tools.iter().any(|tool| is_crate(tool.source)) {
        command::output(&mut command::cargo(&["install", "--list"]))?
    } else {
        String::new()
    };
    let root = command::root();
    let mut missing = Vec::new();
    for tool in tools {
        if !is_there(tool, &root, &crates)? {
            missing.push(*tool);
        }
    }
    Ok(missing)
}

/// Whether a tool is here; `crates` is what `cargo install --list` prints.
pub(super) fn is_there(tool: &Tool, root: &Path, crates: &str) -> Result<bool> {
    Ok(match tool.source {
        Source::Debian { .. } => find(tool.name).is_some(),
        Source::DebianPython { .. } => Command::new(PYTHON)
            .args(["-c", &format!("import {}", tool.name)])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success()),
        Source::PyPi { package, version } => {
            root.join(PYTHON_BIN).join(tool.name).is_file()
                && is_in_environment(&root.join(PYTHON_FOLDER), package, version)?
        }
        Source::Npm { package, version } => {
            let folder = root.join(NODE_FOLDER).join("node_modules").join(package);
            let program = if tool.name.contains('/') {
                folder.join(tool.name)
            } else {
                root.join(NODE_BIN).join(tool.name)
            };
            program.exists() && is_version(&folder, version)?
        }
        Source::Crate { version, .. } => {
            let line = format!("{} v{version}:", tool.name);
            crates.lines().any(|found| found == line)
        }
    })
}

fn is_crate(source: Source) -> bool {
    matches!(source, Source::Crate { .. })
}

/// Whether a virtual environment has a package: pip leaves a folder of that name and version.
fn is_in_environment(environment: &Path, package: &str, version: &str) -> Result<bool> {
    let name = format!("{}-{version}.dist-info", package.replace('-', "_"));
    let Ok(listed) = fs::read_dir(environment.join("lib")) else {
        return Ok(false);
    };
    for entry in listed {
        let folder = entry.context("list the libraries of Python")?.path();
        if folder.join("site-packages").join(&name).is_dir() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_version(package: &Path, version: &str) -> Result<bool> {
    let Ok(text) = fs::read_to_string(package.join("package.json")) else {
        return Ok(false);
    };
    let manifest: Value =
        serde_json::from_str(&text).with_context(|| format!("parse {}", package.display()))?;
    Ok(manifest.get("version").and_then(Value::as_str) == Some(version))
}
