//! The tarball: the binary with all that belongs to it, to be unpacked anywhere.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::release::Release;
use super::tree::{FILE, PROGRAM, Tree};
use crate::command::{self, root};

/// What is copied out of the repository, and where to.
const FILES: &[(&str, &str)] = &[
    ("README.md", "README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("examples/quickstart/buffy.yaml", "buffy.yaml"),
];

pub(super) fn make(release: &Release) -> Result<()> {
    let tree = Tree::new(release.folder.join(release.name()))?;
    tree.copy(&release.binary(), "buffy", PROGRAM)?;
    for (from, to) in FILES {
        tree.copy(&root().join(from), to, FILE)?;
    }
    let press = format!("gzip {} --no-name", release.profile.effort());
    let mut pack = Command::new("tar");
    pack.args(["--create", "--sort=name", "--format=gnu", "--numeric-owner"])
        .args(["--owner=0", "--group=0"])
        .arg(format!("--mtime=@{}", release.time))
        .arg(format!("--use-compress-program={press}"))
        .arg(format!("--file={}.tar.gz", tree.root().display()))
        .arg("--directory")
        .args([release.folder.as_os_str(), release.name().as_ref()]);
    command::run(&mut pack)?;
    fs::remove_dir_all(tree.root()).with_context(|| format!("remove {}", tree.root().display()))
}
