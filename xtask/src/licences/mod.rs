//! `licences`: THIRD-PARTY-LICENSES, which names what is in the binary and under which terms.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::command::{self, cargo};
use crate::tools;

const FILE: &str = "THIRD-PARTY-LICENSES";

/// The licence of the C library, which cargo-about does not know of.
const OF_GLIBC: &str = include_str!("LGPL-2.1");

/// `licences [--check]`
pub(crate) fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => {
            let path = command::root().join(FILE);
            fs::write(path, text()?).with_context(|| format!("write {FILE}"))
        }
        ["--check"] => check(),
        other => bail!("licences takes --check, not `{}`", other.join(" ")),
    }
}

/// Fails when the file is not what would be written now.
pub(crate) fn check() -> Result<()> {
    let written = fs::read_to_string(command::root().join(FILE)).unwrap_or_default();
    let text = text()?;
    if let Some(line) = first_difference(&written, &text) {
        bail!("{FILE}:{line}: stale; run `cargo xtask licences` and commit it");
    }
    println!(
        "{FILE} is what it should be: {} lines",
        text.lines().count()
    );
    Ok(())
}

/// Made from the crates that cargo has fetched and nothing else: a service that knows more today than
/// yesterday would make the file stale without a change of ours.
fn text() -> Result<String> {
    command::run(&mut cargo(&["fetch", "--locked", "--quiet"]))?;
    let mut about = tools::CARGO_ABOUT.command();
    about.args(["generate", "--frozen", "--fail", "about.hbs"]);
    about.args([
        "--config",
        "about.toml",
        "--manifest-path",
        "crates/buffy/Cargo.toml",
    ]);
    Ok(tidied(&(command::output(&mut about)? + OF_GLIBC)))
}

/// Without spaces at the ends of lines, and with one line feed at the end of all: as files are here.
fn tidied(text: &str) -> String {
    let mut tidied = String::new();
    for line in text.trim_end().lines() {
        tidied.push_str(line.trim_end());
        tidied.push('\n');
    }
    tidied
}

/// The line, counted from 1, where two texts part.
fn first_difference(left: &str, right: &str) -> Option<usize> {
    if left == right {
        return None;
    }
    let same = left.lines().zip(right.lines()).take_while(|(l, r)| l == r);
    Some(same.count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_about_accepts_is_what_cargo_deny_allows() {
        let list = |file: &str, key: &str| {
            let text = fs::read_to_string(command::root().join(file)).unwrap();
            let start = format!("\n{key} = ");
            let (_, rest) = text.split_once(&start).unwrap();
            rest.lines().next().unwrap().to_owned()
        };
        let allowed = list("deny.toml", "allow");
        assert!(allowed.starts_with("[\"MIT\", "), "{allowed}");
        assert_eq!(list("about.toml", "accepted"), allowed);
    }

    #[test]
    fn a_stale_file_is_told_by_its_line() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
    }

    #[test]
    fn a_text_is_written_without_spaces_at_its_ends() {
        assert_eq!(tidied("a  \r\n\n b\n\n\n"), "a\n\n b\n");
    }
}
