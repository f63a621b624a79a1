//! `pictures`: draws what is in `docs/pictures` from runs of this moment, so that none of it is made
//! up: the demo as it printed, and a deploy as clients of two proxies met it.

mod deploy;
mod outage;
mod svg;
mod terminal;

use std::fs;

use anyhow::{Context, Result};

use super::buffy;
use super::folder::Folder;
use crate::command;
use crate::tools::{self, Tool};

/// Where they are, from the root of the repository.
const FOLDER: &str = "docs/pictures";

pub(crate) fn run(words: &[String]) -> Result<()> {
    let install = tools::wants_install("pictures", words)?;
    tools::require(&[Tool::program("nginx", "nginx-light")], install)?;
    let binary = buffy::build(true)?;
    let folder = Folder::new()?;
    write("demo.svg", &terminal::picture(&terminal::demo(&binary)?))?;
    write(
        "deploy.svg",
        &deploy::picture(&outage::run(&binary, &folder)?),
    )
}

fn write(name: &str, picture: &str) -> Result<()> {
    let path = command::root().join(FOLDER).join(name);
    fs::write(&path, picture).with_context(|| format!("write {}", path.display()))?;
    println!("{FOLDER}/{name}: {} bytes", picture.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_pages_show_say_what_the_pages_say_of_them() {
        let drawn =
            |name: &str| fs::read_to_string(command::root().join(FOLDER).join(name)).unwrap();
        let demo = drawn("demo.svg");
        assert!(demo.contains("lost          0</text>"), "{demo}");
        assert!(demo.contains("doubled       0</text>"), "{demo}");
        let deploy = drawn("deploy.svg");
        assert!(deploy.contains("; Buffy lost none of "), "{deploy}");
        assert!(deploy.contains(": nginx lost "), "{deploy}");
    }
}
