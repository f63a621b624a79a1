//! A private folder for the state that Buffy keeps: gone with the demo.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Removed with the value.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// New, empty, and for its owner only.
    pub(super) fn new() -> io::Result<Self> {
        let number = u64::from_ne_bytes(crate::random::bytes()?);
        let path = std::env::temp_dir().join(format!("buffy-demo-{number:016x}"));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "the demo's folder stays behind");
        }
    }
}
