//! What a field may be: each kind of value, and what to write where it is another one.

use serde_json::Value;

use super::Fields;
use crate::admin::problem::{Problem, bad};

/// Of a reason, a message, an actor.
const TEXT_CHARS_MAX: usize = 1000;
/// Of a wrong value that is shown.
const SHOWN_CHARS_MAX: usize = 40;

impl Fields {
    /// A text that may be shown in one line; an empty one is none.
    pub(in crate::admin) fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        let Some(text) = self.string(name, "a text")? else {
            return Ok(None);
        };
        if text.chars().any(char::is_control) {
            return Err(bad(format!(
                "`{name}` has control characters; write it in one line."
            )));
        }
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(bad(format!(
                "`{name}` is longer than {TEXT_CHARS_MAX} characters."
            )));
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    /// Yes or no; not said is no.
    pub(in crate::admin) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(other) => Err(wrong(name, other, "`true` or `false`")),
        }
    }

    /// One of few words.
    pub(in crate::admin) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let found = words
            .iter()
            .find(|(word, _)| value.as_str() == Some(*word))
            .map(|&(_, meant)| meant);
        let all = || {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("one of {}", words.join(", "))
        };
        found.map(Some).ok_or_else(|| wrong(name, value, &all()))
    }

    fn string(&self, name: &str, wanted: &str) -> Result<Option<&str>, Problem> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, other, wanted)),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let found = self.said.iter().find(|(other, _)| other == name);
        found
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }
}

/// ``` `ttl` is "soon"; write … ```
fn wrong(name: &str, value: &Value, wanted: &str) -> Problem {
    let text = value.to_string();
    let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    bad(format!("`{name}` is {shown}{dots}; write {wanted}."))
}
