//! Data as it is written in files: an object of collections, or a file of each.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use thiserror::Error;

use super::document::{Document, id_text};
use super::ids::{self, Uuids};
use super::table::{Rows, Table};
use super::{Collections, Entry};

/// Why a text is no data.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error("not JSON")]
    Json {
        #[source]
        source: serde_json::Error,
    },
    #[error("line {line} is not JSON")]
    Line {
        line: usize,
        #[source]
        source: serde_json::Error,
    },
    #[error("not CSV")]
    Csv {
        #[source]
        source: csv::Error,
    },
    #[error("is {found}; write an object of collections, `{{\"orders\": [ … ]}}`")]
    NoObject { found: &'static str },
    #[error("`{name}` is {found}; a collection is a list of objects, or one object")]
    NoCollection { name: String, found: &'static str },
    #[error("`{name}[{index}]` is {found}, not an object")]
    NoDocument {
        name: String,
        index: usize,
        found: &'static str,
    },
    #[error("the `{key}` of `{name}[{index}]` is {found}; an id is a text or a number")]
    NoId {
        name: String,
        index: usize,
        key: String,
        found: &'static str,
    },
    #[error("`{name}[{index}]` and `{name}[{earlier}]` have the same id, `{id}`")]
    SameId {
        name: String,
        index: usize,
        earlier: usize,
        id: String,
    },
    #[error("`{0}` is there twice: as files of two forms")]
    Twice(String),
}

/// How the collection of one file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A list of objects, or one object.
    Json,
    /// An object on each line.
    Lines,
    /// Names in the first line; a value that is a number, `true` or `false` is read as such, and
    /// an empty one as null.
    Csv,
}

impl Form {
    /// The collection's name and form of a file; None for what is no data, and for hidden files.
    pub fn of(file_name: &str) -> Option<(&str, Self)> {
        let (name, ending) = file_name.rsplit_once('.')?;
        let form = match ending.to_ascii_lowercase().as_str() {
            "json" => Self::Json,
            "ndjson" => Self::Lines,
            "csv" => Self::Csv,
            _ => return None,
        };
        (!name.is_empty() && !name.starts_with('.')).then_some((name, form))
    }

    /// What a file of this form says.
    fn read(self, text: &str) -> Result<Json, LoadError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match self {
            Self::Json => serde_json::from_str(text).map_err(|source| LoadError::Json { source }),
            Self::Lines => lines(text),
            Self::Csv => table(text).map_err(|source| LoadError::Csv { source }),
        }
    }

    /// A collection in this form.
    pub(super) fn write(self, value: &Json) -> String {
        match self {
            Self::Json => pretty(value),
            Self::Lines => {
                let documents = value.as_array().into_iter().flatten();
                let lines = documents.flat_map(|document| [document.to_string(), "\n".to_owned()]);
                lines.collect()
            }
            Self::Csv => csv_text(value.as_array().map_or(&[], Vec::as_slice)),
        }
    }
}

impl Collections {
    /// Of one text: an object of collections. `key` is the field that holds the id.
    pub fn of_text(text: &str, key: &str, uuids: &mut Uuids<'_>) -> Result<Self, LoadError> {
        Self::of_json(Form::Json.read(text)?, key, uuids)
    }

    /// Of one value: an object of collections.
    pub fn of_json(value: Json, key: &str, uuids: &mut Uuids<'_>) -> Result<Self, LoadError> {
        let Json::Object(object) = value else {
            let found = kind(&value);
            return Err(LoadError::NoObject { found });
        };
        let entries = object.into_iter().map(|(name, value)| {
            let entry = entry(&name, value, key, uuids)?;
            Ok((name.into(), entry))
        });
        Ok(Self {
            key: key.into(),
            entries: entries.collect::<Result<_, _>>()?,
        })
    }

    /// Of several files, each a collection of its name. The error is told with the file's place in
    /// the list.
    pub fn of_files<'f>(
        files: impl IntoIterator<Item = (&'f str, Form, &'f str)>,
        key: &str,
        uuids: &mut Uuids<'_>,
    ) -> Result<Self, (usize, LoadError)> {
        let mut entries: Vec<(Arc<str>, Entry)> = Vec::new();
        for (index, (name, form, text)) in files.into_iter().enumerate() {
            let fail = |error| (index, error);
            if entries.iter().any(|(own, _)| **own == *name) {
                return Err(fail(LoadError::Twice(name.to_owned())));
            }
            let value = form.read(text).map_err(fail)?;
            let entry = entry(name, value, key, uuids).map_err(fail)?;
            entries.push((name.into(), entry));
        }
        Ok(Self {
            key: key.into(),
            entries,
        })
    }
}

