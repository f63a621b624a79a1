//! What all products of a release have in common.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::packages::Packages;

/// How the binary is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick: for tests of what is shipped.
    Dev,
    /// What users get.
    Release,
}

impl Profile {
    pub(super) fn named(name: &str) -> Result<Profile> {
        match name {
            "dev" => Ok(Profile::Dev),
            "release" => Ok(Profile::Release),
            other => bail!("--profile is dev or release, not `{other}`"),
        }
    }

    /// As `cargo --profile` takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
        }
    }

    /// How hard archives are pressed, as gzip takes it: a test does not wait for the last percent.
    pub(super) fn effort(self) -> &'static str {
        match self {
            Profile::Dev => "-1",
            Profile::Release => "-9",
        }
    }

    /// The folder in `target` that cargo builds into.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }
}

/// One version for one machine.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) version: String,
    /// The machine, as rustc calls it: `x86_64-unknown-linux-gnu`.
    pub(super) target: String,
    pub(super) profile: Profile,
    /// The time that every file gets, in seconds since 1970: the commit's, so that the same commit
    /// makes the same bytes.
    pub(super) time: u64,
    /// Where cargo builds.
    pub(super) built: PathBuf,
    /// Where products go.
    pub(super) folder: PathBuf,
}

impl Release {
    /// Of this tree, for the machine that this runs on.
    pub(super) fn of(profile: Profile) -> Result<Release> {
        let packages = Packages::read()?;
        let buffy = packages.own().find(|package| package.name == "buffy");
        let rustc = command::output(Command::new("rustc").arg("-vV"))?;
        Ok(Release {
            version: buffy
                .context("the workspace has no `buffy`")?
                .version
                .clone(),
            target: host(&rustc)
                .context("`rustc -vV` names no host")?
                .to_owned(),
            profile,
            time: time()?,
            built: packages.target.join(profile.folder()),
            folder: packages.target.join("dist"),
        })
    }

    /// `buffy-VERSION-TARGET`: the tarball's name, and the folder in it.
    pub(super) fn name(&self) -> String {
        format!("buffy-{}-{}", self.version, self.target)
    }

    /// The static binary.
    pub(super) fn binary(&self) -> PathBuf {
        self.folder.join("buffy")
    }
}

fn host(rustc: &str) -> Option<&str> {
    rustc.lines().find_map(|line| line.strip_prefix("host: "))
}

/// `SOURCE_DATE_EPOCH`, as other tools for reproducible builds have it, else the commit's time.
fn time() -> Result<u64> {
    let written = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(written) => written,
        Err(_) => command::output(Command::new("git").args(["log", "-1", "--format=%ct"]))
            .context("outside a clone, set SOURCE_DATE_EPOCH to the seconds of the version")?,
    };
    let written = written.trim();
    written
        .parse()
        .with_context(|| format!("`{written}` is not a number of seconds since 1970"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_the_one_that_rustc_builds_for() {
        let told =
            "rustc 1.95.0\nbinary: rustc\nhost: aarch64-unknown-linux-gnu\nrelease: 1.95.0\n";
        assert_eq!(host(told), Some("aarch64-unknown-linux-gnu"));
        assert_eq!(host("rustc 1.95.0\n"), None);
    }
}
