//! The files of the repository, as git sees them: tracked, or new and not ignored.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Problem;
use super::code::code;
use crate::command;

/// Larger than any text that somebody will read; what is larger belongs elsewhere.
const BYTES_MAX: usize = 200 * 1024;

/// Licences of others, word by word: they are not ours to tidy.
const LICENCES: [&str; 2] = ["THIRD-PARTY-LICENSES", "xtask/src/licences/LGPL-2.1"];

/// Every file, read once.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

#[derive(Debug)]
pub(super) struct File {
    /// From the root of the repository, with `/`.
    pub(super) path: String,
    /// The content; empty where it is not text.
    pub(super) text: String,
    /// Of a Rust file: the text with comments and the content of literals left out, line by line.
    pub(super) code: String,
    bytes: usize,
}

impl Tree {
    pub(super) fn read() -> Result<Tree> {
        let mut git = Command::new("git");
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let listed = command::output(&mut git)?;
        let mut tree = Tree::default();
        for path in listed.split_terminator('\0') {
            let full = command::root().join(path);
            if full.is_file() && !LICENCES.contains(&path) {
                let bytes = fs::read(&full).with_context(|| format!("read {path}"))?;
                tree.files.push(File::new(path, bytes));
            }
        }
        Ok(tree)
    }

    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files
            .iter()
            .filter(|file| has_extension(&file.path, "rs"))
    }
}

impl File {
    pub(super) fn new(path: &str, content: impl Into<Vec<u8>>) -> File {
        let content = content.into();
        let bytes = content.len();
        let text = String::from_utf8(content).unwrap_or_default();
        let code = if has_extension(path, "rs") {
            code(&text)
        } else {
            String::new()
        };
        File {
            path: path.to_owned(),
            text,
            code,
            bytes,
        }
    }

    /// Whether all of it is for tests.
    pub(super) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs")
            || self.path.contains("/tests/")
            || self.path.starts_with("crates/buffy-test/")
    }
}

pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

/// The rule: no file above 200 KiB.
pub(super) fn large_files(tree: &Tree) -> Vec<Problem> {
    let large = tree.files.iter().filter(|file| file.bytes > BYTES_MAX);
    large
        .map(|file| {
            Problem::new(
                &file.path,
                0,
                format!("{} KiB; at most 200", file.bytes / 1024),
            )
        })
        .collect()
}
