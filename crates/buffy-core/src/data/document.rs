//! One JSON object of the data, with the text that is served of it.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use serde_json::{Map, Value as Json};

use super::budget::{Budget, Share};

/// What a document costs beside its text, twice: the text is kept, and so is what it says.
const OVERHEAD_BYTES: usize = 256;

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
        let share = budget.take(text.len() * 2 + OVERHEAD_BYTES)?;
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
