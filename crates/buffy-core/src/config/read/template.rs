//! Texts with templates, and what is wrong with them.

use super::json::json;
use super::written::Written;
use crate::config::tree::{Entry, Node, Value};
use crate::template::{JsonTemplate, Template, Variable};

/// A text with a template of answers.
pub(super) fn template(written: &Written<'_>) -> Option<Template> {
    parse(written, written.text()?)
}

/// The template that a part of the text is, with its errors at their columns.
pub(super) fn parse(written: &Written<'_>, text: &str) -> Option<Template> {
    match Template::parse_reply(text) {
        Ok(template) => {
            warn_of_unknown(written, text, &template);
            Some(template)
        }
        Err(error) => {
            let character = characters_before(written, text) + error.column.saturating_sub(1);
            written.error_at(character, &error.message, "");
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

fn warn_of_unknown(written: &Written<'_>, text: &str, template: &Template) {
    for name in template.unknown() {
        let message = format!("`{name}` is nothing that a template knows: it renders to nothing");
        let hint = match Variable::OF_REFUSALS
            .iter()
            .find(|known| known.name() == name)
        {
            Some(_) => "it is known only where a `proxy` endpoint turns a request away",
            None => "write `body.NAME`, `query.NAME`, `header.NAME`, `param.NAME`, `state.NAME`, …",
        };
        written.warn_at(
            characters_before(written, text) + position(text, &name),
            &message,
            hint,
        );
    }
}

/// In characters: where a part of the text begins in the whole of it.
fn characters_before(written: &Written<'_>, text: &str) -> usize {
    let whole = written.text().unwrap_or_default();
    let before = whole.find(text).and_then(|at| whole.get(..at));
    before.map_or(0, |before| before.chars().count())
}

/// In characters: where the first expression names it.
fn position(text: &str, name: &str) -> usize {
    let expression = text.find("{{").unwrap_or_default();
    let (before, after) = text.split_at_checked(expression).unwrap_or(("", text));
    let within = after.find(name).and_then(|at| after.get(..at));
    before.chars().count() + within.map_or(0, |within| within.chars().count())
}
