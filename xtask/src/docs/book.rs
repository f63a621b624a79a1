//! The book of the pages: built without a warning, with no link that leads nowhere.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;
use crate::packages::Packages;
use crate::tools;

/// Builds `target/book`, and follows every link that stays on this machine: those of the book, and
/// those of the pages where they are read in the repository.
pub(super) fn build() -> Result<()> {
    let book = Packages::read()?.target.join("book");
    if book.exists() {
        fs::remove_dir_all(&book).context("remove the book as it was")?;
    }
    let pages = markdown()?;
    outside(&pages)?;
    let mut mdbook = tools::MDBOOK.command();
    mdbook.args(["build", "docs", "--dest-dir"]).arg(&book);
    quietly(&mut mdbook)?;
    links(&command::root(), &pages)?;
    links(&book, &[book.display().to_string()])
}

/// A page that the summary does not name would be in no book, and nobody would miss it.
fn outside(pages: &[String]) -> Result<()> {
    let path = command::root().join("docs/SUMMARY.md");
    let summary = fs::read_to_string(path).context("read docs/SUMMARY.md")?;
    let mut pages = pages.iter().filter_map(|page| page.strip_prefix("docs/"));
    match pages.find(|page| *page != "SUMMARY.md" && !summary.contains(&format!("({page})"))) {
        Some(page) => bail!("docs/{page} is not in docs/SUMMARY.md"),
        None => Ok(()),
    }
}

/// What warns must not: mdBook tells of a page that it cannot read as it was meant, and goes on.
fn quietly(mdbook: &mut Command) -> Result<()> {
    let line = command::shown(mdbook);
    println!("$ {line}");
    let output = mdbook
        .current_dir(command::root())
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("start `{line}`; `cargo xtask tools` installs it"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || said.contains("WARN") || said.contains("ERROR") {
        bail!("`{line}`, {}:\n{said}", output.status);
    }
    Ok(())
}

/// Links that begin with a slash are below `root`.
fn links(root: &Path, inputs: &[String]) -> Result<()> {
    let mut lychee = tools::LYCHEE.command();
    lychee.args(["--offline", "--include-fragments", "--no-progress"]);
    command::run(lychee.arg("--root-dir").arg(root).args(inputs))
}

/// Every page of the repository, whether it is in the book or not.
fn markdown() -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let listed = command::output(git.args(["*.md"]))?;
    Ok(listed.lines().map(str::to_owned).collect())
}
