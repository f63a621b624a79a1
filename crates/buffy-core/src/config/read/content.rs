//! What a response carries.

use std::path::PathBuf;

use serde::de::IgnoredAny;

use super::written::Written;
use crate::config::Content;
use crate::template::{Template, Variable};

pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// How HTML begins, in lower case.
const HTML_STARTS: &[&str] = &[
    "<!doctype html",
    "<html",
    "<head",
    "<body",
    "<!--",
    "<title",
    "<h1",
    "<p>",
    "<div",
];

/// Inline content or a file; `content_type` is what the response's own fields claim, `known` what
/// it may name.
pub(super) fn read(
    written: &Written<'_>,
    content_type: Option<&str>,
    known: &[Variable],
) -> Option<Content> {
    if written.node.is_structure() {
        let message = format!(
            "`{}` must be text, and is {}",
            written.name,
            written.node.is_a()
        );
        written.error(
            message,
            "put it in quotes, or in a block that begins with `|`",
        );
        return None;
    }
    let text = written.text()?;
    if text.trim_start().starts_with("file:") {
        return file(written, text.trim(), known);
    }
    let template = match Template::parse(text, known) {
        Ok(template) => template,
        Err(error) => {
            written.error_at(error.column.saturating_sub(1), &error.message, "");
            return None;
        }
    };
    let json = serde_json::from_str::<IgnoredAny>(&blanked(text));
    if let Err(error) = &json
        && claims_json(text, content_type)
    {
        tell_of_json(written, text, error);
        return None;
    }
    let content_type = if json.is_ok() {
        JSON
    } else if is_html(text) {
        HTML
    } else {
        TEXT
    };
    Some(Content::Inline {
        template,
        content_type,
    })
}

fn file(written: &Written<'_>, text: &str, known: &[Variable]) -> Option<Content> {
    let Some(path) = text.strip_prefix("file:///") else {
        let hint = "write `file:///x`: relative to the folder of this file";
        written.error(format!("{} does not name a file", written.shown()), hint);
        return None;
    };
    let mut confined = PathBuf::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." || part.contains(|c: char| c == '\\' || c.is_control()) {
            let hint = "files are served from the folder of this file and below it";
            written.error(format!("{} leads out of its folder", written.shown()), hint);
            return None;
        }
        confined.push(part);
    }
    if confined.as_os_str().is_empty() || path.ends_with('/') {
        written.error(format!("{} does not name a file", written.shown()), "");
        return None;
    }
    let bytes = match (written.reader.around.file)(&confined) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("{} cannot be read: {error}", written.shown());
            written.error(message, "the path is relative to the folder of this file");
            return None;
        }
    };
    refuse_unknown(written, &bytes, known);
    Some(Content::File { path: confined })
}

/// A file with braces of its own is served as it is; one that names what has a value elsewhere was
/// meant otherwise.
fn refuse_unknown(written: &Written<'_>, bytes: &[u8], known: &[Variable]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if Template::parse(text, Variable::OF_REFUSALS).is_ok()
        && let Err(error) = Template::parse(text, known)
    {
        let message = format!("{}: {}", written.shown(), error.message);
        written.error(message, "");
    }
}

/// Whether it was meant to be JSON: by its fields if they say, else by its first character.
fn claims_json(text: &str, content_type: Option<&str>) -> bool {
    let begins = text.trim_start();
    match content_type {
        Some(claimed) => {
            let essence = claimed.split(';').next().unwrap_or_default().trim();
            essence.ends_with("/json") || essence.ends_with("+json")
        }
        None => begins.starts_with(['{', '[']) && !begins.starts_with("{{"),
    }
}

fn is_html(text: &str) -> bool {
    let begins: String = text.trim_start().chars().take(16).collect();
    let begins = begins.to_ascii_lowercase();
    HTML_STARTS.iter().any(|start| begins.starts_with(start))
}

/// The text with something harmless of the same length for every `{{…}}`: a number, or text where
/// it stands inside of a string.
fn blanked(text: &str) -> String {
    let mut blanked = String::new();
    let mut quoted = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let variable = rest.strip_prefix("{{").and_then(|after| after.find("}}"));
        if let Some(length) = variable {
            let end = "{{}}".len() + length;
            let (variable, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let name = variable.trim_matches(['{', '}']).trim();
            // A sentence without quotes would break the JSON that it is put into.
            let first = if matches!(name, "GATE" | "REASON") {
                '?'
            } else {
                '0'
            };
            blanked.extend(variable.chars().enumerate().map(|(index, _)| match index {
                _ if quoted => 'x',
                0 => first,
                _ => ' ',
            }));
            rest = after;
            continue;
        }
        let escape = quoted && character == '\\';
        let length = if escape {
            rest.chars().take(2).map(char::len_utf8).sum()
        } else {
            character.len_utf8()
        };
        quoted ^= character == '"';
        let (taken, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        blanked.push_str(taken);
        rest = after;
    }
    blanked
}

fn tell_of_json(written: &Written<'_>, text: &str, error: &serde_json::Error) {
    let before = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let lines: usize = before.map(|line| line.chars().count()).sum();
    let line = text
        .split('\n')
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    // Columns count bytes, from 1.
    let bytes = line.get(..error.column().saturating_sub(1)).unwrap_or(line);
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default();
    let hint = "a content that begins with `{` or `[` must be JSON, unless its `Content-Type` says otherwise";
    let message = format!("this content is not JSON: {reason}");
    written.error_at(lines + bytes.chars().count(), &message, hint);
}

#[cfg(test)]
mod tests {
    use super::blanked;

    #[test]
    fn variables_are_blanked_and_the_rest_is_kept() {
        for (text, expected) in [
            (r#"{"u": "{{URL}}"}"#, r#"{"u": "xxxxxxx"}"#),
            (r#"{"n": {{ID}}}"#, r#"{"n": 0     }"#),
            (r#"["\"{{ID}}", 1]"#, r#"["\"xxxxxx", 1]"#),
            (r#"{"n": {{REASON}}}"#, r#"{"n": ?         }"#),
            (r#"{"a":{"b":{}}}"#, r#"{"a":{"b":{}}}"#),
            ("{{ä", "{{ä"),
        ] {
            assert_eq!(blanked(text), expected);
        }
    }
}
