//! Rules that one line breaks by itself, and the rule on how many lines there are.

use super::Problem;
use super::tree::{File, Tree, has_extension};

const LINES_MAX: usize = 500;

/// Words are put together from halves so that this file does not break its own rules.
const MARKS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
];
const HOMES: [&str; 4] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
];
const ALLOW: &str = concat!("tidy-", "allow(");

/// The one place where tests sleep: between two looks at a state, until its deadline.
const POLL: &str = "crates/buffy-test/src/eventually.rs";

/// No file of more than 500 lines, but for generated references and lists of pinned versions.
pub(super) fn long_files(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| !is_generated(&file.path)) {
        let lines = file.text.lines().count();
        let allowed = file.text.lines().any(|line| allows(line, "long-file"));
        if lines > LINES_MAX && !allowed {
            let message = format!("{lines} lines; at most {LINES_MAX}: find the second noun in it");
            problems.push(Problem::new(&file.path, 0, message));
        }
    }
    problems
}

/// Work left for later names who has it: a name or an issue in brackets.
pub(super) fn ownerless_marks(tree: &Tree) -> Vec<Problem> {
    each_line(tree.files.iter(), "mark", |_, line, _| {
        let mark = MARKS.iter().find(|mark| has_ownerless(line, mark))?;
        Some(format!(
            "`{mark}` without an owner: write `{mark}(name)` or do it"
        ))
    })
}

/// A test that does not run tells nothing: assert what is, or remove it.
pub(super) fn ignored_tests(tree: &Tree) -> Vec<Problem> {
    each_line(tree.rust(), "ignore", |_, _, code| {
        let ignored = code.contains("#[ignore") || code.contains(", ignore");
        ignored.then(|| "an ignored test: make it run, or remove it".to_owned())
    })
}

/// Tests wait on a state, with a deadline: a sleep is too short on a busy machine and too long on
/// every other.
pub(super) fn sleeps_in_tests(tree: &Tree) -> Vec<Problem> {
    let files = tree.rust().filter(|file| file.path != POLL);
    each_line(files, "sleep", |is_test, _, code| {
        let sleeps = is_test && (code.contains("sleep(") || code.contains("sleep_until("));
        sleeps.then(|| "a sleep in a test: wait on a state, with a deadline".to_owned())
    })
}

/// Outside tests: ways to panic that clippy's `unwrap_used` and `indexing_slicing` do not see.
pub(super) fn hidden_unwraps(tree: &Tree) -> Vec<Problem> {
    each_line(tree.rust(), "unwrap", |is_test, line, code| {
        let silenced = [
            "clippy::unwrap_used",
            "clippy::indexing_slicing",
            "clippy::expect_used",
        ];
        let hidden = silenced.iter().any(|lint| code.contains(lint))
            || code.contains("unwrap_unchecked")
            || code.contains("|_| panic!")
            || code.contains("|_| unreachable!")
            || (code.contains(".expect(") && line.contains(concat!(".expect(\"", "\")")));
        (hidden && !is_test).then(|| "a hidden unwrap: return the error, or say why not".to_owned())
    })
}

/// A path that exists on one machine only has no place in a repository.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Problem> {
    each_line(tree.files.iter(), "path", |_, line, _| {
        let home = HOMES.iter().find(|home| has_at_start_of_path(line, home))?;
        Some(format!("`{home}…` is a path of one machine"))
    })
}

/// Applies `broken(is_test, line, code)` to every line; the answer says what is wrong with it.
fn each_line<'a>(
    files: impl Iterator<Item = &'a File>,
    rule: &str,
    broken: impl Fn(bool, &str, &str) -> Option<String>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files {
        let mut is_test = file.is_test();
        let mut before = "";
        let mut code = file.code.lines();
        for (index, line) in file.text.lines().enumerate() {
            let code = code.next().unwrap_or_default();
            is_test |= code.starts_with("mod tests {");
            if let Some(message) = broken(is_test, line, code)
                && !allows(line, rule)
                && !allows(before, rule)
            {
                problems.push(Problem::new(&file.path, index + 1, message));
            }
            before = line;
        }
    }
    problems
}

/// Whether a line excuses itself or the next one from `rule`, with a reason.
fn allows(line: &str, rule: &str) -> bool {
    line.split_once(ALLOW)
        .and_then(|(_, rest)| rest.split_once("):"))
        .is_some_and(|(name, reason)| name == rule && !reason.trim().is_empty())
}

fn is_generated(path: &str) -> bool {
    has_extension(path, "lock")
        || has_extension(path, "snap")
        || path.starts_with("docs/reference/")
}

/// A mark as a word of its own, with no `(owner)` behind it.
fn has_ownerless(line: &str, mark: &str) -> bool {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(mark) {
        let is_part = before.ends_with(|character: char| character.is_alphanumeric())
            || after.starts_with(|character: char| character.is_alphanumeric());
        let owner = after
            .strip_prefix('(')
            .and_then(|text| text.split_once(')'));
        if !is_part && owner.is_none_or(|(owner, _)| owner.trim().is_empty()) {
            return true;
        }
        rest = after;
    }
    false
}

fn has_at_start_of_path(line: &str, home: &str) -> bool {
    let is_inner = |character: char| character.is_alphanumeric() || "._-}~*/".contains(character);
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(home) {
        let goes_on = after.starts_with(|character: char| character.is_alphanumeric());
        if goes_on && !before.ends_with(is_inner) {
            return true;
        }
        rest = after;
    }
    false
}
