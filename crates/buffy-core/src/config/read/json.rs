//! Any value, as JSON.

use serde_json::{Map, Number, Value as Json};

use crate::config::tree::{Node, Scalar, Style, Value};

/// What YAML's core schema makes of a value; nothing where a part of it is a variable without a
/// value.
pub(super) fn json(node: &Node) -> Option<Json> {
    match &node.value {
        Value::Null => Some(Json::Null),
        Value::Unknown => None,
        Value::Scalar(scalar) => Some(self::scalar(scalar)),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            let members = entries.iter();
            let members = members.map(|entry| Some((entry.key.clone(), json(&entry.value)?)));
            members.collect::<Option<Map<_, _>>>().map(Json::Object)
        }
    }
}

/// Only what stands without quotes can be more than text.
fn scalar(scalar: &Scalar) -> Json {
    let text = scalar.text.as_str();
    if scalar.style == Style::Plain {
        match text {
            "true" => return true.into(),
            "false" => return false.into(),
            "null" | "~" => return Json::Null,
            _ => {}
        }
        if let Ok(number) = serde_json::from_str::<Number>(text) {
            return number.into();
        }
    }
    text.into()
}
