//! A folder as an archive will hold it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What programs and scripts are given.
pub(super) const PROGRAM: u32 = 0o755;
/// What everything else is given.
pub(super) const FILE: u32 = 0o644;

/// A new folder, in which files get the permissions that are said, whatever the umask is.
#[derive(Debug)]
pub(super) struct Tree(PathBuf);

impl Tree {
    pub(super) fn new(root: PathBuf) -> Result<Tree> {
        let tree = Tree(root);
        tree.folder("")?;
        Ok(tree)
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    /// A copy of `from` at `to`, below the root.
    pub(super) fn copy(&self, from: &Path, to: &str, mode: u32) -> Result<()> {
        let content = fs::read(from).with_context(|| format!("read {}", from.display()))?;
        self.write(to, &content, mode)
    }

    /// A file at `to`, below the root.
    pub(super) fn write(&self, to: &str, content: &[u8], mode: u32) -> Result<()> {
        if let Some((folder, _)) = to.rsplit_once('/') {
            self.folder(folder)?;
        }
        let path = self.0.join(to);
        fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
        permit(&path, mode)
    }

    /// A folder, with those above it.
    pub(super) fn folder(&self, name: &str) -> Result<()> {
        let mut path = self.0.clone();
        path.extend(Path::new(name));
        fs::create_dir_all(&path).with_context(|| format!("make {}", path.display()))?;
        let ours = path
            .ancestors()
            .take_while(|above| above.starts_with(&self.0));
        ours.into_iter()
            .try_for_each(|folder| permit(folder, PROGRAM))
    }
}

fn permit(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| format!("permit {mode:o} on {}", path.display()))
}
