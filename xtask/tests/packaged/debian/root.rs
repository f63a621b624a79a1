//! An empty Debian in a folder: what every Debian has, systemd, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use buffy_test::TempFolder;

use crate::made::{output, product_ending, require_root, root};

/// The oldest Debian that is supported.
const SUITE: &str = "bookworm";

/// The Debian, which goes with the value.
pub(crate) struct Root(TempFolder);

impl Root {
    pub(crate) fn unpack() -> Self {
        static ARCHIVE: OnceLock<PathBuf> = OnceLock::new();
        require_root();
        let folder = TempFolder::new();
        let mut unpack = Command::new("tar");
        unpack
            .arg("--extract")
            .arg("--file")
            .arg(ARCHIVE.get_or_init(archive));
        output(unpack.arg("--directory").arg(folder.path()));
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file in it, by its absolute path there.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.path().join(path.trim_start_matches('/'))
    }

    /// The text of a file in it.
    pub(crate) fn read(&self, path: &str) -> String {
        let file = self.file(path);
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    /// Puts the package where [`PACKAGE`] says.
    pub(crate) fn bring_package(&self) {
        fs::copy(product_ending(".deb"), self.file(PACKAGE)).expect("the package can be copied");
    }

    /// A program of it, in it, with no systemd that runs.
    pub(crate) fn call(&self, words: &[&str]) -> String {
        let mut call = Command::new("chroot");
        output(
            call.arg(self.path())
                .args(words)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    }

    /// Every file in it, but for dpkg's own notes.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let listed =
            output(
                Command::new("find")
                    .current_dir(self.path())
                    .args([".", "-mindepth", "1"]),
            );
        let notes = ["./var/lib/dpkg/", "./var/log/", "./tmp/", "./run/"];
        let files = listed
            .lines()
            .filter(|path| !notes.iter().any(|note| path.starts_with(note)));
        files.map(str::to_owned).collect()
    }
}

/// Where [`Root::bring_package`] puts the package.
pub(crate) const PACKAGE: &str = "/var/log/buffy.deb";

/// The archive that it is unpacked from: made once, by mmdebstrap, and kept.
fn archive() -> PathBuf {
    let kept = root().join(format!("target/tools/debian-{SUITE}.tar"));
    if kept.exists() {
        return kept;
    }
    let made = kept.with_extension(format!("{}.tar", std::process::id()));
    let mut bootstrap = Command::new("mmdebstrap");
    bootstrap.args([
        "--variant=essential",
        "--include=systemd",
        "--dpkgopt=force-unsafe-io",
    ]);
    output(bootstrap.arg(SUITE).arg(&made));
    fs::rename(&made, &kept).expect("the archive can be named");
    kept
}
