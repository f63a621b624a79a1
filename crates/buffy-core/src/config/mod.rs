//! The configuration: what the user wrote, checked.
//!
//! One YAML file becomes a tree with the place of every value (`tree`), is read by a table of
//! keys (`keys`) into a [`Config`], and whatever is wrong with it is told at once, each
//! [`Problem`] with its place and what to write instead. The same table makes the JSON Schema
//! and the reference page, so neither can say something else than the reader does.
//!
//! It is not: the command line, the environment or a file's bytes, which the caller brings as
//! [`Surroundings`]; nor what runs, which is built from a [`Config`] elsewhere.

mod changes;
mod checked;
mod keys;
mod nearest;
mod problem;
mod read;
mod reference;
mod report;
mod schema;
mod shown;
#[cfg(test)]
mod tests;
mod tree;
mod unit;
mod url;

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

pub use changes::{Changes, Difference};
pub use checked::*;
pub use nearest::nearest;
pub use problem::{Problem, Problems, Severity};
pub use reference::reference_page;
pub use schema::json_schema;
pub use shown::redacted;

use keys::Bare;
use read::Reader;
use report::Report;
pub(crate) use unit::duration_text;

/// What a configuration may refer to outside of its own text.
pub struct Surroundings<'a> {
    /// The value of an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The bytes of a file, or why they cannot be had. The path is relative to the configuration's
    /// folder and has no `..` (the caller refuses symbolic links that lead out), except where a
    /// secret is written `{file: /absolute}`: there it is absolute, and may lie anywhere.
    pub file: &'a dyn Fn(&Path) -> Result<Vec<u8>, String>,
    /// The names of what is in this folder, or why it cannot be told; its path as those of files.
    pub folder: &'a dyn Fn(&Path) -> Result<Vec<String>, String>,
    /// What a variable without a value means.
    pub unset: Unset,
}

/// What `${VAR}` means where the environment has no `VAR` and no default is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// To check without an environment: the value is not looked at. What depends on it is left
    /// out of the [`Config`], which is not to be run.
    Unknown,
    /// To run: an error.
    Refuse,
}

/// A duration as people write it beside the configuration: a number of seconds, or one with `ms`,
/// `s`, `m` or `h`, a year at most. The error says what to write.
pub fn duration(text: &str) -> Result<Duration, &'static str> {
    unit::duration(text, Bare::Seconds)
}

/// A duration as the configuration has it: with a unit, a year at most.
pub(crate) fn read_duration(text: &str) -> Result<Duration, &'static str> {
    unit::duration(text, Bare::Refused)
}

/// Reads a configuration; with it come the warnings.
///
/// `name` is the file's name for messages. All problems are reported at once; only a syntax error
/// of the YAML itself ends the list.
pub fn read(
    name: &str,
    text: &str,
    around: &Surroundings<'_>,
) -> Result<(Config, Vec<Problem>), Problems> {
    let (config, problems) = read_all(name, text, around);
    match config {
        Some((config, _)) if !problems.iter().any(Problem::is_error) => Ok((config, problems)),
        Some(_) | None => Err(Problems(problems)),
    }
}

/// What a configuration says of the process: all that is under `buffy`. Mistakes elsewhere are no
/// matter to whoever only asks the Buffy that runs with what the file said before them; the rest of
/// the [`Config`] is not to be used.
pub fn read_process(name: &str, text: &str, around: &Surroundings<'_>) -> Result<Config, Problems> {
    let (config, problems) = read_all(name, text, around);
    let errors = || problems.iter().filter(|problem| problem.is_error());
    match config {
        // One who is not told where the process is may have mistyped it.
        Some((config, lines))
            if errors().next().is_none()
                || (config.admin.is_some()
                    && !errors().any(|error| lines.contains(&error.line))) =>
        {
            Ok(config)
        }
        Some(_) | None => Err(Problems(problems)),
    }
}

/// As far as it can be read, with the lines of `buffy`.
fn read_all(
    name: &str,
    text: &str,
    around: &Surroundings<'_>,
) -> (Option<(Config, Range<usize>)>, Vec<Problem>) {
    let report = Report::new(name, text);
    let root = tree::parse(&report, around).ok();
    let config = root.and_then(|root| {
        let reader = Reader {
            report: &report,
            around,
        };
        Some((read::config(reader, &root)?, root.lines_of("buffy")))
    });
    (config, report.finish())
}
