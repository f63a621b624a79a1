//! `SHA256SUMS`, of all that a release gives away: `sha256sum --check SHA256SUMS`.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::release::Release;
use crate::command;

const NAME: &str = "SHA256SUMS";

pub(super) fn make(release: &Release) -> Result<()> {
    let folder = &release.folder;
    let listed = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in listed {
        let path = entry
            .with_context(|| format!("list {}", folder.display()))?
            .path();
        // Nobody gets the binary alone: it is in the tarball, the package and the image.
        if path != release.binary() {
            names.extend(path.file_name().map(ToOwned::to_owned));
        }
    }
    names.sort();
    let mut sum = Command::new("env");
    sum.arg("--chdir").arg(folder).arg("sha256sum").args(names);
    let sums = command::output(&mut sum)?;
    print!("{sums}");
    fs::write(folder.join(NAME), sums).with_context(|| format!("write {NAME}"))
}
