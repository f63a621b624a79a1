//! What changes the data: creating, replacing, patching and deleting documents.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::ask::{Ask, Parent};
use super::document::{Document, id_text};
use super::form;
use super::ids::{Series, Uuids};
use super::patch;
use super::query::Query;
use super::relation::ForeignKey;
use super::reply::Reply;
use super::table::Table;
use super::{Collections, Entry, Rules};

/// Documents that a collection may grow to.
const DOCUMENTS_MAX: usize = 1_000_000;

/// The content type of a json-patch.
const JSON_PATCH: &str = "application/json-patch+json";

impl Collections {
    /// POST to a list; documents that are created below another belong to it.
    pub(super) fn create(
        &mut self,
        ask: &Ask<'_>,
        name: &str,
        of: Option<Parent<'_>>,
        rules: &Rules,
        uuids: &mut Uuids<'_>,
    ) -> Reply {
        let fields = match object_of(ask.body) {
            Ok(fields) => fields,
            Err(reply) => return reply,
        };
        let Some(Entry::Many(table)) = self.entry(name) else {
            return Reply::missing("the collection is gone");
        };
        let (id, mut fields) = match identified(table, fields, &self.key, uuids) {
            Ok(identified) => identified,
            Err(reply) => return reply,
        };
        if let Some(of) = of {
            let parent = self
                .many(of.collection)
                .and_then(|parents| parents.get(of.id));
            let parent_id = parent
                .and_then(|parent| parent.fields().get(&*self.key))
                .cloned();
            let key = ForeignKey::to(of.collection, &self.key);
            fields.insert(key.name_in(table).to_owned(), parent_id.unwrap_or_default());
        }
        if table.len() >= DOCUMENTS_MAX {
            return full();
        }
        let document = match rules.document(name, fields, &self.key) {
            Ok(document) => Arc::new(document),
            Err(reply) => return reply,
        };
        let (prefix, path) = (ask.prefix, form::encoded_segment(&id));
        let location = format!("{prefix}{}/{path}", form::encoded_segment(name));
        if let Some(table) = self.many_mut(name) {
            table.put(&id, Arc::clone(&document));
        }
        let reply = Reply::tagged(201, document.text().to_owned());
        reply.with("Location", location).changing()
    }

    /// PUT and PATCH of a document; `id` is None for a singular one. The id stays what it is.
    pub(super) fn change(
        &mut self,
        ask: &Ask<'_>,
        name: &str,
        id: Option<&str>,
        current: &Document,
        rules: &Rules,
    ) -> Reply {
        let changed = if ask.method == "PUT" {
            object_of(ask.body)
        } else {
            patched(ask, current)
        };
        let mut fields = match changed {
            Ok(fields) => fields,
            Err(reply) => return reply,
        };
        if id.is_some() {
            keep_id(&mut fields, current, &self.key);
        }
        let document = match rules.document(name, fields, &self.key) {
            Ok(document) => Arc::new(document),
            Err(reply) => return reply,
        };
        let reply = Reply::tagged(200, document.text().to_owned()).changing();
        match (self.entry_mut(name), id) {
            (Some(Entry::Many(table)), Some(id)) => table.put(id, document),
            (Some(Entry::One(alone)), None) => *alone = document,
            (_, _) => return Reply::missing("the document is gone"),
        }
        reply
    }

    /// DELETE of a document, and of those that belong to it in the collections that are named.
    pub(super) fn delete(&mut self, name: &str, id: &str, query: &Query) -> Reply {
        let removed = self.many_mut(name).and_then(|table| table.remove(id));
        let Some(removed) = removed else {
            return Reply::missing("the document is gone");
        };
        let key = ForeignKey::to(name, &self.key);
        for dependent in query.dependent() {
            let Some(table) = self.many_mut(dependent) else {
                continue;
            };
            let belongs = |child: &Document| key.find(child.fields()).is_some_and(|own| own == id);
            let children = table.rows().filter(|(_, child)| belongs(child));
            let ids: Vec<String> = children.map(|(id, _)| id.to_owned()).collect();
            for id in ids {
                table.remove(&id);
            }
        }
        Reply::json(200, removed.text().to_owned()).changing()
    }
}

impl Rules {
    /// A document that may be kept, or why not.
    fn document(
        &self,
        name: &str,
        fields: Map<String, Json>,
        key: &str,
    ) -> Result<Document, Reply> {
        if let Some(schema) = self.schemas.get(name) {
            let violations = schema.errors(&fields, key);
            if !violations.is_empty() {
                return Err(Reply::invalid(&violations));
            }
        }
        Document::written(fields, &self.budget).ok_or_else(full)
    }
}

/// The object that a body is.
fn object_of(body: &[u8]) -> Result<Map<String, Json>, Reply> {
    match serde_json::from_slice(body) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_) => Err(Reply::problem(400, "the body is JSON, but not an object")),
        Err(_) if body.is_empty() => Err(Reply::problem(400, "the body is empty; send an object")),
        Err(error) => Err(Reply::problem(
            400,
            &format!("the body is not JSON: {error}"),
        )),
    }
}

/// A document with its id in front: the one that it came with, if that is free, or the next.
fn identified(
    table: &Table,
    mut fields: Map<String, Json>,
    key: &str,
    uuids: &mut Uuids<'_>,
) -> Result<(String, Map<String, Json>), Reply> {
    let id = match fields.get(key) {
        None | Some(Json::Null) => {
            let ids = table.rows().map(|(id, _)| id);
            let documents = table.documents().map(|document| document.fields());
            Series::of(ids, documents, key).next(uuids)
        }
        Some(id) => id.clone(),
    };
    let Some(text) = id_text(&id).map(Cow::into_owned) else {
        let detail = format!("`{key}` is an id: a text that is not empty, or a number");
        return Err(Reply::problem(422, &detail));
    };
    if table.get(&text).is_some() {
        let detail = format!("there is a document with the `{key}` {id} already");
        return Err(Reply::problem(409, &detail));
    }
    put_first(&mut fields, key, id);
    Ok((text, fields))
}

/// What PATCH makes of a document.
fn patched(ask: &Ask<'_>, current: &Document) -> Result<Map<String, Json>, Reply> {
    let mut document = Json::Object(current.fields().clone());
    if ask.content_type.eq_ignore_ascii_case(JSON_PATCH) {
        patch::apply(&mut document, ask.body)
            .map_err(|error| Reply::problem(error.status(), &error.detail()))?;
    } else {
        let merged = object_of(ask.body).map_err(|reply| match ask.body.first() {
            Some(b'[') => {
                let detail = format!("a list of operations needs `Content-Type: {JSON_PATCH}`");
                Reply::problem(400, &detail)
            }
            _ => reply,
        })?;
        patch::merge(&mut document, &Json::Object(merged));
    }
    let Json::Object(fields) = document else {
        return Err(Reply::problem(422, "the patch leaves no object"));
    };
    Ok(fields)
}

fn keep_id(fields: &mut Map<String, Json>, current: &Document, key: &str) {
    if let Some(id) = current.fields().get(key) {
        put_first(fields, key, id.clone());
    }
}

fn put_first(fields: &mut Map<String, Json>, key: &str, value: Json) {
    fields.shift_remove(key);
    fields.shift_insert(0, key.to_owned(), value);
}

fn full() -> Reply {
    let detail = "there is no room for more documents; a reset of sessions makes some";
    Reply::problem(507, detail)
}
