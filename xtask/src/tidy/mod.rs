//! `tidy`: the rules of this repository that neither the compiler nor clippy knows.
//!
//! Each rule is a function from the tree to the problems in it, and is itself tested: a rule that
//! cannot fail is a defect. A line that must break a rule says so beside itself or on the line
//! above, with the reason: `tidy-allow(sleep): the upstream is slow on purpose`.

mod changelog;
mod code;
mod edges;
mod keys;
mod lines;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;

use anyhow::{Result, bail};

use tree::Tree;

/// A place where a rule is broken, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    path: String,
    /// Counted from 1; 0 where the problem is the whole file's.
    line: usize,
    message: String,
}

type Rule = fn(&Tree) -> Vec<Problem>;

/// Every rule. To add one, add a line, and a test that breaks it.
const RULES: &[(&str, Rule)] = &[
    ("module edges", edges::problems),
    ("long files", lines::long_files),
    ("marks without an owner", lines::ownerless_marks),
    ("ignored tests", lines::ignored_tests),
    ("sleeps in tests", lines::sleeps_in_tests),
    ("hidden unwraps", lines::hidden_unwraps),
    ("paths of one machine", lines::machine_paths),
    ("large files", tree::large_files),
    ("changelog", changelog::problems),
    ("configuration keys", keys::problems),
];

/// Reads the tree as git sees it and applies every rule.
pub(crate) fn run(words: &[String]) -> Result<()> {
    if let Some(word) = words.first() {
        bail!("tidy takes no argument, not `{word}`");
    }
    let tree = Tree::read()?;
    let problems = broken(&tree);
    for (rule, problem) in &problems {
        eprintln!("{problem} [{rule}]");
    }
    if !problems.is_empty() {
        bail!("{} places to tidy", problems.len());
    }
    println!(
        "tidy: {} rules hold in {} files",
        RULES.len(),
        tree.files.len()
    );
    Ok(())
}

fn broken(tree: &Tree) -> Vec<(&'static str, Problem)> {
    let of_rule = |&(name, rule): &(&'static str, Rule)| {
        rule(tree).into_iter().map(move |problem| (name, problem))
    };
    RULES.iter().flat_map(of_rule).collect()
}

impl Problem {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Problem {
        Problem {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            path,
            line,
            message,
        } = self;
        match line {
            0 => write!(formatter, "{path}: {message}"),
            line => write!(formatter, "{path}:{line}: {message}"),
        }
    }
}
