//! The tarball: the binary with all that belongs to it, to be unpacked anywhere.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::documents::Documents;
use super::release::Release;
use super::tree::{FILE, PROGRAM, Tree};
use crate::command::{self, root};

/// What is copied out of the repository, and where to.
const FILES: &[(&str, &str)] = &[
    ("README.md", "README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("THIRD-PARTY-LICENSES", "THIRD-PARTY-LICENSES"),
    ("examples/quickstart/buffy.yaml", "buffy.yaml"),
    ("deploy/systemd/buffy.service", "systemd/buffy.service"),
    (
        "deploy/systemd/hardened.conf",
        "systemd/buffy.service.d/hardened.conf",
    ),
    ("deploy/systemd/buffy.socket", "systemd/buffy.socket"),
    (
        "deploy/systemd/buffy-admin.socket",
        "systemd/buffy-admin.socket",
    ),
    ("examples/systemd/buffy.yaml", "systemd/buffy.yaml"),
];

pub(super) fn make(release: &Release, documents: &Documents) -> Result<()> {
    let tree = Tree::new(release.folder.join(release.name()))?;
    tree.copy(&release.binary(), "buffy", PROGRAM)?;
    for (from, to) in FILES {
        tree.copy(&root().join(from), to, FILE)?;
    }
    for (name, page) in &documents.pages {
        tree.write(&format!("man/man1/{name}"), page, FILE)?;
    }
    for (name, completion) in &documents.completions {
        tree.write(&format!("completions/{name}"), completion, FILE)?;
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
