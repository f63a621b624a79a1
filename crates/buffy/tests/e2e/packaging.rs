//! What packages bring beside the binary: completions and manual pages.

use std::process::Command;

use buffy_test::TempFolder;

use crate::kit::{output, text};

#[test]
fn completions_of_bash_complete_verbs_and_options() {
    let folder = TempFolder::new();
    let script = output(folder.path(), &["completions", "bash"]);
    assert_eq!(script.status.code(), Some(0));
    folder.write("buffy.bash", &text(&script.stdout));
    let complete = |words: &str, at: usize, word: &str| {
        let asked = format!(
            "source ./buffy.bash; COMP_WORDS=({words}); COMP_CWORD={at}; \
             _buffy buffy '{word}' x; echo \"${{COMPREPLY[@]}}\""
        );
        let bash = Command::new("bash")
            .args(["--norc", "-c", &asked])
            .current_dir(folder.path())
            .output()
            .expect("bash runs");
        assert_eq!(text(&bash.stderr), "", "{words}");
        text(&bash.stdout).trim().to_owned()
    };
    assert_eq!(complete("buffy ga", 1, "ga"), "gate");
    assert_eq!(complete("buffy gate cl", 2, "cl"), "close");
    assert_eq!(complete("buffy run --port-", 2, "--port-"), "--port-file");
}

#[test]
fn completions_for_zsh_and_fish_know_every_verb() {
    let folder = TempFolder::new();
    for shell in ["zsh", "fish"] {
        let script = text(&output(folder.path(), &["completions", shell]).stdout);
        for verb in verbs(&folder) {
            assert!(script.contains(&verb), "{verb} for {shell}");
        }
    }
}

#[test]
fn every_verb_has_a_manual_page_of_its_own() {
    let folder = TempFolder::new();
    let written = output(folder.path(), &["man", "pages"]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    let page = |name: &str| {
        let path = folder.path().join("pages").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    for verb in verbs(&folder) {
        let page = page(&format!("buffy-{verb}.1"));
        assert!(page.contains(".TH buffy-"), "{verb}: {page}");
        assert!(page.contains(".SH DESCRIPTION"), "{verb}: {page}");
    }
    assert!(page("buffy-gate-close.1").contains("\\-\\-drain"));
    let printed = text(&output(folder.path(), &["man"]).stdout);
    assert_eq!(printed, page("buffy.1"));
    assert!(printed.contains(env!("CARGO_PKG_VERSION")), "{printed}");
}

#[test]
fn pages_that_cannot_be_written_are_told() {
    let folder = TempFolder::new();
    folder.write("pages", "a file");
    let refused = output(folder.path(), &["man", "pages"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("cannot be written to pages"), "{said}");
}

/// Those that the help lists.
#[track_caller]
fn verbs(folder: &TempFolder) -> Vec<String> {
    let help = text(&output(folder.path(), &["--help"]).stdout);
    let commands = help.split("Commands:").nth(1).expect("it lists them");
    let commands = commands.split("\n\n").next().unwrap_or_default();
    let first = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let verbs: Vec<_> = first
        .filter(|verb| *verb != "help")
        .map(str::to_owned)
        .collect();
    assert!(verbs.len() > 20, "{help}");
    verbs
}
