//! `buffy init`, for every place where Buffy may run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use buffy_test::{FakeUpstream, TempFolder, get};

use crate::kit::{Process, buffy, output, text};

/// Each environment, and files that it has of the repository.
const ALL: [(&str, &[(&str, &str)]); 6] = [
    ("plain", &[("buffy.yaml", "examples/starter/buffy.yaml")]),
    (
        "compose",
        &[("compose.yaml", "examples/compose/compose.yaml")],
    ),
    (
        "k8s",
        &[
            ("buffy.yaml", "examples/kubernetes/buffy.yaml"),
            (
                "kustomization.yaml",
                "deploy/kustomize/base/kustomization.yaml",
            ),
        ],
    ),
    (
        "systemd",
        &[
            ("buffy.yaml", "examples/systemd/buffy.yaml"),
            ("buffy.service", "deploy/systemd/buffy.service"),
        ],
    ),
    (
        "gha",
        &[(
            ".github/workflows/deploy.yml",
            "examples/github-actions/.github/workflows/deploy.yml",
        )],
    ),
    (
        "gitlab",
        &[(".gitlab-ci.yml", "examples/gitlab-ci/.gitlab-ci.yml")],
    ),
];

#[test]
fn every_environment_gets_the_files_of_this_repository_and_a_good_configuration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (environment, files) in ALL {
        let folder = TempFolder::new();
        let said = output(folder.path(), &["init", "--for", environment, "--dir", "d"]);
        assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
        let told = text(&said.stdout);
        for line in told.lines().filter_map(|line| line.strip_prefix("wrote ")) {
            assert!(folder.path().join(line).exists(), "{environment}: {line}");
        }
        assert!(told.contains("\nNext:\n  cd d\n"), "{told}");
        let written = folder.path().join("d");
        for (file, original) in files {
            let [is, was] = [written.join(file), root.join(original)].map(fs::read_to_string);
            assert_eq!(is.unwrap(), was.unwrap(), "{environment}: {file}");
            assert!(told.contains(&format!("wrote d/{file}\n")), "{told}");
        }
        let checked = output(&written, &["check", "--deny-warnings"]);
        let problems = text(&checked.stderr);
        assert_eq!(checked.status.code(), Some(0), "{environment}: {problems}");
    }
}

#[test]
fn every_environment_is_tested() {
    let folder = TempFolder::new();
    let help = text(&output(folder.path(), &["init", "--help"]).stdout);
    let values = help.lines().filter_map(|line| {
        let (name, _) = line.trim().strip_prefix("- ")?.split_once(':')?;
        Some(name.trim().to_owned())
    });
    let tested: Vec<_> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(values.collect::<Vec<_>>(), tested, "{help}");
}

#[test]
fn what_is_there_is_written_over_only_when_that_is_said() {
    let folder = TempFolder::new();
    folder.write("compose.yaml", "mine");
    let mine = || fs::read_to_string(folder.path().join("compose.yaml")).unwrap();
    let refused = output(folder.path(), &["init", "--for", "compose"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("compose.yaml is there already"), "{said}");
    assert_eq!(mine(), "mine");
    assert!(!folder.path().join("buffy.yaml").exists(), "all or nothing");
    let forced = output(folder.path(), &["init", "--for", "compose", "--force"]);
    assert_eq!(forced.status.code(), Some(0));
    assert_ne!(mine(), "mine");
}

#[test]
fn nothing_is_written_where_a_link_points() {
    let folder = TempFolder::new();
    std::os::unix::fs::symlink("elsewhere", folder.path().join("buffy.yaml")).unwrap();
    let refused = output(folder.path(), &["init"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!folder.path().join("elsewhere").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = TempFolder::new();
    folder.write("d", "a file");
    let refused = output(folder.path(), &["init", "--dir", "d"]);
    assert_eq!(refused.status.code(), Some(70));
    let said = text(&refused.stderr);
    assert!(said.contains("d/buffy.yaml cannot be written"), "{said}");
}

#[test]
fn scripts_can_be_run() {
    let folder = TempFolder::new();
    output(folder.path(), &["init", "--for", "gha"]);
    let mode = |file: &str| {
        let found = fs::metadata(folder.path().join(file)).unwrap();
        found.permissions().mode() & 0o100
    };
    assert_eq!((mode("deploy.sh"), mode("buffy.yaml")), (0o100, 0));
}

#[test]
fn what_init_writes_forwards_and_answers() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    output(folder.path(), &["init"]);
    let written = fs::read_to_string(folder.path().join("buffy.yaml")).unwrap();
    // Its own ports may be taken here.
    let here = written
        .replace("http://127.0.0.1:8080", &upstream.url())
        .replace("port: 7001", "port: 0")
        .replace("\nbuffy:\n", "\nbuffy:\n  log: {format: json}\n");
    let run = buffy(folder.path(), &["run", "--port", "0"]);
    let process = Process::start_by(&folder, &here, run);
    assert_eq!(get(process.port(), "/").status, 200);
    assert_eq!(get(process.port(), "/ping").text(), r#"{"status":"pong"}"#);
}
