//! A block of a page: what stands between two fences, and what is to be done with it.

use anyhow::{Result, bail};

use super::reason::Reason;

/// What stands between two fences, or in a comment that sets a page up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Of its first line's fence, counted from 1.
    pub(super) line: usize,
    pub(super) kind: Kind,
    /// The file of the repository that it shows, or shows lines of.
    pub(super) from: Option<String>,
    /// Without the indentation of its fence.
    pub(super) text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Commands that are run.
    Commands,
    /// Commands behind `$`, with what they print.
    Console,
    /// Commands that are not run, and what they need.
    Told(Vec<Reason>),
    /// Commands that readers do not see.
    Setup,
    /// Anything else.
    Shown,
}

/// What an author might write for `sh`, and what would never be run then.
const OTHER_SHELLS: [&str; 5] = ["bash", "shell", "zsh", "shell-session", "terminal"];

impl Block {
    pub(super) fn is_run(&self) -> bool {
        matches!(self.kind, Kind::Commands | Kind::Console | Kind::Setup)
    }

    /// Reads what stands behind a fence: a language, and attributes with commas between.
    pub(super) fn opened(line: usize, info: &str) -> Result<Block> {
        let mut words = info.split(',').map(str::trim);
        let language = words.next().unwrap_or_default();
        if OTHER_SHELLS.contains(&language) {
            bail!("`{language}` is never run: write `sh`, or `console` with `$ ` and the output");
        }
        let (mut needs, mut from) = (Vec::new(), None);
        for word in words {
            match word.split_once('=') {
                Some(("needs", names)) => needs = reasons(names)?,
                Some(("from", path)) if !path.is_empty() => from = Some(path.to_owned()),
                _ => bail!("`{word}` behind a fence: there are `needs=REASON` and `from=PATH`"),
            }
        }
        let kind = match (language, needs.is_empty()) {
            ("sh", true) => Kind::Commands,
            ("console", true) => Kind::Console,
            ("sh" | "console", false) => Kind::Told(needs),
            (_, true) => Kind::Shown,
            (_, false) => bail!("`needs=` goes with `sh` and `console`, not with `{language}`"),
        };
        Ok(Block {
            line,
            kind,
            from,
            text: String::new(),
        })
    }

    /// Whether `file` has these lines one after the other, at whatever depth.
    pub(super) fn is_in(&self, file: &str) -> bool {
        let wanted = level(&self.text.lines().collect::<Vec<_>>());
        let lines: Vec<&str> = file.lines().collect();
        !wanted.is_empty()
            && lines
                .windows(wanted.len())
                .any(|some| level(some) == wanted)
    }
}

fn reasons(names: &str) -> Result<Vec<Reason>> {
    let known = Reason::ALL.map(|(name, _)| name).join(", ");
    let each = names.split('+').map(|name| match Reason::named(name) {
        Some(reason) => Ok(reason),
        None => bail!("`needs={name}`: there are {known}; several with `+` between"),
    });
    each.collect()
}

/// Lines without what all of them are indented by, and without white space at their ends.
fn level(lines: &[&str]) -> Vec<String> {
    let depth = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or_default();
    let cut = |line: &&str| line.get(depth..).unwrap_or_default().trim_end().to_owned();
    lines.iter().map(cut).collect()
}
