//! The bill of materials of the binary: which crate, in which version, under which licence.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::command;
use crate::tools;

/// What cargo-cyclonedx writes beside the manifest of each program of the workspace; ours comes first.
const WRITTEN: [&str; 2] = [
    "crates/buffy/buffy_bin.cdx.json",
    "xtask/xtask_bin.cdx.json",
];

/// Writes it as `CycloneDX` 1.5 in JSON. `seconds` since 1970 are its time: with the same time, the same
/// tree gives the same bytes, wherever it lies.
///
/// # Errors
/// When cargo-cyclonedx fails, or a file cannot be read or written.
pub(crate) fn write(to: &Path, seconds: u64) -> Result<()> {
    let root = command::root();
    let mut cyclonedx = tools::CARGO_CYCLONEDX.command();
    cyclonedx.args(["--manifest-path", "crates/buffy/Cargo.toml", "--quiet"]);
    cyclonedx.args(["--format", "json", "--spec-version", "1.5"]);
    cyclonedx.args(["--describe", "binaries", "--no-build-deps"]);
    let ran = command::run(cyclonedx.env("SOURCE_DATE_EPOCH", seconds.to_string()));
    let text = fs::read_to_string(root.join(WRITTEN[0]));
    for file in WRITTEN.map(|file| root.join(file)) {
        if file.exists() {
            fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
        }
    }
    ran?;
    let text = text.with_context(|| format!("read {}", WRITTEN[0]))?;
    fs::write(to, without_folder(&text, &root)).with_context(|| format!("write {}", to.display()))
}

/// The names of our own crates, without the folder that this tree lies in.
fn without_folder(text: &str, root: &Path) -> String {
    text.replace(&format!("file://{}/", root.display()), "file:///")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_crates_are_named_from_the_root_of_the_repository() {
        let text = r#"{"bom-ref": "path+file:///a/tree/crates/buffy#0.1.0", "url": "file://../x"}"#;
        assert_eq!(
            without_folder(text, Path::new("/a/tree")),
            r#"{"bom-ref": "path+file:///crates/buffy#0.1.0", "url": "file://../x"}"#
        );
    }
}
