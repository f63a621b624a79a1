//! `test`: everything that this repository promises, in one run.

use std::process::Command;

use anyhow::Result;

use crate::bench;
use crate::check::{self, END_TO_END, PACKAGED};
use crate::command::{self, cargo};
use crate::dist::{self, Profile};
use crate::docs;
use crate::fuzz;
use crate::licences;
use crate::packages::Packages;
use crate::report::Report;
use crate::tools;

pub(crate) fn run(words: &[String]) -> Result<()> {
    let install = tools::wants_install("test", words)?;
    Report::of(|report| steps(report, install))
}

fn steps(report: &mut Report, install: bool) -> Result<()> {
    report.step("tools", |_| {
        tools::require(&[tools::TEST, dist::TOOLS].concat(), install)
    })?;
    // Ahead of what takes minutes: it takes seconds.
    report.step("what we depend on", |_| {
        let arguments = ["--locked", "check", "bans", "licenses", "sources"];
        command::run(tools::CARGO_DENY.command().args(arguments))?;
        licences::check()
    })?;
    check::steps(report)?;
    report.step("documentation tests", |tally| {
        tally.test(&mut cargo(&["test", "--locked", "--workspace", "--doc"]))
    })?;
    report.step("documentation", |_| {
        let mut doc = cargo(&["doc", "--locked", "--workspace", "--no-deps"]);
        command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    report.step("each feature alone", |_| features())?;
    report.step("end-to-end tests", |tally| {
        tally.test(&mut integration("buffy", END_TO_END))
    })?;
    report.step("what the pages show, and the book", |_| docs::run(&[]))?;
    dist::steps(report, Profile::Dev)?;
    report.step("tests of what is shipped", |tally| {
        tally.test(&mut integration("xtask", PACKAGED))
    })?;
    report.step("the bench, checking itself", |_| {
        bench::run(&["--smoke".to_owned()])
    })?;
    report.step("fuzz seeds", |_| fuzz::replay())
}

/// The call of one test target.
fn integration(package: &str, target: &str) -> Command {
    let arguments = ["test", "--locked", "--no-fail-fast", "--package"];
    let mut test = cargo(&arguments);
    test.args([package, "--test", target]);
    test
}

/// Compiles each crate with none of its features, and with one at a time.
fn features() -> Result<()> {
    let packages = Packages::read()?;
    let featured: Vec<_> = packages
        .own()
        .filter(|package| !package.features.is_empty())
        .collect();
    if featured.is_empty() {
        println!("no crate of the workspace has features");
    }
    for package in featured {
        let alone = [
            "check",
            "--locked",
            "--all-targets",
            "--no-default-features",
            "--package",
        ];
        command::run(cargo(&alone).arg(&package.name))?;
        for feature in &package.features {
            command::run(cargo(&alone).args([&package.name, "--features", feature]))?;
        }
    }
    Ok(())
}
