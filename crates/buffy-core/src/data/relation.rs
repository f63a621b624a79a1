//! How documents of one collection belong to those of another: by a field that is named after it.
//!
//! `comments` belong to `posts` by `postId` (or `post_id`), which holds the id of a post.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::document::{Document, id_text};
use super::table::Table;
use super::{Collections, Entry};

/// Words whose singular no rule gives.
const IRREGULAR: [(&str, &str); 10] = [
    ("people", "person"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
    ("mice", "mouse"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("movies", "movie"),
    ("cookies", "cookie"),
    ("series", "series"),
];

/// The fields by which documents belong to one of a collection; the first is the one to write.
pub(super) struct ForeignKey([String; 2]);

impl ForeignKey {
    /// To a collection, by its name, whose documents have their id in `key`.
    pub(super) fn to(collection: &str, key: &str) -> Self {
        Self::of(&singular(collection), key)
    }

    fn of(singular: &str, key: &str) -> Self {
        let bare = key.trim_start_matches('_');
        let mut letters = bare.chars();
        let capital = letters.next().map(|first| first.to_uppercase().to_string());
        let capital = capital.unwrap_or_default();
        Self([
            format!("{singular}{capital}{}", letters.as_str()),
            format!("{singular}_{bare}"),
        ])
    }

    /// The id that a document has there.
    pub(super) fn find<'a>(&self, fields: &'a Map<String, Json>) -> Option<Cow<'a, str>> {
        let mut names = self.0.iter();
        id_text(names.find_map(|name| fields.get(name))?)
    }

    /// The name to write it by: the one that the collection's documents have.
    pub(super) fn name_in(&self, table: &Table) -> &str {
        let [usual, other] = &self.0;
        let first = table.documents().next();
        let has_other = first.is_some_and(|document| {
            !document.fields().contains_key(usual) && document.fields().contains_key(other)
        });
        if has_other { other } else { usual }
    }
}

/// What `_embed` adds to the documents of a collection, looked up once for all of them.
pub(super) enum Embed<'a> {
    /// Children, by the id of whom they belong to.
    Children(HashMap<Cow<'a, str>, Vec<&'a Arc<Document>>>),
    /// One parent, found by a field of the child.
    Parent(&'a Table, ForeignKey),
}

impl<'a> Embed<'a> {
    /// The relation of that name; None where there is none.
    pub(super) fn new(collections: &'a Collections, of: &str, name: &str) -> Option<Self> {
        if let Some(Entry::Many(children)) = collections.entry(name) {
            let key = ForeignKey::to(of, &collections.key);
            let mut by_parent: HashMap<_, Vec<_>> = HashMap::new();
            for child in children.documents() {
                if let Some(id) = key.find(child.fields()) {
                    by_parent.entry(id).or_default().push(child);
                }
            }
            return Some(Self::Children(by_parent));
        }
        let parents = collections
            .entries
            .iter()
            .find_map(|(own, entry)| match entry {
                Entry::Many(table) if singular(own) == name => Some(table),
                Entry::Many(_) | Entry::One(_) | Entry::Kept(_) => None,
            })?;
        Some(Self::Parent(
            parents,
            ForeignKey::of(name, &collections.key),
        ))
    }

    /// What a document gets of it; None where its parent is not there.
    pub(super) fn of(&self, id: &str, fields: &Map<String, Json>) -> Option<Json> {
        let object = |document: &Arc<Document>| Json::Object(document.fields().clone());
        match self {
            Self::Children(by_parent) => {
                let children = by_parent.get(id).into_iter().flatten();
                Some(children.map(|child| object(child)).collect())
            }
            Self::Parent(parents, key) => Some(object(parents.get(&key.find(fields)?)?)),
        }
    }
}

/// The singular of an English plural, as names of collections are.
fn singular(name: &str) -> Cow<'_, str> {
    for (plural, singular) in IRREGULAR {
        if let Some(rest) = name.strip_suffix(plural) {
            return format!("{rest}{singular}").into();
        }
    }
    if let Some(stem) = name.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y").into();
    }
    let hisses = ["sses", "shes", "ches", "xes", "zzes", "uses"];
    if hisses.iter().any(|ending| name.ends_with(ending)) {
        let stem = name.strip_suffix("es").unwrap_or(name);
        // Houses and causes keep their `e`.
        let keeps = name.ends_with("ouses") || name.ends_with("auses");
        return if keeps {
            format!("{stem}e").into()
        } else {
            stem.into()
        };
    }
    if name.ends_with("ss") || name.ends_with("us") {
        return name.into();
    }
    name.strip_suffix('s').unwrap_or(name).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_have_singulars() {
        let words = [
            ("posts", "post"),
            ("comments", "comment"),
            ("categories", "category"),
            ("ties", "tie"),
            ("movies", "movie"),
            ("boxes", "box"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("branches", "branch"),
            ("dishes", "dish"),
            ("houses", "house"),
            ("people", "person"),
            ("salespeople", "salesperson"),
            ("children", "child"),
            ("orders", "order"),
            ("news", "new"),
            ("data", "data"),
            ("series", "series"),
            ("bus", "bus"),
            ("s", ""),
        ];
        for (plural, expected) in words {
            assert_eq!(singular(plural), expected, "{plural}");
        }
    }

    #[test]
    fn a_foreign_key_is_named_after_collection_and_key() {
        let named = |key| ForeignKey::to("posts", key).0;
        assert_eq!(named("id"), ["postId", "post_id"]);
        assert_eq!(named("_id"), ["postId", "post_id"]);
        assert_eq!(named("uuid"), ["postUuid", "post_uuid"]);
    }
}