/// JSON for people, with a line's end behind it.
pub(super) fn pretty(value: &Json) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn entry(name: &str, value: Json, key: &str, uuids: &mut Uuids<'_>) -> Result<Entry, LoadError> {
    match value {
        Json::Array(list) => Ok(Entry::Many(collection(name, list, key, uuids)?)),
        Json::Object(fields) => Ok(Entry::One(Arc::new(Document::loaded(fields)))),
        // A file may name the schema that editors check it with.
        value if name.starts_with('$') => Ok(Entry::Kept(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            Err(LoadError::NoCollection {
                name: name.to_owned(),
                found: kind(&value),
            })
        }
    }
}

fn collection(
    name: &str,
    list: Vec<Json>,
    key: &str,
    uuids: &mut Uuids<'_>,
) -> Result<Table, LoadError> {
    let mut indices: HashMap<String, usize> = HashMap::new();
    let mut documents: Vec<Map<String, Json>> = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        let name = || name.to_owned();
        let Json::Object(fields) = value else {
            let found = kind(&value);
            return Err(LoadError::NoDocument {
                name: name(),
                index,
                found,
            });
        };
        if let Some(id) = fields.get(key) {
            let Some(id) = id_text(id) else {
                let (found, key) = (kind(id), key.to_owned());
                return Err(LoadError::NoId {
                    name: name(),
                    index,
                    key,
                    found,
                });
            };
            if let Some(earlier) = indices.insert(id.to_string(), index) {
                let id = id.into_owned();
                return Err(LoadError::SameId {
                    name: name(),
                    index,
                    earlier,
                    id,
                });
            }
        }
        documents.push(fields);
    }
    let mut series = ids::Series::of(indices.keys().map(String::as_str), &documents, key);
    let mut rows = Rows::default();
    for mut fields in documents {
        if !fields.contains_key(key) {
            fields.shift_insert(0, key.to_owned(), series.next(uuids));
        }
        let id = fields.get(key).and_then(id_text).map(Cow::into_owned);
        rows.push(&id.unwrap_or_default(), Arc::new(Document::loaded(fields)));
    }
    Ok(Table::new(rows))
}

fn lines(text: &str) -> Result<Json, LoadError> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let documents = lines.map(|(index, line)| {
        serde_json::from_str::<Json>(line).map_err(|source| LoadError::Line {
            line: index + 1,
            source,
        })
    });
    documents.collect()
}

fn table(text: &str) -> Result<Json, csv::Error> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers()?.clone();
    let rows = reader.records().map(|record| {
        let record = record?;
        let cells = names.iter().zip(record.iter());
        let fields = cells.map(|(name, cell)| (name.to_owned(), cell_value(cell)));
        Ok(Json::Object(fields.collect()))
    });
    rows.collect()
}

/// A number has to be written as JSON writes it: `007` and `+49` are texts.
fn cell_value(cell: &str) -> Json {
    if cell.is_empty() {
        return Json::Null;
    }
    let value = serde_json::from_str(cell).ok();
    let value = value.filter(|value: &Json| {
        let as_json = value.to_string();
        (value.is_boolean() || value.is_number()) && as_json == cell
    });
    value.unwrap_or_else(|| cell.into())
}

fn csv_text(documents: &[Json]) -> String {
    let objects = || documents.iter().filter_map(Json::as_object);
    let mut names: Vec<&String> = Vec::new();
    for name in objects().flat_map(Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = objects().map(|fields| {
        let cells = names.iter().map(|name| match fields.get(*name) {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        });
        cells.collect::<Vec<_>>()
    });
    let head = names.iter().map(|name| (*name).clone()).collect();
    for row in std::iter::once(head).chain(rows) {
        if writer.write_record(&row).is_err() {
            // Memory takes every byte, and rows are of one length.
            return String::new();
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// What a value is, in words.
fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(text) if text.is_empty() => "empty",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
