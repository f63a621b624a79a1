//! Collections of JSON documents, and the requests that read and change them.
//!
//! The query language is json-server's, version 1. A [`Collections`] is a value: cheap to copy,
//! since what was loaded is shared by all copies, and changed by nobody but its owner. Sessions
//! that each have one of their own are the caller's business, and so are files and time.

mod ask;
mod budget;
mod compare;
mod document;
mod form;
mod ids;
mod load;
mod patch;
mod precondition;
mod query;
mod read;
mod relation;
mod reply;
mod schema;
mod table;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

pub use ask::Ask;
pub use budget::Budget;
pub use ids::Uuids;
pub use load::{Form, LoadError};
pub use precondition::Preconditions;
pub use query::Query;
pub use reply::Reply;
pub use schema::{Schema, SchemaError};

use document::Document;
use load::pretty;
use table::Table;

/// All collections of an endpoint, as one session has them.
#[derive(Clone, Debug)]
pub struct Collections {
    /// The field that holds a document's id.
    key: Arc<str>,
    /// In the order in which they are written.
    entries: Vec<(Arc<str>, Entry)>,
}

/// What stands under a name.
#[derive(Clone, Debug)]
enum Entry {
    /// A list of documents with ids.
    Many(Table),
    /// A document that there is one of.
    One(Arc<Document>),
    /// What is written back and not served, as `$schema`.
    Kept(Json),
}

/// What documents must keep to.
#[derive(Debug)]
pub struct Rules {
    /// By the name of the collection.
    pub schemas: HashMap<String, Schema>,
    /// What all copies together may hold of what was written.
    pub budget: Budget,
}

impl Collections {
    /// The names that are served.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let served = self
            .entries
            .iter()
            .filter(|(_, entry)| !matches!(entry, Entry::Kept(_)));
        served.map(|(name, _)| &**name)
    }

    /// The names of all that [`to_json`](Self::to_json) has.
    pub(crate) fn every_name(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| &**name)
    }

    /// One collection, or the singular document of that name.
    pub fn collection(&self, name: &str) -> Option<Json> {
        Some(self.entry(name)?.to_json())
    }

    /// The documents of a list, in order, and how many there are; None where the name has none.
    pub(crate) fn documents(
        &self,
        name: &str,
    ) -> Option<(usize, impl Iterator<Item = &Map<String, Json>>)> {
        let table = self.many(name)?;
        Some((
            table.len(),
            table.documents().map(|document| document.fields()),
        ))
    }

    /// All of it, as an object of collections.
    pub fn to_json(&self) -> Json {
        let entries = self.entries.iter();
        let fields = entries.map(|(name, entry)| (name.to_string(), entry.to_json()));
        Json::Object(fields.collect::<Map<_, _>>())
    }

    /// The text of a file that holds all of it.
    pub fn to_text(&self) -> String {
        pretty(&self.to_json())
    }

    /// The text of a file that holds one collection; None where there is none of the name.
    pub fn text_of(&self, name: &str, form: Form) -> Option<String> {
        Some(form.write(&self.collection(name)?))
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        let found = self.entries.iter().find(|(own, _)| **own == *name);
        found.map(|(_, entry)| entry)
    }

    fn entry_mut(&mut self, name: &str) -> Option<&mut Entry> {
        let found = self.entries.iter_mut().find(|(own, _)| **own == *name);
        found.map(|(_, entry)| entry)
    }

    fn many(&self, name: &str) -> Option<&Table> {
        match self.entry(name)? {
            Entry::Many(table) => Some(table),
            Entry::One(_) | Entry::Kept(_) => None,
        }
    }

    fn many_mut(&mut self, name: &str) -> Option<&mut Table> {
        match self.entry_mut(name)? {
            Entry::Many(table) => Some(table),
            Entry::One(_) | Entry::Kept(_) => None,
        }
    }
}

impl Entry {
    fn to_json(&self) -> Json {
        let object = |document: &Arc<Document>| Json::Object(document.fields().clone());
        match self {
            Self::Many(table) => table.documents().map(object).collect(),
            Self::One(document) => object(document),
            Self::Kept(value) => value.clone(),
        }
    }
}
