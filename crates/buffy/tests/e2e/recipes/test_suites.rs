//! A test suite against a provider that does not exist: content, failing, and asking the wrong thing.

use super::pipeline::{github, gitlab};
use super::recipe::Recipe;
use crate::verb::run;

/// A tarball as a release has it, whose `buffy` is the one under test.
const PACK: &str = "mkdir -p buffy-9.9.9
printf '#!/bin/sh\\nexec %s \"$@\"\\n' \"$(command -v buffy)\" >buffy-9.9.9/buffy
chmod +x buffy-9.9.9/buffy
tar -czf release.tar.gz buffy-9.9.9
rm -r buffy-9.9.9";

/// Runs a pipeline's commands, in order; what one puts on the path the next ones find.
#[track_caller]
fn passes(recipe: &Recipe, commands: &[String]) {
    let script = format!(
        "{}\nexport PATH=\"$(tr '\\n' : <path)$PATH\"\n{}",
        commands.first().expect("it gets Buffy"),
        commands.get(1..).unwrap_or_default().join("\n")
    );
    let tarball = format!("file://{}", recipe.path().join("release.tar.gz").display());
    let mut command = recipe.sh(&script);
    command
        .env("TARBALL", tarball)
        .env("RUNNER_TEMP", recipe.path())
        .env("GITHUB_PATH", recipe.path().join("path"));
    run(command).ended(0, &["verified: 2 of 2 expectations"]);
    assert!(recipe.read("verify.xml").contains("failures=\"0\""));
}

#[test]
fn a_github_workflow_gets_buffy_and_tests() {
    let recipe = Recipe::of("test-suites");
    recipe.runs(PACK).ended(0, &[]);
    passes(&recipe, &github(&recipe.read(".github/workflows/test.yml")));
    assert_eq!(
        recipe.read("path").trim(),
        recipe.path().join("buffy").display().to_string()
    );
}

#[test]
fn a_gitlab_job_gets_buffy_and_tests() {
    let recipe = Recipe::of("test-suites");
    recipe.runs(PACK).ended(0, &[]);
    recipe.write("path", "");
    let commands = gitlab(&recipe.read(".gitlab-ci.yml"));
    passes(&recipe, &commands);
    assert!(recipe.path().join(".buffy/buffy").exists());
}

#[test]
fn the_suite_passes_and_leaves_a_report() {
    let recipe = Recipe::of("test-suites");
    recipe
        .runs("./run.sh")
        .ended(0, &["verified: 2 of 2 expectations"]);
    let report = recipe.read("verify.xml");
    assert!(report.contains("failures=\"0\""), "{report}");
}

#[test]
fn a_client_that_asks_for_the_wrong_thing_is_told_the_line_and_the_difference() {
    let recipe = Recipe::of("test-suites");
    let wrong = recipe
        .read("shop.py")
        .replace("\"currency\": currency", "\"curency\": currency");
    recipe.write("shop.py", &wrong);
    let said = recipe.runs("./run.sh --format github");
    let note = "::error file=buffy.yaml,line=";
    said.ended(1, &[note, "body.currency in [", "`refunds` expects"]);
    let report = recipe.read("verify.xml");
    assert!(report.contains("<failure"), "{report}");
}

#[test]
fn a_test_that_fails_fails_the_run() {
    let recipe = Recipe::of("test-suites");
    let wrong = recipe.read("test_shop.py").replace("\"ch-3\"", "\"ch-1\"");
    recipe.write("test_shop.py", &wrong);
    recipe
        .runs("./run.sh")
        .ended(1, &["'ch-3' != 'ch-1'", "verified: 2 of 2"]);
}
