//! The binary: one file that needs nothing of the machine but its kernel.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::release::{Profile, Release};
use crate::command::{self, cargo};
use crate::tools::CARGO_AUDITABLE;

/// Builds it, checks that it is static, and that it says its version.
///
/// Only the last crate is linked another way, so nothing that it depends on is built again; and
/// cargo keeps the result apart from what it links for tests.
pub(super) fn make(release: &Release) -> Result<()> {
    let mut build = match release.profile {
        Profile::Dev => cargo(&[]),
        // What it is made of is written into it, for whoever looks for weaknesses in binaries.
        Profile::Release => CARGO_AUDITABLE.command(),
    };
    build.args(["rustc", "--locked", "--package", "buffy", "--bin", "buffy"]);
    build.args(["--profile", release.profile.name(), "--"]);
    build.args(["-C", "target-feature=+crt-static", "-C", "strip=debuginfo"]);
    command::run(&mut build)?;
    let binary = release.binary();
    let made = release.built.join("buffy");
    fs::copy(&made, &binary)
        .with_context(|| format!("copy {} to {}", made.display(), binary.display()))?;
    is_static(&binary)?;
    let said = command::output(Command::new(&binary).arg("version"))?;
    ensure!(
        said.contains(&release.version),
        "{} says it is `{}`, not {}",
        binary.display(),
        said.trim(),
        release.version
    );
    Ok(())
}

/// A program that names an interpreter or a library asks the machine for them.
fn is_static(binary: &Path) -> Result<()> {
    let mut readelf = Command::new("readelf");
    let headers = command::output(
        readelf
            .args(["--wide", "--program-headers", "--dynamic"])
            .arg(binary),
    )?;
    for asked in ["INTERP", "(NEEDED)"] {
        ensure!(
            !headers.contains(asked),
            "{} is not static: readelf shows {asked}",
            binary.display()
        );
    }
    ensure!(
        headers.contains("LOAD"),
        "{} is no program",
        binary.display()
    );
    Ok(())
}
