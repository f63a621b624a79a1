//! The commands in the head of an example: a page of one block.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::block::{Block, Kind};
use super::page::Page;

/// What a command is indented by, behind the mark of the comment.
const COMMAND: &str = "#   ";
/// Written as soon as Buffy listens.
const PORTS: &str = ".ports";

impl Page {
    /// The heads of `examples/*/buffy.yaml` that have commands.
    pub(super) fn of_examples(root: &Path) -> Result<Vec<Page>> {
        let mut pages = Vec::new();
        let folders = fs::read_dir(root.join("examples")).context("list the examples")?;
        for folder in folders {
            let name = folder.context("list the examples")?.file_name();
            let path = format!("examples/{}/buffy.yaml", name.to_string_lossy());
            let text = fs::read_to_string(root.join(&path));
            let text = text.with_context(|| format!("read {path}"))?;
            pages.extend(Page::of_head(&path, &text));
        }
        pages.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(pages)
    }

    /// None where the head has no command.
    pub(super) fn of_head(path: &str, text: &str) -> Option<Page> {
        let head = text.lines().take_while(|line| line.starts_with('#'));
        let mut commands = head.clone().filter_map(|line| line.strip_prefix(COMMAND));
        let line = 1 + head.clone().position(|line| line.starts_with(COMMAND))?;
        let mut text = String::new();
        while let Some(first) = commands.next() {
            let mut command = first.trim().to_owned();
            while command.ends_with('\\') {
                command.push('\n');
                command.push_str(commands.next().unwrap_or_default());
            }
            text.push_str(&played(&command));
        }
        let block = Block {
            line,
            kind: Kind::Commands,
            from: None,
            text,
        };
        Some(Page {
            path: path.to_owned(),
            blocks: vec![block],
        })
    }
}

/// A reader has a terminal for Buffy and another one for what asks it; here it runs behind.
fn played(command: &str) -> String {
    let Some((before, after)) = command.split_once("buffy run ") else {
        return format!("{command}\n");
    };
    format!(
        "{before}buffy run --port-file {PORTS} {after} &\n\
         until [ -e {PORTS} ]; do sleep 0.05; kill -0 $!; done\n"
    )
}
