//! `docs`: what the documentation shows is run, and the book is built and its links are followed.
//!
//! CONTRIBUTING.md tells authors the form of what is run. Each page runs in a network of its own,
//! so that all of them may use the ports that readers use, and side by side.

mod block;
mod book;
mod example;
mod page;
mod reason;
mod script;
mod stage;

#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{self, cargo};
use crate::packages::Packages;
use crate::tools::{self, Tool};

use page::Page;
use reason::Skipped;
use stage::Stage;

/// How many pages run at once: most of what they do is waiting.
const ABREAST: usize = 4;

/// What pages are played with.
const PAGES: &[Tool] = &[tools::IP, tools::OPENSSL];

/// Without a page named, the book is built, too, with these.
const BOOK: &[Tool] = &[tools::MDBOOK, tools::LYCHEE];

/// Runs the pages that are named, or all of them and then the book.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let (options, words): (Vec<String>, Vec<String>) = words
        .iter()
        .cloned()
        .partition(|word| word.starts_with('-'));
    if let Some(option) = options.iter().find(|option| *option != "--install") {
        bail!("docs takes --install and the paths of pages, not `{option}`");
    }
    let install = !options.is_empty();
    tools::require(PAGES, install)?;
    if words.is_empty() {
        tools::require(BOOK, install)?;
    }
    let mut all = Page::all(&command::root())?;
    all.extend(Page::of_examples(&command::root())?);
    let mut pages: Vec<&Page> = all.iter().collect();
    if !words.is_empty() {
        pages.retain(|page| words.contains(&page.path));
        if pages.len() < words.len() {
            bail!(
                "not every one of {words:?} is a page: README.md, one in docs/, or examples/*/buffy.yaml"
            );
        }
    }
    for page in &pages {
        page.check_sources(&command::root())?;
    }
    command::run(&mut cargo(&["build", "--locked", "--package", "buffy"]))?;
    let binaries = Packages::read()?.target.join("debug");
    show(&pages, &binaries)?;
    if words.is_empty() {
        book::build()?;
    }
    Ok(())
}

/// Runs what each page shows; the first failure of each page is told.
fn show(pages: &[&Page], binaries: &Path) -> Result<()> {
    let stage = Stage::new(binaries)?;
    let mut failures = Vec::new();
    for some in pages.chunks(ABREAST) {
        let played = std::thread::scope(|scope| {
            let threads: Vec<_> = some
                .iter()
                .map(|page| scope.spawn(|| stage.play(page)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().ok().context("a page's thread panicked")?)
                .collect::<Vec<Result<()>>>()
        });
        for (page, outcome) in some.iter().zip(played) {
            let blocks = page.blocks_run();
            match outcome {
                Ok(()) if blocks == 0 => {}
                Ok(()) => println!("{}: {blocks} run", page.path),
                Err(error) => failures.push(format!("{error:#}")),
            }
        }
    }
    println!("{}", Skipped::of(pages));
    if failures.is_empty() {
        return Ok(());
    }
    bail!("{}", failures.join("\n\n"))
}
