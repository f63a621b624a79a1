//! Texts with templates, and what is wrong with them.

use super::json::json;
use super::written::Written;
use crate::config::tree::{Entry, Node, Value};
use crate::template::{JsonTemplate, Template};

/// A text with a template of answers.
pub(super) fn template(written: &Written<'_>) -> Option<Template> {
    parse(written, written.text()?)
}

/// The template that a part of the text is, with its errors at their columns.
pub(super) fn parse(written: &Written<'_>, text: &str) -> Option<Template> {
    match Template::parse_reply(text) {
        Ok(template) => {
            warn_of_unknown(written, &template);
            Some(template)
        }
        Err(error) => {
            let whole = written.text()?;
            let before = whole.find(text).and_then(|at| whole.get(..at));
            let before = before.map_or(0, |before| before.chars().count());
            written.error_at(before + error.column.saturating_sub(1), &error.message, "");
            None
        }
    }
}

/// JSON whose texts are templates; every wrong one is told at its place.
pub(super) fn json_template(written: &Written<'_>) -> Option<JsonTemplate> {
    let whole = check(written, written.node);
    let json = json(written.node)?;
    if !whole {
        return None;
    }
    match JsonTemplate::new(&json) {
        Ok(template) => Some(template),
        Err(error) => {
            written.error(error.message, "");
            None
        }
    }
}

/// Whether every text below the node is a template.
fn check(written: &Written<'_>, node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Unknown => true,
        Value::Scalar(scalar) => parse(&Written { node, ..*written }, &scalar.text).is_some(),
        Value::List(items) => {
            let checked: Vec<bool> = items.iter().map(|item| check(written, item)).collect();
            checked.into_iter().all(|good| good)
        }
        Value::Map(entries) => {
            let checked = |Entry { value, .. }: &Entry| check(written, value);
            let checked: Vec<bool> = entries.iter().map(checked).collect();
            checked.into_iter().all(|good| good)
        }
    }
}

fn warn_of_unknown(written: &Written<'_>, template: &Template) {
    for name in template.unknown() {
        let message = format!("`{name}` is no variable of templates: it renders to nothing");
        let hint = "write `body.NAME`, `query.NAME`, `header.NAME`, `param.NAME`, `state.NAME`, …";
        written.warn(message, hint);
    }
}
