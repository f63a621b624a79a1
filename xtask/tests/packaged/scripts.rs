//! Every shell script of the repository, read by shellcheck.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::made::{output, root};

#[test]
fn shellcheck_has_nothing_to_say_of_any_script() {
    let scripts = scripts();
    assert!(
        scripts.iter().any(|script| script.ends_with(".ci/run")),
        "{scripts:?}"
    );
    output(
        Command::new("shellcheck")
            .current_dir(root())
            .args(&scripts),
    );
}

/// The files, as git sees them, that a shell runs: by their name or by their first line.
fn scripts() -> Vec<PathBuf> {
    let mut git = Command::new("git");
    let listed = output(git.current_dir(root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]));
    let paths = listed.split_terminator('\0').map(PathBuf::from);
    let is_script = |path: &PathBuf| {
        let text = fs::read_to_string(root().join(path)).unwrap_or_default();
        let first = text.lines().next().unwrap_or_default();
        first.starts_with("#!") && first.trim_end().ends_with("sh")
            || path.extension().is_some_and(|it| it == "sh") && !text.is_empty()
    };
    paths.filter(is_script).collect()
}
