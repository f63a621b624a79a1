//! What `type: data` endpoints serve.

use std::error::Error;
use std::path::PathBuf;

use serde_json::{Map, Value as Json};

use super::endpoint::{Others, Type};
use super::fields::Fields;
use super::written::Written;
use super::{answers, json, path, response};
use crate::config::tree::{Entry, Value};
use crate::config::{Collections, Data, DataSource, EndpointKind, Origin, Response, Write};
use crate::data;

/// `type: data`.
pub(super) const DATA: Type = Type { name: "data", read };

fn read(section: &Fields<'_>, others: &Others<'_>) -> Option<(EndpointKind, Vec<Response>)> {
    let answers = answers::read(section, others);
    let responses = response::chosen(section, others, answers.as_ref());
    let source = source(section);
    refuse_whole_path(section);
    let data = Data {
        answers: answers?,
        source: source?,
    };
    Some((EndpointKind::Data(Box::new(data)), responses?))
}

/// What is served lies below the endpoint's path.
fn refuse_whole_path(section: &Fields<'_>) {
    let Some(written) = section.written("path") else {
        return;
    };
    let contains = section.choice_or_preset("match", &[false, true]);
    let Some(path) = written.text() else { return };
    if contains {
        let report = section.reader.report;
        let message = "what a `data` endpoint serves lies below its `path`";
        let hint = "remove `match`, and let `path` end with `/`";
        report.error(section.key_place("match"), message, hint);
    } else if path.starts_with('/') && !path.ends_with(['/', '}']) {
        let message = format!("{} is one path, and data lies below it", written.shown());
        written.error(message, format!("write `{path}/`"));
    }
}

fn source(section: &Fields<'_>) -> Option<DataSource> {
    let report = section.reader.report;
    match (section.has("data"), section.has("files")) {
        (true, true) => {
            report.error(
                section.key_place("files"),
                "`data` and `files` serve different things",
                "make two endpoints of them",
            );
            skip_keys_of_collections(section);
            None
        }
        (false, false) => {
            report.error(
                section.key_place("type"),
                "a `data` endpoint needs `data` or `files`",
                "add `data: file:///db.json` for collections, or `files: file:///dist/` for files",
            );
            skip_keys_of_collections(section);
            None
        }
        (true, false) => collections(section),
        (false, true) => {
            for name in OF_COLLECTIONS {
                if section.has(name) {
                    let message = format!("`{name}` means nothing where files are served");
                    report.error(
                        section.key_place(name),
                        message,
                        "it is for `data`: remove it",
                    );
                }
            }
            let (folder, _) = path::folder(&section.written("files")?)?;
            Some(DataSource::Files { folder })
        }
    }
}

/// The keys beside `data`.
const OF_COLLECTIONS: [&str; 3] = ["key", "write", "schema"];

/// Whether they are wrong depends on what is missing.
fn skip_keys_of_collections(section: &Fields<'_>) {
    for name in OF_COLLECTIONS {
        section.key(name);
    }
}

fn collections(section: &Fields<'_>) -> Option<DataSource> {
    let key = match section.written("key") {
        Some(key) => key.id(),
        None => Some(section.preset("key").to_owned()),
    };
    let by = key.as_deref().unwrap_or(section.preset("key"));
    let origin = section.written("data").and_then(|data| origin(&data, by));
    let write = [Write::Memory, Write::File, Write::No];
    let write = section.choice_or_preset("write", &write);
    let schema = section.written("schema").map(|schema| schemas(&schema));
    let origin = origin?;
    if write == Write::File && matches!(origin, Origin::Inline(_)) {
        section.reader.report.error(
            section.key_place("write"),
            "what stands in this file cannot be written back",
            "put the collections into a file of their own, or write `memory`",
        );
    }
    Some(DataSource::Collections(Box::new(Collections {
        origin,
        key: key?,
        write,
        schema: schema.unwrap_or_else(|| Some(Vec::new()))?,
    })))
}

fn origin(written: &Written<'_>, key: &str) -> Option<Origin> {
    match &written.node.value {
        Value::Map(_) => match json::json(written.node)? {
            Json::Object(collections) => inline(written, collections, key),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => None,
        },
        Value::List(_) => {
            let hint = "write `name: [{id: 1}]`, or `file:///db.json`";
            written.error("`data` must be a map of collections, and is a list", hint);
            None
        }
        Value::Null | Value::Unknown | Value::Scalar(_) => {
            if path::is_folder(written)? {
                return folder(written, key);
            }
            let (path, bytes) = path::file(written)?;
            let text = String::from_utf8_lossy(&bytes);
            if let Err(error) = data::Collections::of_text(&text, key, &mut no_ids) {
                return tell(written, &written.shown(), &error);
            }
            Some(Origin::File(path))
        }
    }
}

fn inline(written: &Written<'_>, collections: Map<String, Json>, key: &str) -> Option<Origin> {
    let value = Json::Object(collections.clone());
    if let Err(error) = data::Collections::of_json(value, key, &mut no_ids) {
        return tell(written, "`data`", &error);
    }
    Some(Origin::Inline(collections))
}

/// A folder, whose files are read.
fn folder(written: &Written<'_>, key: &str) -> Option<Origin> {
    let (folder, mut names) = path::folder(written)?;
    names.sort_unstable();
    let files = names
        .iter()
        .filter_map(|name| Some((name, data::Form::of(name)?)));
    let files = files.map(|(name, (collection, form))| {
        let bytes = path::read(written, &folder.join(name))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some((collection, form, text))
    });
    let files: Vec<_> = files.collect::<Option<_>>()?;
    let texts = files
        .iter()
        .map(|(collection, form, text)| (*collection, *form, text.as_str()));
    if let Err((index, error)) = data::Collections::of_files(texts, key, &mut no_ids) {
        let collection = files.get(index).map_or("", |(collection, ..)| collection);
        let shown = format!("collection `{collection}` in {}", written.shown());
        return tell(written, &shown, &error);
    }
    Some(Origin::Folder(folder))
}

/// Tells what is wrong with a file or map, and why.
fn tell<T>(written: &Written<'_>, shown: &str, error: &dyn Error) -> Option<T> {
    let cause = error.source().map(|cause| format!(": {cause}"));
    let message = format!("{shown}: {error}{}", cause.unwrap_or_default());
    written.error(message, "");
    None
}

/// For a check nobody needs ids.
fn no_ids() -> String {
    String::new()
}

/// All of them or none; every wrong one is told.
fn schemas(written: &Written<'_>) -> Option<Vec<(String, PathBuf)>> {
    let Value::Map(entries) = &written.node.value else {
        if !written.is_unknown() {
            let message = format!("`schema` must be a map, and is {}", written.node.is_a());
            written.error(message, "write `orders: file:///order.schema.json`");
        }
        return None;
    };
    let schema = |Entry { key, value, .. }: &Entry| {
        let written = Written {
            name: key,
            node: value,
            ..*written
        };
        let (path, bytes) = path::file(&written)?;
        if let Err(error) = data::Schema::parse(&String::from_utf8_lossy(&bytes)) {
            return tell(&written, &written.shown(), &error);
        }
        Some((key.clone(), path))
    };
    let schemas: Vec<Option<(String, PathBuf)>> = entries.iter().map(schema).collect();
    schemas.into_iter().collect()
}
