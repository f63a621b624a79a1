//! Names and values of header fields.

use super::template;
use super::written::Written;
use crate::config::report::Place;
use crate::config::tree::{Entry, Value};
use crate::template::Template;

/// Fields that frame a message or belong to one connection: Buffy writes them itself.
const OURS: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The fields of an answer that is the same for every request, in order; a list of values makes
/// several fields.
pub(super) fn of_refusals(written: &Written<'_>) -> Vec<(String, String)> {
    texts(written, refused_anywhere)
}

/// The fields of an answer, or of a call, whose values are templates; all or none.
pub(super) fn of_answers(written: &Written<'_>) -> Option<Vec<(String, Template)>> {
    let fields = read(written, refused_anywhere);
    let field =
        |(name, value): (&str, Written<'_>)| Some((name.to_owned(), template::template(&value)?));
    let fields: Vec<Option<_>> = fields.into_iter().map(field).collect();
    fields.into_iter().collect()
}

/// The fields of a forwarded request.
pub(super) fn of_requests(written: &Written<'_>) -> Vec<(String, String)> {
    texts(written, refused_in_requests)
}

/// The name of a field to remove, in lower case.
pub(super) fn removed(item: &Written<'_>) -> Option<String> {
    let name = item.text()?;
    if let Some((message, hint)) = wrong_name(name).or_else(|| refused_in_requests(name)) {
        item.error(message, hint);
        return None;
    }
    Some(name.to_ascii_lowercase())
}

/// The name of a field that carries a value to Buffy itself, and of a cookie.
pub(super) fn carrier(item: &Written<'_>) -> Option<String> {
    let name = item.text()?;
    let meant = |known: &&&str| known.eq_ignore_ascii_case(name);
    let used = USED.iter().find(meant).map(|used| {
        let message = format!("`{used}` means something to others");
        (message, "write a name of its own: `X-Buffy-Bypass`")
    });
    if let Some((message, hint)) = wrong_name(name).or_else(|| refused_anywhere(name)).or(used) {
        item.error(message, hint);
        return None;
    }
    Some(name.to_owned())
}

/// The name of the field that names a request's session.
pub(super) fn session(item: &Written<'_>, name: &str) -> Option<String> {
    if let Some((message, hint)) = wrong_name(name).or_else(|| refused_anywhere(name)) {
        item.error(message, hint);
        return None;
    }
    Some(name.to_owned())
}

/// Fields that are removed from a request if they were taken for Buffy's own.
const USED: &[&str] = &[
    "Authorization",
    "Cookie",
    "Host",
    "Accept",
    "Prefer",
    "Expect",
];

type Wrong = (String, &'static str);

fn texts(written: &Written<'_>, refused: fn(&str) -> Option<Wrong>) -> Vec<(String, String)> {
    let fields = read(written, refused).into_iter();
    let text =
        |(name, value): (&str, Written<'_>)| Some((name.to_owned(), value.text()?.to_owned()));
    fields.filter_map(text).collect()
}

/// Names, each with a value that can stand in a field.
fn read<'r>(
    written: &Written<'r>,
    refused: fn(&str) -> Option<Wrong>,
) -> Vec<(&'r str, Written<'r>)> {
    let mut fields = Vec::new();
    let entries = match &written.node.value {
        Value::Map(entries) => entries,
        Value::Unknown => return fields,
        Value::Null | Value::Scalar(_) | Value::List(_) => {
            let message = format!(
                "`{}` must be a map, and is {}",
                written.name,
                written.node.is_a()
            );
            written.error(message, "write `Name: value`");
            return fields;
        }
    };
    for Entry { key, place, value } in entries {
        if let Some((message, hint)) = wrong_name(key).or_else(|| refused(key)) {
            written.reader.report.error(*place, message, hint);
            continue;
        }
        let values = match &value.value {
            Value::List(items) => items.iter().collect(),
            Value::Null | Value::Unknown | Value::Scalar(_) | Value::Map(_) => vec![value],
        };
        for node in values {
            let value = Written {
                name: key.as_str(),
                node,
                ..*written
            };
            if is_value(&value, *place) {
                fields.push((key.as_str(), value));
            }
        }
    }
    fields
}

fn is_value(written: &Written<'_>, key: Place) -> bool {
    if matches!(written.node.value, Value::Null) {
        let message = format!("`{}` has no value", written.name);
        written
            .reader
            .report
            .error(key, message, "write one; an empty one is `\"\"`");
        return false;
    }
    let Some(text) = written.text() else {
        return false;
    };
    let good = |c: char| c == '\t' || !c.is_control();
    if !text.chars().all(good) || text.trim() != text {
        let hint = "a field's value is one line, without white space around it";
        let message = format!("this cannot be the value of `{}`", written.name);
        written.error(message, hint);
        return false;
    }
    true
}

fn wrong_name(name: &str) -> Option<Wrong> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let good = !name.is_empty() && name.chars().all(token);
    (!good).then(|| {
        (
            format!("`{name}` cannot be the name of a field"),
            "write `X-Name: value`",
        )
    })
}

fn refused_anywhere(name: &str) -> Option<Wrong> {
    let ours = OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name));
    ours.then(|| (format!("`{name}` is written by Buffy itself"), "remove it"))
}

fn refused_in_requests(name: &str) -> Option<Wrong> {
    if name.eq_ignore_ascii_case("host") {
        let hint = "`preserve_host: true` forwards the client's";
        return Some(("`Host` is written by Buffy itself".to_owned(), hint));
    }
    let reserved = name
        .to_ascii_lowercase()
        .replace('_', "-")
        .starts_with("x-buffy-");
    if reserved {
        return Some((
            format!("`{name}` is one of Buffy's own fields"),
            "use another name",
        ));
    }
    refused_anywhere(name)
}
