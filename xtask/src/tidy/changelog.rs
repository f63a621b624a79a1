//! The rule on CHANGELOG.md: the shape of Keep a Changelog, so that a reader finds his version.

use super::Problem;
use super::tree::Tree;

const PATH: &str = "CHANGELOG.md";
const KINDS: [&str; 6] = [
    "Added",
    "Changed",
    "Deprecated",
    "Removed",
    "Fixed",
    "Security",
];

/// A title, `## [Unreleased]` first, then `## [1.2.3] - 2026-01-31` from new to old; below each
/// only the six kinds, none of them empty.
pub(super) fn problems(tree: &Tree) -> Vec<Problem> {
    let Some(file) = tree.files.iter().find(|file| file.path == PATH) else {
        return vec![Problem::new(PATH, 0, "there is no changelog")];
    };
    let mut shape = Shape::default();
    for (index, line) in file.text.lines().enumerate() {
        shape.line(index + 1, line);
    }
    shape.end_of_kind();
    if shape.releases == 0 {
        shape.problem(0, "no `## [Unreleased]`");
    }
    shape.problems
}

/// What was read so far.
#[derive(Default)]
struct Shape {
    releases: usize,
    last: Option<[u64; 3]>,
    /// The line of the kind that has no entry yet.
    empty_kind: Option<usize>,
    in_kind: bool,
    problems: Vec<Problem>,
}

impl Shape {
    fn line(&mut self, number: usize, line: &str) {
        if number == 1 && line != "# Changelog" {
            self.problem(number, "the first line is `# Changelog`");
        }
        if let Some(kind) = line.strip_prefix("### ") {
            self.end_of_kind();
            if !KINDS.contains(&kind) {
                self.problem(number, format!("`{kind}` is none of {}", KINDS.join(", ")));
            }
            self.empty_kind = Some(number);
            self.in_kind = true;
        } else if let Some(release) = line.strip_prefix("## ") {
            self.end_of_kind();
            self.in_kind = false;
            self.release(number, release);
        } else if line.starts_with("- ") {
            self.empty_kind = None;
            if !self.in_kind {
                self.problem(number, "an entry stands below one of the six kinds");
            }
        }
    }

    fn release(&mut self, number: usize, title: &str) {
        self.releases += 1;
        if self.releases == 1 {
            if title != "[Unreleased]" {
                self.problem(number, "the first section is `## [Unreleased]`");
            }
            return;
        }
        let Some(version) = version(title) else {
            self.problem(number, "a release is written `## [1.2.3] - 2026-01-31`");
            return;
        };
        if self.last.is_some_and(|last| last <= version) {
            self.problem(number, "releases go from new to old");
        }
        self.last = Some(version);
    }

    fn end_of_kind(&mut self) {
        if let Some(line) = self.empty_kind.take() {
            self.problem(line, "nothing stands below this heading");
        }
    }

    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem::new(PATH, line, message));
    }
}

fn version(title: &str) -> Option<[u64; 3]> {
    let (version, date) = title.strip_prefix('[')?.split_once("] - ")?;
    let day = numbers(date, '-')?;
    let is_day = date.len() == 10 && (1..=12).contains(&day[1]) && (1..=31).contains(&day[2]);
    if is_day { numbers(version, '.') } else { None }
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let numbers: Vec<u64> = text
        .split(separator)
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}
