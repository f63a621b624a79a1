//! What `type: data` endpoints serve.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::endpoint::{Others, Type};
use super::fields::Fields;
use super::written::Written;
use super::{answers, json, path, response};
use crate::config::tree::{Entry, Value};
use crate::config::{Collections, Data, DataSource, EndpointKind, Origin, Response, Write};

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
            let folder = path::folder(&section.written("files")?)?;
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
    let origin = section.written("data").and_then(|data| origin(&data));
    let key = match section.written("key") {
        Some(key) => key.id(),
        None => Some(section.preset("key").to_owned()),
    };
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

fn origin(written: &Written<'_>) -> Option<Origin> {
    match &written.node.value {
        Value::Map(_) => match json::json(written.node)? {
            Json::Object(collections) => inline(written, collections),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => None,
        },
        Value::List(_) => {
            let hint = "write `name: [{id: 1}]`, or `file:///db.json`";
            written.error("`data` must be a map of collections, and is a list", hint);
            None
        }
        Value::Null | Value::Unknown | Value::Scalar(_) => {
            if path::is_folder(written)? {
                return path::folder(written).map(Origin::Folder);
            }
            let (path, bytes) = path::file(written)?;
            match serde_json::from_slice::<serde_json::Map<String, Json>>(&bytes) {
                Ok(collections) => {
                    refuse_scalars(written, &collections)?;
                    Some(Origin::File(path))
                }
                Err(error) => {
                    let message = format!("{} is not an object of JSON: {error}", written.shown());
                    written.error(message, "write `{\"orders\": [{\"id\": 1}]}` into it");
                    None
                }
            }
        }
    }
}

fn inline(written: &Written<'_>, collections: serde_json::Map<String, Json>) -> Option<Origin> {
    refuse_scalars(written, &collections)?;
    Some(Origin::Inline(collections))
}

/// A collection is an array of documents, or one document.
fn refuse_scalars(
    written: &Written<'_>,
    collections: &serde_json::Map<String, Json>,
) -> Option<()> {
    let wrong = collections
        .iter()
        .find(|(_, documents)| !documents.is_array() && !documents.is_object());
    if let Some((name, _)) = wrong {
        let message = format!("collection `{name}` is neither an array nor an object");
        written.error(message, "write `name: [{id: 1}]`");
        return None;
    }
    Some(())
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
        if let Err(error) = serde_json::from_slice::<Json>(&bytes) {
            written.error(format!("{} is not JSON: {error}", written.shown()), "");
            return None;
        }
        Some((key.clone(), path))
    };
    let schemas: Vec<Option<(String, PathBuf)>> = entries.iter().map(schema).collect();
    schemas.into_iter().collect()
}
