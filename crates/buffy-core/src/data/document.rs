//! One JSON object of the data, with the text that is served of it.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use serde_json::{Map, Value as Json};

use super::budget::{Budget, Share};

/// What a document costs beside its text and what it says.
const OVERHEAD_BYTES: usize = 256;

/// What a field of an object costs beside its value and the letters of its name.
const FIELD_BYTES: usize = size_of::<String>() + 2 * size_of::<usize>();

/// An object, written out once, when it was made.
#[derive(Debug)]
pub(super) struct Document {
    fields: Map<String, Json>,
    text: Box<str>,
    /// What it took of the budget; None for what was loaded.
    _share: Option<Share>,
}

impl Document {
    /// One of the source, which counts in no budget.
    pub(super) fn loaded(fields: Map<String, Json>) -> Self {
        Self {
            text: text_of(&fields).into(),
            fields,
            _share: None,
        }
    }

    /// One that a request wrote; None where the budget is spent.
    pub(super) fn written(fields: Map<String, Json>, budget: &Budget) -> Option<Self> {
        let text: Box<str> = text_of(&fields).into();
        let share = budget.take(text.len() + fields_bytes(&fields) + OVERHEAD_BYTES)?;
        Some(Self {
            fields,
            text,
            _share: Some(share),
        })
    }

    pub(super) fn fields(&self) -> &Map<String, Json> {
        &self.fields
    }

    /// Its JSON, as served.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// What the fields of an object take in memory, about: `[{},{}]` is a short text and long in there.
fn fields_bytes(fields: &Map<String, Json>) -> usize {
    let fields = fields.iter();
    fields
        .map(|(name, value)| FIELD_BYTES + name.len() + bytes(value))
        .sum()
}

fn bytes(value: &Json) -> usize {
    let below = match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        Json::String(text) => text.len(),
        Json::Array(list) => list.iter().map(bytes).sum(),
        Json::Object(fields) => fields_bytes(fields),
    };
    size_of::<Json>() + below
}

/// The JSON of an object.
pub(super) fn text_of(fields: &Map<String, Json>) -> String {
    // A map of texts to values has no value that JSON cannot say.
    serde_json::to_string(fields).unwrap_or_default()
}

/// An id as paths and foreign keys write it; None for what is no id.
pub(super) fn id_text(id: &Json) -> Option<Cow<'_, str>> {
    match id {
        Json::String(text) if !text.is_empty() => Some(text.into()),
        Json::Number(number) => Some(number.to_string().into()),
        Json::String(_) | Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The entity tag of a body: strong, and the same for the same bytes (RFC 9110 §8.8.3).
pub(super) fn etag(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body.as_bytes());
    format!("\"{:016x}\"", hasher.finish())
}
