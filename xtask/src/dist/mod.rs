//! `dist`: what a release has, made on this machine as the release workflow makes it.
//!
//! Everything comes to `target/dist`. The same commit and the same compiler make the same bytes.

mod binary;
mod debian;
mod documents;
mod release;
mod sums;
mod tarball;
mod tree;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::report::Report;
use crate::sbom;
use crate::tools::{self, Tool};

pub(crate) use release::Profile;

use documents::Documents;
use release::Release;

/// What it calls, with either profile.
pub(crate) const TOOLS: &[Tool] = &[
    Tool::program("git", "git"),
    Tool::program("readelf", "binutils"),
    Tool::program("tar", "tar"),
    Tool::program("gzip", "gzip"),
    Tool::program("sha256sum", "coreutils"),
    Tool::program("dpkg-deb", "dpkg"),
    tools::CARGO_CYCLONEDX,
];

/// `dist [--profile dev|release] [--install]`
pub(crate) fn run(words: &[String]) -> Result<()> {
    let (profile, install) = options(words)?;
    Report::of(|report| {
        report.step("tools", |_| tools::require(&tools(profile), install))?;
        steps(report, profile)
    })
}

fn tools(profile: Profile) -> Vec<Tool> {
    let mut tools = TOOLS.to_vec();
    tools.extend((profile == Profile::Release).then_some(tools::CARGO_AUDITABLE));
    tools
}

/// The steps of `dist` once its tools are there.
pub(crate) fn steps(report: &mut Report, profile: Profile) -> Result<()> {
    let release = Release::of(profile)?;
    empty(&release.folder)?;
    report.step("the static binary", |_| binary::make(&release))?;
    let documents = Documents::of(&release)?;
    report.step("the tarball", |_| tarball::make(&release, &documents))?;
    report.step("the Debian package", |_| debian::make(&release, &documents))?;
    report.step("the bill of materials", |_| {
        let name = format!("{}.cdx.json", release.name());
        sbom::write(&release.folder.join(name), release.time)
    })?;
    report.step("checksums", |_| sums::make(&release))
}

fn options(words: &[String]) -> Result<(Profile, bool)> {
    let mut profile = Profile::Release;
    let mut install = false;
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--install" => install = true,
            "--profile" => profile = Profile::named(words.next().unwrap_or_default())?,
            other => bail!("dist takes --profile and --install, not `{other}`"),
        }
    }
    Ok((profile, install))
}

/// The folder, without what an earlier run made.
fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(Profile, bool)> {
        options(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_release_is_made_unless_another_profile_is_asked_for() {
        assert_eq!(read("").unwrap(), (Profile::Release, false));
        assert_eq!(read("--profile dev").unwrap(), (Profile::Dev, false));
        let both = read("--install --profile release").unwrap();
        assert_eq!(both, (Profile::Release, true));
    }

    #[test]
    fn what_is_not_understood_is_told_with_what_is() {
        let told = |line| read(line).unwrap_err().to_string();
        assert_eq!(
            told("--profile fast"),
            "--profile is dev or release, not `fast`"
        );
        assert_eq!(told("--profile"), "--profile is dev or release, not ``");
        assert_eq!(told("dev"), "dist takes --profile and --install, not `dev`");
    }
}
