//! What a field may be: each kind of value, and what to write where it is another one.

use std::ops::RangeInclusive;
use std::time::Duration;

use buffy_core::config::duration;
use buffy_core::rule::{Rule, RuleError};
use jiff::Timestamp;
use serde_json::Value;

use super::Fields;
use crate::admin::problem::{Problem, bad};

/// Of a reason, a message, an actor.
const TEXT_CHARS_MAX: usize = 1000;
/// Of a wrong value that is shown.
const SHOWN_CHARS_MAX: usize = 40;
/// Of a session's id.
const SESSION_CHARS_MAX: usize = 128;
/// Of a token that a caller chose.
const TOKEN_CHARS: RangeInclusive<usize> = 16..=128;

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

    /// A session's id; an empty one is that of the shared session.
    pub(in crate::admin) fn session(&self, name: &str) -> Result<Option<String>, Problem> {
        let id = self.string(name, "a session's id")?;
        let is_long = id.is_some_and(|id| id.chars().count() > SESSION_CHARS_MAX);
        if is_long {
            return Err(bad(format!(
                "`{name}` is longer than {SESSION_CHARS_MAX} characters, and no session's id is."
            )));
        }
        Ok(id.map(str::to_owned))
    }

    /// The token of an entry: as Buffy gave it, or of the caller's own making.
    pub(in crate::admin) fn token(&self, name: &str) -> Result<Option<String>, Problem> {
        let Some(token) = self.text(name)? else {
            return Ok(None);
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if TOKEN_CHARS.contains(&token.len()) && token.chars().all(plain) {
            return Ok(Some(token));
        }
        Err(bad(format!(
            "`{name}` is no token; write the one that the order was answered with, or one of your \
             own: {} to {} letters, digits, `-`, `.`, `_` and `~`.",
            TOKEN_CHARS.start(),
            TOKEN_CHARS.end()
        )))
    }

    /// A number of seconds, or one with its unit.
    pub(in crate::admin) fn duration(&self, name: &str) -> Result<Option<Duration>, Problem> {
        let wanted = "seconds as a number, or a number with its unit: `30s`, `5m`, `1h`";
        let (text, value) = match self.value(name) {
            None => return Ok(None),
            Some(value @ Value::String(text)) => (text.clone(), value),
            Some(value @ Value::Number(number)) => (number.to_string(), value),
            Some(value @ (Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_))) => {
                return Err(wrong(name, value, wanted));
            }
        };
        duration(&text)
            .map(Some)
            .map_err(|_| wrong(name, value, wanted))
    }

    /// A moment, in milliseconds since the Unix epoch.
    pub(in crate::admin) fn moment(&self, name: &str) -> Result<Option<u64>, Problem> {
        let wanted = "a time as `2026-03-01T12:00:00Z`";
        let Some(text) = self.string(name, wanted)? else {
            return Ok(None);
        };
        text.parse::<Timestamp>()
            .ok()
            .and_then(|at| u64::try_from(at.as_millisecond()).ok())
            .map(Some)
            .ok_or_else(|| wrong(name, &Value::from(text), wanted))
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

    /// A whole number of at least one.
    pub(in crate::admin) fn count(&self, name: &str) -> Result<Option<usize>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let number = match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        number
            .filter(|&number| number > 0)
            .map(Some)
            .ok_or_else(|| wrong(name, value, "a whole number, at least 1"))
    }

    /// A list of texts; in a query they are separated by commas.
    pub(in crate::admin) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let wanted = "a list of texts: `[\"a\", \"b\"]`, in a query `a,b`";
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let texts: Option<Vec<String>> = match value {
            Value::String(text) => Some(text.split(',').map(str::to_owned).collect()),
            Value::Array(all) => all
                .iter()
                .map(|one| one.as_str().map(str::to_owned))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        };
        texts
            .filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.is_empty()))
            .map(Some)
            .ok_or_else(|| wrong(name, value, wanted))
    }

    /// A rule, read by `parse`.
    pub(in crate::admin) fn rule(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<Rule, RuleError>,
    ) -> Result<Option<Rule>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        parse(&text)
            .map(Some)
            .map_err(|error| bad(format!("`{name}` is no rule: {error}.")))
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
