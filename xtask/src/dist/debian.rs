//! The Debian package, put together by Debian's own `dpkg-deb`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::documents::Documents;
use super::release::{Profile, Release};
use super::tree::{FILE, PROGRAM, Tree};
use crate::command::{self, root};

/// What is copied out of the repository and where to.
const FILES: &[(&str, &str)] = &[
    ("examples/systemd/buffy.yaml", "etc/buffy/buffy.yaml"),
    (
        "deploy/systemd/buffy.service",
        "usr/lib/systemd/system/buffy.service",
    ),
    (
        "deploy/systemd/hardened.conf",
        "usr/lib/systemd/system/buffy.service.d/hardened.conf",
    ),
    (
        "deploy/systemd/buffy.socket",
        "usr/lib/systemd/system/buffy.socket",
    ),
    (
        "deploy/systemd/buffy-admin.socket",
        "usr/lib/systemd/system/buffy-admin.socket",
    ),
    ("deploy/debian/copyright", "usr/share/doc/buffy/copyright"),
];

/// Scripts that dpkg calls.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

/// Files that an administrator changes, and an upgrade does not write over.
const CONFFILES: &str = "/etc/buffy/buffy.yaml\n";

pub(super) fn make(release: &Release, documents: &Documents) -> Result<()> {
    let tree = Tree::new(release.folder.join("debian"))?;
    files(&tree, release, documents)?;
    about(&tree, release)?;
    let version = version(release);
    let architecture = architecture()?;
    let package = release
        .folder
        .join(format!("buffy_{version}_{architecture}.deb"));
    let press = match release.profile {
        Profile::Dev => ["-Zgzip", "-z1"],
        Profile::Release => ["-Zxz", "-z6"],
    };
    let mut build = Command::new("dpkg-deb");
    build
        .args(["--build", "--root-owner-group"])
        .args(press)
        .args([tree.root(), &package])
        .env("SOURCE_DATE_EPOCH", release.time.to_string());
    command::run(&mut build)?;
    fs::remove_dir_all(tree.root()).with_context(|| format!("remove {}", tree.root().display()))
}

/// What the package installs.
fn files(tree: &Tree, release: &Release, documents: &Documents) -> Result<()> {
    tree.copy(&release.binary(), "usr/bin/buffy", PROGRAM)?;
    for (from, to) in FILES {
        tree.copy(&root().join(from), to, FILE)?;
    }
    for (name, completion) in &documents.completions {
        tree.write(&completed(name), completion, FILE)?;
    }
    let licences = "usr/share/doc/buffy/THIRD-PARTY-LICENSES";
    tree.copy(&root().join("THIRD-PARTY-LICENSES"), licences, FILE)?;
    let mut pressed = vec![
        licences.to_owned(),
        "usr/share/doc/buffy/changelog".to_owned(),
    ];
    tree.copy(
        &root().join("CHANGELOG.md"),
        "usr/share/doc/buffy/changelog",
        FILE,
    )?;
    pressed.push("usr/share/doc/buffy/changelog.Debian".to_owned());
    tree.write(
        "usr/share/doc/buffy/changelog.Debian",
        changelog(release)?.as_bytes(),
        FILE,
    )?;
    for (name, page) in &documents.pages {
        let to = format!("usr/share/man/man1/{name}");
        tree.write(&to, page, FILE)?;
        pressed.push(to);
    }
    let mut press = Command::new("gzip");
    press.args(["-9", "--no-name"]);
    press.args(pressed.iter().map(|name| tree.root().join(name)));
    command::output(&mut press).map(drop)
}

/// What dpkg knows of it.
fn about(tree: &Tree, release: &Release) -> Result<()> {
    let mut measure = Command::new("du");
    let kibibytes = command::output(
        measure
            .args(["--summarize", "--block-size=1K"])
            .arg(tree.root()),
    )?;
    let kibibytes = kibibytes.split_whitespace().next().unwrap_or_default();
    let control = template()?
        .replace("{version}", &version(release))
        .replace("{architecture}", &architecture()?)
        .replace("{size}", kibibytes);
    let sums = sums(tree.root())?;
    tree.write("DEBIAN/control", control.as_bytes(), FILE)?;
    tree.write("DEBIAN/conffiles", CONFFILES.as_bytes(), FILE)?;
    tree.write("DEBIAN/md5sums", sums.as_bytes(), FILE)?;
    SCRIPTS.iter().try_for_each(|name| {
        let script = root().join("deploy/debian").join(name);
        tree.copy(&script, &format!("DEBIAN/{name}"), PROGRAM)
    })
}

fn template() -> Result<String> {
    let path = root().join("deploy/debian/control");
    fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
}

/// Debian puts a `~` before what comes before a version, and the package's own number behind it.
fn version(release: &Release) -> String {
    format!("{}-1", release.version.replace('-', "~"))
}

fn architecture() -> Result<String> {
    let told = command::output(Command::new("dpkg").arg("--print-architecture"))?;
    Ok(told.trim().to_owned())
}

/// Where a shell looks for its completions.
fn completed(name: &str) -> String {
    let folder = match name {
        "_buffy" => "zsh/vendor-completions/_buffy",
        "buffy.fish" => "fish/vendor_completions.d/buffy.fish",
        _ => "bash-completion/completions/buffy",
    };
    format!("usr/share/{folder}")
}

/// The package's own changes: what changed in Buffy is in its changelog.
fn changelog(release: &Release) -> Result<String> {
    let mut date = Command::new("date");
    date.args(["--utc", "--rfc-email"])
        .arg(format!("--date=@{}", release.time));
    let date = command::output(&mut date)?;
    let template = template()?;
    let maintainer = template
        .lines()
        .find_map(|line| line.strip_prefix("Maintainer: "));
    Ok(format!(
        "buffy ({}) unstable; urgency=medium\n\n  * Buffy {}: changelog.gz tells what is new.\n\n -- \
         {}  {date}",
        version(release),
        release.version,
        maintainer.context("deploy/debian/control names no maintainer")?,
    ))
}

/// What `dpkg --verify` compares with.
fn sums(root: &Path) -> Result<String> {
    let mut sum = Command::new("env");
    sum.arg("--chdir")
        .arg(root)
        .args(["find", "usr", "-type", "f", "-exec", "md5sum", "{}", "+"]);
    let mut lines: Vec<String> = command::output(&mut sum)?
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    Ok(lines.join("\n") + "\n")
}
