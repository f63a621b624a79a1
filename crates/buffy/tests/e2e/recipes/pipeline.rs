//! Pipelines: the steps of their files, run as the runner does, replace a backend under load.

use buffy_test::request;

use super::load::Load;
use super::recipe::Recipe;
use crate::verb::{Said, run};

/// What the runner sets, in the words of both.
const SET: [(&str, &str); 6] = [
    ("BUFFY_ADMIN", "http://127.0.0.1:7001"),
    ("GITHUB_ACTOR", "ann"),
    ("GITHUB_SHA", "c0ffee"),
    ("GITLAB_USER_LOGIN", "ann"),
    ("CI_COMMIT_SHORT_SHA", "c0ffee"),
    ("CI_JOB_STATUS", "failed"),
];

/// The commands of a GitHub workflow's steps, in order.
pub(crate) fn github(workflow: &str) -> Vec<String> {
    let steps = workflow.split(" run: ").skip(1);
    steps
        .map(|rest| match rest.strip_prefix("|\n") {
            Some(block) => {
                let lines = block
                    .lines()
                    .take_while(|line| line.starts_with("          "));
                lines.flat_map(|line| [line.trim(), "\n"]).collect()
            }
            None => rest.lines().next().unwrap_or_default().to_owned(),
        })
        .collect()
}

/// The commands of a GitLab job's scripts, in order.
pub(crate) fn gitlab(pipeline: &str) -> Vec<String> {
    let (_, scripts) = pipeline.split_once("script:\n").expect("a script");
    let lines = scripts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- "));
    lines.map(str::to_owned).collect()
}

/// Runs a step as a runner does: it ends at the first command that fails.
fn step(recipe: &Recipe, step: &str) -> Said {
    let mut command = recipe.sh(step);
    for (name, value) in SET {
        command.env(name, recipe.moved(value));
    }
    run(command)
}

/// Every other one is a POST.
fn visit(number: usize) -> Vec<u8> {
    if number.is_multiple_of(2) {
        request("POST", "/orders", &[], b"tea")
    } else {
        request("GET", "/", &[], b"")
    }
}

/// The steps deploy, wait, and tell what is in the way; under load the first two lose nothing.
#[track_caller]
fn check(example: &str, file: &str, steps: fn(&str) -> Vec<String>) {
    let recipe = Recipe::of(example);
    let steps = steps(&recipe.read(file));
    let [deploy, wait, tell] = steps.as_slice() else {
        panic!("{steps:?}");
    };
    let _buffy = recipe.buffy();
    recipe.runs("./deploy.sh first").ended(0, &[]);
    recipe.eventually_open("shop");
    let load = Load::start(recipe.port(7000), visit);
    load.goes_on(50);
    step(&recipe, deploy).ended(0, &["requests held, median wait"]);
    step(&recipe, wait).ended(0, &["shop: open"]);
    load.goes_on(50);
    let exchanges = load.end_with_nothing_lost();
    for release in ["release first", "release c0ffee"] {
        assert!(exchanges.iter().any(|one| one.text == release), "{release}");
    }
    assert!(exchanges.iter().any(|one| one.was_held));

    recipe
        .runs("buffy gate close shop --actor bob --reason lunch")
        .ended(0, &[]);
    step(&recipe, tell).ended(0, &["closed by bob: lunch"]);
}

#[test]
fn the_steps_of_a_github_workflow_deploy_under_load() {
    check("github-actions", ".github/workflows/deploy.yml", github);
}

#[test]
fn the_script_of_a_gitlab_job_deploys_under_load() {
    check("gitlab-ci", ".gitlab-ci.yml", gitlab);
}

#[test]
fn a_deploy_that_fails_lifts_the_gate_and_fails_the_step() {
    let recipe = Recipe::of("github-actions");
    let deploy = github(&recipe.read(".github/workflows/deploy.yml")).remove(0);
    let _buffy = recipe.buffy();
    recipe.runs("./deploy.sh first").ended(0, &[]);
    recipe.eventually_open("shop");
    recipe.write("deploy.sh", "#!/bin/sh\nexit 3\n");
    step(&recipe, &deploy).ended(3, &["`deploy.sh` took"]);
    recipe.eventually_open("shop");
    assert_eq!(
        buffy_test::get(recipe.port(7000), "/").text(),
        "release first"
    );
}
