//! `check`: what must hold before every commit.

use anyhow::{Result, bail};

use crate::command::{self, cargo};
use crate::packages::Packages;
use crate::report::Report;
use crate::tidy;

/// Tests of the built binary: they take their time, and run in `test`.
pub(crate) const END_TO_END: &str = "e2e";

/// Tests of what `dist` makes, with tools of others: they run in `test`, behind it.
pub(crate) const PACKAGED: &str = "packaged";

pub(crate) fn run(words: &[String]) -> Result<()> {
    if let Some(word) = words.first() {
        bail!("check takes no argument, not `{word}`");
    }
    Report::of(steps)
}

/// The steps of `check`, which are also the first ones of `test`.
pub(crate) fn steps(report: &mut Report) -> Result<()> {
    report.step("format", |_| {
        command::run(&mut cargo(&["fmt", "--all", "--check"]))
    })?;
    report.step("tidy", |_| tidy::run(&[]))?;
    report.step("clippy", |_| {
        let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--"];
        command::run(cargo(&arguments).args(["-D", "warnings"]))
    })?;
    report.step("unit and integration tests", |tally| {
        let packages = Packages::read()?;
        let mut test = cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]);
        test.args(["--lib", "--bins"]);
        for name in packages.own().flat_map(|package| &package.tests) {
            if ![END_TO_END, PACKAGED].contains(&name.as_str()) {
                test.args(["--test", name]);
            }
        }
        tally.test(&mut test)
    })
}
