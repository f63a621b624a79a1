//! Where problems are gathered while a file is read.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::problem::{Problem, Severity};

/// A stretch of the file's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The line of its first character, from 1.
    pub line: usize,
    /// In bytes; where it begins.
    pub start: usize,
    /// In bytes; where it begins too: as far as its line goes.
    pub end: usize,
}

/// What was found so far.
pub(super) struct Report<'t> {
    name: &'t str,
    text: &'t str,
    found: RefCell<Vec<Found>>,
    secrets: RefCell<Vec<Place>>,
}

struct Found {
    severity: Severity,
    place: Place,
    message: String,
    hint: String,
}

/// Problems that are shown; a file with more is not the file that was meant.
const PROBLEMS_SHOWN_MAX: usize = 100;

impl<'t> Report<'t> {
    pub(super) fn new(name: &'t str, text: &'t str) -> Self {
        Self {
            name,
            text,
            found: RefCell::default(),
            secrets: RefCell::default(),
        }
    }

    /// The file's name, for messages.
    pub(super) fn name(&self) -> &'t str {
        self.name
    }

    /// The text as written, for messages; nothing where the place is not of this text.
    pub(super) fn source(&self, place: Place) -> &'t str {
        self.text.get(place.start..place.end).unwrap_or_default()
    }

    /// All of the file.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    pub(super) fn error(&self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Error, place, message.into(), hint.into());
    }

    pub(super) fn warn(&self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Warning, place, message.into(), hint.into());
    }

    fn add(&self, severity: Severity, place: Place, message: String, hint: String) {
        self.found.borrow_mut().push(Found {
            severity,
            place,
            message,
            hint,
        });
    }

    /// This is a secret: where its line is shown, it is not.
    pub(super) fn blot(&self, place: Place) {
        self.secrets.borrow_mut().push(place);
    }

    /// The line of the problem that was found last.
    pub(super) fn last_line(&self) -> Option<usize> {
        self.found.borrow().last().map(|found| found.place.line)
    }

    /// Everything, in the file's order; a warning about what is wrong anyway is left out.
    pub(super) fn finish(self) -> Vec<Problem> {
        let Self {
            name,
            text,
            found,
            secrets,
        } = self;
        let (mut found, secrets) = (found.into_inner(), secrets.into_inner());
        let is_error = |found: &Found| found.severity == Severity::Error;
        let errors = found.iter().filter(|found| is_error(found));
        let wrong: BTreeSet<usize> = errors.map(|found| found.place.start).collect();
        found.retain(|found| is_error(found) || !wrong.contains(&found.place.start));
        found.sort_by_key(|found| found.place.start);
        let beyond = found.split_off(found.len().min(PROBLEMS_SHOWN_MAX));
        let problem = |found: Found| {
            let Line {
                column,
                length,
                snippet,
            } = Line::of(text, found.place, &secrets);
            let Found {
                severity,
                place,
                message,
                hint,
            } = found;
            let (file, line) = (name.to_owned(), place.line);
            Problem {
                severity,
                file,
                line,
                column,
                length,
                message,
                hint,
                snippet,
            }
        };
        let mut problems: Vec<Problem> = found.into_iter().map(problem).collect();
        // An anchor's value is read once for every alias: what is wrong with it is told once.
        problems.dedup();
        let count = beyond.len();
        if let Some(next) = beyond.into_iter().next() {
            let severity = Severity::Error;
            let message = format!("{count} more problems from here on");
            problems.push(problem(Found {
                severity,
                message,
                hint: String::new(),
                ..next
            }));
        }
        problems
    }
}

/// One line as it is shown.
struct Line {
    column: usize,
    length: usize,
    snippet: String,
}

impl Line {
    fn of(text: &str, place: Place, secrets: &[Place]) -> Self {
        let is_break = |c: char| matches!(c, '\n' | '\r');
        let (before, after) = text.split_at_checked(place.start).unwrap_or((text, ""));
        let first = before.rfind(is_break).map_or(0, |at| at + 1);
        let last = place.start + after.find(is_break).unwrap_or(after.len());
        let line = text.get(first..last).unwrap_or_default();
        let column = before.get(first..).unwrap_or_default().chars().count() + 1;
        let end = if place.end > place.start {
            place.end.min(last)
        } else {
            last
        };
        let length = text
            .get(place.start..end)
            .unwrap_or_default()
            .trim_end()
            .chars()
            .count();
        let secret = |at: usize| {
            secrets
                .iter()
                .any(|secret| (secret.start..secret.end).contains(&at))
        };
        let snippet = line
            .char_indices()
            .map(|(at, character)| if secret(first + at) { '•' } else { character })
            .collect();
        Self {
            column,
            length: length.max(1),
            snippet,
        }
    }
}
