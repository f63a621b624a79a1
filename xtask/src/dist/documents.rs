//! Manual pages and completions, as the binary itself writes them.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::release::Release;
use crate::command;

/// The shells, and what each calls a file of completions.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "buffy.bash"),
    ("zsh", "_buffy"),
    ("fish", "buffy.fish"),
];

/// One text, by the name of its file.
pub(super) type Document = (String, Vec<u8>);

#[derive(Debug)]
pub(super) struct Documents {
    /// A manual page for each verb: `buffy-wait.1`.
    pub(super) pages: Vec<Document>,
    pub(super) completions: Vec<Document>,
}

impl Documents {
    /// Asks the binary, which must have been made.
    pub(super) fn of(release: &Release) -> Result<Documents> {
        let completions = SHELLS.map(|(shell, name)| {
            let mut ask = Command::new(release.binary());
            let text = command::output(ask.args(["completions", shell]))?;
            Ok((name.to_owned(), text.into_bytes()))
        });
        Ok(Documents {
            pages: pages(release)?,
            completions: completions.into_iter().collect::<Result<_>>()?,
        })
    }
}

fn pages(release: &Release) -> Result<Vec<Document>> {
    let folder = release.folder.join("man");
    command::run(Command::new(release.binary()).arg("man").arg(&folder))?;
    let mut pages = Vec::new();
    let listed = fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))?;
    for entry in listed {
        let path: PathBuf = entry.context("list the manual pages")?.path();
        let name = path.file_name().unwrap_or(OsStr::new("")).to_string_lossy();
        let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        pages.push((name.into_owned(), text));
    }
    ensure!(!pages.is_empty(), "`buffy man` wrote no page");
    fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    Ok(pages)
}
