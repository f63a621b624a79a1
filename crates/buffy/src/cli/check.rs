//! `buffy check`: what is wrong with a configuration.

use buffy_core::config::{Problem, Problems, Severity, Unset};

use super::file;
use super::github::{Place, note};
use super::{CONFIGURATION, Check, DONE, Format, complain, say, with_causes};

/// Says all that is wrong, at once.
pub(super) fn check(typed: &Check) -> u8 {
    let found = match file::find(typed.file.as_deref()) {
        Ok(found) => found,
        Err(error) => {
            complain(&format!("buffy: {}\n", with_causes(&error)));
            return CONFIGURATION;
        }
    };
    let problems = match found.check(Unset::Unknown) {
        Ok(checked) => Problems(checked.warnings),
        Err(problems) => problems,
    };
    let errors = problems.0.iter().filter(|one| one.is_error()).count();
    let bad = errors > 0 || (typed.deny_warnings && !problems.0.is_empty());
    match typed.format {
        Format::Human => human(&found.name, &problems, bad),
        Format::Json => {
            say(&json(&problems));
        }
        Format::Github => {
            say(&problems.0.iter().map(github).collect::<String>());
        }
    }
    if bad { CONFIGURATION } else { DONE }
}

fn human(name: &str, problems: &Problems, bad: bool) {
    if !problems.0.is_empty() {
        complain(&format!("{problems}\n"));
    }
    if !bad {
        say(&format!("{name}: good\n"));
    }
}

fn json(problems: &Problems) -> String {
    let one = |problem: &Problem| {
        serde_json::json!({
            "severity": severity(problem.severity),
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "length": problem.length,
            "message": problem.message,
            "hint": problem.hint,
        })
    };
    let problems: Vec<_> = problems.0.iter().map(one).collect();
    format!("{}\n", serde_json::json!({ "problems": problems }))
}

fn github(problem: &Problem) -> String {
    let hint = if problem.hint.is_empty() {
        String::new()
    } else {
        format!(": {}", problem.hint)
    };
    let place = Place {
        file: &problem.file,
        line: problem.line,
        column: Some(problem.column),
    };
    let message = format!("{}{hint}", problem.message);
    note(severity(problem.severity), Some(place), &message)
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
