//! `licences`: THIRD-PARTY-LICENSES, which names what is in the binary and under which terms.

mod digest;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{self, cargo};
use crate::packages::Packages;
use crate::tools;

use digest::digest;

const FILE: &str = "THIRD-PARTY-LICENSES";

/// The licence of the C library, which cargo-about does not know of.
const OF_GLIBC: &str = include_str!("LGPL-2.1");

/// What the last line of the file begins with; what follows is the digest of all before it and of what
/// that was made of. So a check takes no scan of all sources (a minute), and no cargo-about (three to build).
const SEAL: &str = "For `cargo xtask licences --check`: ";

/// What cargo-about reads beside the crates.
const SETTINGS: [&str; 2] = ["about.toml", "about.hbs"];

/// Both machines that binaries are given away for, as in about.toml.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// `licences [--check] [--install]`
pub(crate) fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["--install"] => {
            tools::require(&[tools::CARGO_ABOUT], !words.is_empty())?;
            let body = text()? + "\n";
            let sealed = format!("{body}{SEAL}{}\n", seal(&body, &ingredients()?)?);
            let path = command::root().join(FILE);
            fs::write(path, sealed).with_context(|| format!("write {FILE}"))
        }
        ["--check"] => check(),
        other => bail!(
            "licences takes --check or --install, not `{}`",
            other.join(" ")
        ),
    }
}

/// Fails when the file was made of something else than would be taken now, or changed since.
pub(crate) fn check() -> Result<()> {
    let written = fs::read_to_string(command::root().join(FILE)).unwrap_or_default();
    judge(&written, &ingredients()?)?;
    println!("{FILE} is what it should be");
    Ok(())
}

fn judge(written: &str, ingredients: &str) -> Result<()> {
    let (body, sealed) = written.rsplit_once(SEAL).unwrap_or((written, ""));
    ensure!(
        sealed.trim_end() == seal(body, ingredients)?,
        "{FILE} is stale: what it is made of has changed (the crates of the binary, {}), or it was \
         changed by hand; run `cargo xtask licences` and commit it",
        SETTINGS.join(", ")
    );
    Ok(())
}

fn seal(body: &str, ingredients: &str) -> Result<String> {
    digest(&format!("{ingredients}{body}"))
}

/// What the file is made of: the settings, and every crate in the binary, whose texts come with its version.
/// Ours are not in it: a release that changes their version alone leaves it as it is.
fn ingredients() -> Result<String> {
    let mut all = String::new();
    for name in SETTINGS {
        let path = command::root().join(name);
        all += &fs::read_to_string(path).with_context(|| format!("read {name}"))?;
    }
    let mut tree = cargo(&["tree", "--locked", "--package", "buffy"]);
    tree.args(["--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    for target in TARGETS {
        tree.args(["--target", target]);
    }
    let packages = Packages::read()?;
    let own: Vec<&str> = packages.own().map(|own| own.name.as_str()).collect();
    for (name, version) in crates(&command::output(&mut tree)?) {
        if !own.contains(&name) {
            all.extend([name, " ", version, "\n"]);
        }
    }
    Ok(all)
}

/// Names and versions out of a tree: `ring v0.17.14 (*)`.
fn crates(tree: &str) -> BTreeSet<(&str, &str)> {
    let lines = tree.lines().map(str::split_whitespace);
    lines
        .filter_map(|mut words| Some((words.next()?, words.next()?)))
        .collect()
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
    fn both_machines_of_about_toml_are_asked_for() {
        let about = fs::read_to_string(command::root().join("about.toml")).unwrap();
        assert!(about.contains(&format!("\ntargets = {TARGETS:?}\n")));
    }

    #[test]
    fn a_file_is_stale_when_it_or_what_it_was_made_of_changed() {
        let body = "All of it.\n";
        let written = format!("{body}{SEAL}{}\n", seal(body, "ring v1\n").unwrap());
        judge(&written, "ring v1\n").unwrap();
        for (written, ingredients) in [
            (written.as_str(), "ring v2\n"),
            (&written.replace("All", "Most"), "ring v1\n"),
            (body, "ring v1\n"),
            ("", "ring v1\n"),
        ] {
            let told = judge(written, ingredients).unwrap_err().to_string();
            assert!(told.contains("run `cargo xtask licences`"), "{told}");
        }
    }

    #[test]
    fn each_crate_of_a_tree_is_taken_once() {
        let tree = "buffy v0.1.0 (/a/tree)\nring v0.17.14\nserde v1.0.0 (proc-macro)\nring v0.17.14 (*)\n\n";
        let expected = [
            ("buffy", "v0.1.0"),
            ("ring", "v0.17.14"),
            ("serde", "v1.0.0"),
        ];
        assert_eq!(crates(tree), BTreeSet::from(expected));
    }

    #[test]
    fn a_text_is_written_without_spaces_at_its_ends() {
        assert_eq!(tidied("a  \r\n\n b\n\n\n"), "a\n\n b\n");
    }
}
