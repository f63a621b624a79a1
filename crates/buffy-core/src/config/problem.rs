//! What is wrong with a configuration, where, and what to write instead.

use std::fmt;

/// One thing that is wrong, or doubtful.
///
/// Its `Display` is what a compiler would print: the place, the message, the line of the file with
/// the offending text underlined, and the hint. It has no line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In characters; what is underlined, at least 1.
    pub length: usize,
    /// What is wrong, with its subject; one line, without a full stop.
    pub message: String,
    /// What to write; may be empty.
    pub hint: String,
    /// The line of the file, with the values of secrets blotted out.
    pub snippet: String,
}

/// Whether a configuration can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

/// All that is wrong with a file, in the file's order; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problem {
    /// With it the configuration cannot be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            ..
        } = self;
        let warning = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        write!(f, "{file}:{line}:{column}: {warning}{message}")?;
        let Window {
            text,
            before,
            length,
        } = Window::around(self);
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        write!(
            f,
            "\n  {number} | {text}\n  {margin} | {before}{}",
            "^".repeat(length)
        )?;
        if !self.hint.is_empty() {
            write!(f, "\n  {margin} = {}", self.hint)?;
        }
        Ok(())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Characters of a line that are shown.
const WINDOW_CHARACTERS: usize = 100;

/// The part of a line that is shown, so that a line of a megabyte does not hide its problem.
struct Window {
    text: String,
    /// As wide as what stands before the offending text; tabs stay tabs.
    before: String,
    length: usize,
}

impl Window {
    fn around(problem: &Problem) -> Self {
        let characters: Vec<char> = problem.snippet.trim_end().chars().collect();
        let column = problem.column.saturating_sub(1);
        let first = if column < WINDOW_CHARACTERS * 3 / 4 {
            0
        } else {
            column - WINDOW_CHARACTERS / 2
        };
        let mut text = String::new();
        let mut before = String::new();
        if first > 0 {
            text.push('…');
            before.push(' ');
        }
        let shown = characters.iter().skip(first).take(WINDOW_CHARACTERS);
        text.extend(shown.clone().map(|&c| visible(c)));
        if characters.len() > first + WINDOW_CHARACTERS {
            text.push('…');
        }
        let ahead = shown.clone().take(column - first);
        before.extend(ahead.map(|&c| if c == '\t' { '\t' } else { ' ' }));
        let room = shown.len().saturating_sub(column - first);
        Self {
            text,
            before,
            length: problem.length.clamp(1, room.max(1)),
        }
    }
}

/// A control character would move the cursor, or worse.
fn visible(character: char) -> char {
    if character.is_control() && character != '\t' {
        '\u{fffd}'
    } else {
        character
    }
}
