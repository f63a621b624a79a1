//! A page of the documentation, and the blocks in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::block::{Block, Kind};
use crate::command;

/// What a comment begins with that sets a page up.
const SETUP: &str = "<!-- setup";

#[derive(Clone, Debug)]
pub(super) struct Page {
    /// From the root of the repository, with `/`.
    pub(super) path: String,
    pub(super) blocks: Vec<Block>,
}

impl Page {
    /// The README and every page of the book, as git knows them.
    pub(super) fn all(root: &Path) -> Result<Vec<Page>> {
        let mut git = Command::new("git");
        git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
        let listed = command::output(git.args(["README.md", "docs"]))?;
        let pages = listed.lines().filter(|path| {
            Path::new(path).extension().is_some_and(|it| it == "md") && root.join(path).is_file()
        });
        let read = |path: &str| {
            let text = fs::read_to_string(root.join(path));
            Page::parse(path, &text.with_context(|| format!("read {path}"))?)
        };
        pages.map(read).collect()
    }

    pub(super) fn parse(path: &str, text: &str) -> Result<Page> {
        let mut blocks = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let at = format!("{path}:{}", index + 1);
            let trimmed = line.trim_start();
            let depth = line.len() - trimmed.len();
            let (mut block, end) = if trimmed.starts_with(SETUP) {
                if trimmed.trim_end() != SETUP {
                    bail!("{at}: `{SETUP}` stands alone on its line, and so does `-->`");
                }
                let block = Block {
                    line: index + 1,
                    kind: Kind::Setup,
                    from: None,
                    text: String::new(),
                };
                (block, "-->".to_owned())
            } else {
                let ticks: String = trimmed.chars().take_while(|it| *it == '`').collect();
                if ticks.len() < 3 {
                    continue;
                }
                let info = trimmed.trim_start_matches('`');
                let block = Block::opened(index + 1, info).with_context(|| at.clone())?;
                (block, ticks)
            };
            loop {
                let (_, line) = lines.next().with_context(|| format!("{at}: no `{end}`"))?;
                if line.trim() == end {
                    break;
                }
                let line = line.get(depth..).unwrap_or(line.trim_start());
                block.text.push_str(line);
                block.text.push('\n');
            }
            blocks.push(block);
        }
        Ok(Page {
            path: path.to_owned(),
            blocks,
        })
    }

    /// Setups are not counted: nobody reads them.
    pub(super) fn blocks_run(&self) -> usize {
        let shown = self.blocks.iter().filter(|it| it.kind != Kind::Setup);
        shown.filter(|block| block.is_run()).count()
    }

    /// What is shown of a file is in that file.
    pub(super) fn check_sources(&self, root: &Path) -> Result<()> {
        for block in &self.blocks {
            let Some(from) = &block.from else { continue };
            let at = format!("{}:{}", self.path, block.line);
            let file = fs::read_to_string(root.join(from));
            let file = file.with_context(|| format!("{at}: read `{from}`"))?;
            if !block.is_in(&file) {
                bail!("{at}: these lines are not in `{from}`, one after the other");
            }
        }
        Ok(())
    }
}
