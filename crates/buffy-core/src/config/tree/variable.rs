//! `${NAME}` and `${NAME:-default}` in plain scalars.

use super::{Scalar, Style, Value};
use crate::config::report::{Place, Report};
use crate::config::{Surroundings, Unset};

/// No value of the environment that is meant is longer.
const EXPANDED_BYTES_MAX: usize = 1 << 16;

/// The value of a plain scalar, with its variables expanded. What comes out is text, never
/// structure; and it is never shown.
pub(super) fn expand(
    report: &Report<'_>,
    around: &Surroundings<'_>,
    text: &str,
    place: Place,
) -> Value {
    let mut expanded = String::new();
    let mut unknown = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((variable, after)) = after.split_once('}') else {
            let hint = "write `${NAME}`, or put the value in quotes if it is not a variable";
            report.error(place, "`${` without its `}`", hint);
            return Value::Unknown;
        };
        match value(report, around, variable, place) {
            Some(value) => expanded.push_str(&value),
            None => unknown = true,
        }
        if expanded.len() > EXPANDED_BYTES_MAX {
            let message = format!("expanded, this has more than {EXPANDED_BYTES_MAX} bytes");
            report.error(place, message, "");
            return Value::Unknown;
        }
        rest = after;
    }
    if unknown {
        return Value::Unknown;
    }
    let changed = rest.len() < text.len();
    expanded.push_str(rest);
    if changed && expanded.is_empty() {
        return Value::Null;
    }
    Value::Scalar(Scalar {
        text: expanded,
        style: Style::Plain,
        expanded: changed,
    })
}

/// Quotes keep `${NAME}` as it is, which is seldom what was meant.
pub(super) fn warn_of_quotes(report: &Report<'_>, text: &str, place: Place) {
    let Some((_, after)) = text.split_once("${") else {
        return;
    };
    let Some((variable, _)) = after.split_once('}') else {
        return;
    };
    if is_name(split(variable).0) {
        let written = format!("${{{variable}}}");
        let message = format!("`{written}` in quotes is not expanded");
        let hint = "remove the quotes; to keep it as it is, write a block (`|-`)";
        report.warn(of_its_own(report, place, &written), message, hint);
    }
}

/// The variable's own place: what else is wrong with the value is told at the value's.
fn of_its_own(report: &Report<'_>, place: Place, written: &str) -> Place {
    let source = report.source(place);
    let before = source.split(written).next().unwrap_or_default();
    if before.len() == source.len() || before.contains(['\n', '\r']) {
        return place;
    }
    let start = place.start + before.len();
    let end = start + written.len();
    Place {
        start,
        end,
        ..place
    }
}

fn value(
    report: &Report<'_>,
    around: &Surroundings<'_>,
    variable: &str,
    place: Place,
) -> Option<String> {
    let (name, default) = split(variable);
    if !is_name(name) {
        let message = format!("`${{{variable}}}` is not a variable");
        report.error(
            place,
            message,
            "only `${NAME}` and `${NAME:-default}` are expanded",
        );
        return None;
    }
    let set = (around.env)(name);
    match (set, default) {
        (Some(value), None) => Some(value),
        (Some(value), Some(_)) if !value.is_empty() => Some(value),
        (_, Some(default)) => Some(default.to_owned()),
        (None, None) => {
            if around.unset == Unset::Refuse {
                let message = format!("the environment has no `{name}`");
                report.error(
                    place,
                    message,
                    format!("set it, or write `${{{name}:-default}}`"),
                );
            }
            None
        }
    }
}

fn split(variable: &str) -> (&str, Option<&str>) {
    match variable.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (variable, None),
    }
}

fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit())
}
