//! What a response carries.

use serde::de::IgnoredAny;

use super::written::Written;
use super::{json, path, template};
use crate::config::Content;
use crate::template::{Template, Variable};

pub(super) const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
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

/// The content of an answer; `content_type` is what the response's own fields claim.
pub(super) fn of_answers(written: &Written<'_>, content_type: Option<&str>) -> Option<Content> {
    let text = text(written)?;
    if is_file(text) {
        return file_of_answers(written, text.trim());
    }
    let template = template::parse(written, text)?;
    // What a block leaves of the text is only known when it is rendered.
    let whole = !text.contains("{%");
    inline(written, template, content_type, whole)
}

/// The content of a refusal, or of no endpoint; `known` is what it may name.
pub(super) fn of_refusals(
    written: &Written<'_>,
    content_type: Option<&str>,
    known: &[Variable],
) -> Option<Content> {
    let text = text(written)?;
    if is_file(text) {
        let (path, bytes) = path::file(written)?;
        refuse_unknown(written, &bytes, known);
        let path = path.to_str().expect("of a text").to_owned();
        return Some(Content::File {
            path: Template::literal(&path),
        });
    }
    let template = refusal(written, text, known)?;
    inline(written, template, content_type, true)
}

/// The `json` of a refusal: a text in which a variable that stands alone keeps its type.
pub(super) fn json_of_refusals(written: &Written<'_>, known: &[Variable]) -> Option<Content> {
    let mut text = json::json(written.node)?.to_string();
    for number in ["WAITED", "POSITION", "RETRY_AFTER"] {
        for name in [format!("{{{{{number}}}}}"), format!("{{{{ {number} }}}}")] {
            text = text.replace(&format!("\"{name}\""), &name);
        }
    }
    match Template::parse(&text, known) {
        Ok(template) => Some(Content::Inline {
            template,
            content_type: JSON,
        }),
        Err(error) => {
            written.error(error.message, "");
            None
        }
    }
}

/// Where a response says nothing of what it carries.
pub(super) fn nothing() -> Content {
    Content::Inline {
        template: Template::literal(""),
        content_type: TEXT,
    }
}

fn text<'r>(written: &Written<'r>) -> Option<&'r str> {
    if written.node.is_structure() {
        let message = format!(
            "`{}` must be text, and is {}",
            written.name,
            written.node.is_a()
        );
        let hint = "put it in quotes, or in a block that begins with `|`; or write `json` instead";
        written.error(message, hint);
        return None;
    }
    written.text()
}

fn is_file(text: &str) -> bool {
    text.trim_start().starts_with("file:")
}

fn refusal(written: &Written<'_>, text: &str, known: &[Variable]) -> Option<Template> {
    match Template::parse(text, known) {
        Ok(template) => Some(template),
        Err(error) => {
            written.error_at(error.column.saturating_sub(1), &error.message, "");
            None
        }
    }
}

/// `whole`: its text is there as it will be sent, but for variables.
fn inline(
    written: &Written<'_>,
    template: Template,
    content_type: Option<&str>,
    whole: bool,
) -> Option<Content> {
    let text = written.text()?;
    let json = serde_json::from_str::<IgnoredAny>(&blanked(text));
    let claims = claims_json(text, content_type);
    if let Err(error) = &json
        && claims
        && whole
    {
        tell_of_json(written, text, error);
        return None;
    }
    let content_type = if json.is_ok() || (claims && !whole) {
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

/// A file whose name may depend on the request: it is looked for now only where it does not.
fn file_of_answers(written: &Written<'_>, text: &str) -> Option<Content> {
    let name = text.strip_prefix("file:///").unwrap_or_default();
    let template = template::parse(written, name)?;
    let Some(fixed) = template.fixed() else {
        path::confined(written, &blanked(text))?;
        return Some(Content::File { path: template });
    };
    let (path, bytes) = path::file_named(written, &format!("file:///{fixed}"))?;
    warn_of_no_template(written, &bytes);
    let path = path.to_str().expect("of a text").to_owned();
    Some(Content::File {
        path: Template::literal(&path),
    })
}

/// A file with braces of its own is served as it is; that may not be what was meant.
fn warn_of_no_template(written: &Written<'_>, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if text.contains("{{")
        && let Err(error) = Template::parse_file(text)
    {
        let message = format!(
            "{} is no template, and served as it is: {}",
            written.shown(),
            error.message
        );
        written.warn(message, "");
    }
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
