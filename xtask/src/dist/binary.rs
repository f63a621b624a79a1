//! The binary: one file that needs nothing of the machine but its kernel.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::release::{Profile, Release};
use crate::command::{self, cargo};
use crate::tools::CARGO_AUDITABLE;

/// What static means, beyond the libraries that are linked: none is loaded later, either. glibc would
/// load those that the machine's `nsswitch.conf` names for looking up names, and end in a crash where
/// they are of another glibc. As its loader it gets `getenv`, which takes a name, too, and finds
/// nothing; so names are looked up in `/etc/hosts` and by DNS, which glibc has built in.
const STATIC: [&str; 6] = [
    "-C",
    "target-feature=+crt-static",
    "-C",
    "link-arg=-Wl,--wrap=__libc_dlopen_mode",
    "-C",
    "link-arg=-Wl,--defsym=__wrap___libc_dlopen_mode=getenv",
];

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
    build.args(STATIC).args(["-C", "strip=debuginfo"]);
    command::run(&mut build)?;
    let binary = release.binary();
    let made = release.built.join("buffy");
    fs::copy(&made, &binary)
        .with_context(|| format!("copy {} to {}", made.display(), binary.display()))?;
    is_static(&binary)?;
    if release.profile == Profile::Release {
        says_what_it_is_made_of(&binary)?;
    }
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

/// Where cargo-auditable writes the crates, and what looks for weaknesses in binaries reads them.
fn says_what_it_is_made_of(binary: &Path) -> Result<()> {
    let mut readelf = Command::new("readelf");
    let sections = command::output(readelf.args(["--wide", "--sections"]).arg(binary))?;
    ensure!(
        sections.contains(" .dep-v0 "),
        "{} does not say what it is made of: it has no section .dep-v0",
        binary.display()
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
