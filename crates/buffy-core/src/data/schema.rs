//! What documents of a collection must look like: JSON Schema.

use std::borrow::Cow;
use std::fmt;

use jsonschema::Validator;
use serde_json::{Map, Value as Json};
use thiserror::Error;

/// Errors of one document that are told.
const ERRORS_MAX: usize = 100;

/// Characters of one of them.
const MESSAGE_CHARS_MAX: usize = 300;

/// Why a text is no schema.
#[derive(Debug, Error)]
pub enum SchemaError {
    #[error("the schema is not JSON")]
    Json {
        #[source]
        source: serde_json::Error,
    },
    /// Among them a `$ref` that leads out of the file: nothing is fetched.
    #[error("not a JSON Schema: {0}")]
    Schema(String),
}

/// A schema, compiled.
pub struct Schema {
    validator: Validator,
    /// Whether it says something about this field of a document.
    names: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Schema {
    /// Reads a schema of any draft; `$schema` says which.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let schema: Json =
            serde_json::from_str(text).map_err(|source| SchemaError::Json { source })?;
        let validator =
            jsonschema::options()
                .offline()
                .build(&schema)
                .map_err(|error| match error.instance_path().as_str() {
                    "" => SchemaError::Schema(error.to_string()),
                    pointer => SchemaError::Schema(format!("at `{pointer}`: {error}")),
                })?;
        let names = move |name: &str| {
            let required = schema.get("required").and_then(Json::as_array);
            schema
                .get("properties")
                .is_some_and(|fields| fields.get(name).is_some())
                || required.is_some_and(|names| names.iter().any(|own| own == name))
        };
        Ok(Self {
            validator,
            names: Box::new(names),
        })
    }

    /// What is wrong with a document; empty where nothing is.
    ///
    /// The id, which Buffy may have given, is left out where the schema does not speak of it: one
    /// that allows no other fields describes what clients send.
    pub(super) fn errors(&self, fields: &Map<String, Json>, key: &str) -> Vec<SchemaViolation> {
        let mut checked = Cow::Borrowed(fields);
        if !(self.names)(key) {
            checked.to_mut().shift_remove(key);
        }
        let document = Json::Object(checked.into_owned());
        let errors = self.validator.iter_errors(&document).take(ERRORS_MAX);
        errors
            .map(|error| SchemaViolation {
                pointer: error.instance_path().to_string(),
                message: shortened(error.to_string()),
            })
            .collect()
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

/// A message repeats the value that is wrong, which may be most of a document.
fn shortened(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_CHARS_MAX) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SchemaViolation {
    /// Where (RFC 6901).
    pub(super) pointer: String,
    pub(super) message: String,
}
