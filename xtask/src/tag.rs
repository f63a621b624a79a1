//! `release-check`: whether a tag may become a release, and what its notes are.
//!
//! The notes are the version's section of the changelog: it is written for users, while commits say
//! why to those who change the code.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::command;
use crate::packages::Packages;

/// Prints the notes to standard output, and nothing else, so that a workflow can write them to a file.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let [tag] = words else {
        bail!("release-check takes one tag, such as `v1.2.3`");
    };
    let packages = Packages::read()?;
    let buffy = packages.own().find(|package| package.name == "buffy");
    let version = &buffy.context("the workspace has no `buffy`")?.version;
    let path = command::root().join("CHANGELOG.md");
    let changelog = fs::read_to_string(&path).context("read CHANGELOG.md")?;
    println!("{}", notes(tag, version, &changelog)?);
    Ok(())
}

/// The section of the version that `tag` names. Tidy holds the changelog to its shape; here its
/// section has to be there, with a date, and to say something.
fn notes<'a>(tag: &str, version: &str, changelog: &'a str) -> Result<&'a str> {
    ensure!(
        tag.strip_prefix('v') == Some(version),
        "the tag is `{tag}`, but the version in Cargo.toml asks for `v{version}`"
    );
    let title = format!("\n## [{version}]");
    let (_, section) = changelog.split_once(&title).with_context(|| {
        format!("CHANGELOG.md has no `## [{version}] - YYYY-MM-DD`: rename `## [Unreleased]`, and begin another")
    })?;
    let (rest, section) = section.split_once('\n').unwrap_or((section, ""));
    ensure!(
        rest.starts_with(" - "),
        "CHANGELOG.md: `## [{version}]{rest}` has no date; write `## [{version}] - YYYY-MM-DD`"
    );
    let end = section.find("\n## ").unwrap_or(section.len());
    let notes = section.get(..end).unwrap_or(section).trim();
    ensure!(
        !notes.is_empty(),
        "CHANGELOG.md says nothing of {version}: a release has something to say"
    );
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n\n\
        ### Fixed\n- It holds.\n\n## [1.2.0] - 2026-01-01\n\n## [1.1.0]\n### Added\n- All.\n";

    #[test]
    fn the_notes_are_the_section_of_the_version() {
        let notes = notes("v1.2.3", "1.2.3", CHANGELOG).unwrap();
        assert_eq!(notes, "### Fixed\n- It holds.");
    }

    #[test]
    fn what_keeps_a_tag_from_being_released_is_told() {
        let told = |tag: &str, version: &str| {
            let error = notes(tag, version, CHANGELOG).unwrap_err();
            error.to_string()
        };
        assert_eq!(
            told("v1.2.4", "1.2.3"),
            "the tag is `v1.2.4`, but the version in Cargo.toml asks for `v1.2.3`"
        );
        assert_eq!(
            told("1.2.3", "1.2.3"),
            "the tag is `1.2.3`, but the version in Cargo.toml asks for `v1.2.3`"
        );
        assert!(told("v1.3.0", "1.3.0").contains("has no `## [1.3.0] - YYYY-MM-DD`"));
        assert!(told("v1.1.0", "1.1.0").contains("has no date"));
        assert!(told("v1.2.0", "1.2.0").contains("says nothing of 1.2.0"));
    }
}
