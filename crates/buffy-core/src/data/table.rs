//! A collection: documents by id, in their order, over a base that all copies share.
//!
//! A copy costs what was changed in it, not what it holds: sessions start from the same base.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::document::Document;

/// A collection and what was changed in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    base: Arc<Rows>,
    /// Of the base, by id: replaced, or removed where None.
    changed: HashMap<Arc<str>, Option<Arc<Document>>>,
    /// Behind the base.
    added: Rows,
}

impl Table {
    /// A collection as it was loaded.
    pub(super) fn new(base: Rows) -> Self {
        Self {
            base: Arc::new(base),
            ..Self::default()
        }
    }

    pub(super) fn len(&self) -> usize {
        let removed = self.changed.values().filter(|change| change.is_none());
        self.base.by_place.len() - removed.count() + self.added.by_place.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Document>> {
        self.added.get(id).or_else(|| match self.changed.get(id) {
            Some(change) => change.as_ref(),
            None => self.base.get(id),
        })
    }

    /// Ids and documents, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&str, &Arc<Document>)> {
        let base = self.base.by_place.values().filter_map(|row| {
            let document = match self.changed.get(&row.id) {
                Some(change) => change.as_ref()?,
                None => &row.document,
            };
            Some((&*row.id, document))
        });
        base.chain(self.added.by_place.values().map(Row::pair))
    }

    pub(super) fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.rows().map(|(_, document)| document)
    }

    /// Adds a document behind the others, whose id is not there yet, or puts it in place of the
    /// one with its id.
    pub(super) fn put(&mut self, id: &str, document: Arc<Document>) {
        if self.added.replace(id, &document) {
            return;
        }
        match (self.changed.get_mut(id), self.base.contains(id)) {
            (Some(change @ Some(_)), _) => *change = Some(document),
            (None, true) => {
                self.changed.insert(id.into(), Some(document));
            }
            (Some(None), _) | (None, false) => self.added.push(id, document),
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<Document>> {
        if let Some(document) = self.added.remove(id) {
            return Some(document);
        }
        let found = Arc::clone(self.get(id)?);
        self.changed.insert(id.into(), None);
        Some(found)
    }
}

/// Documents in the order in which they came, found by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    by_place: BTreeMap<u64, Row>,
    places: HashMap<Arc<str>, u64>,
    next: u64,
}

#[derive(Clone, Debug)]
struct Row {
    id: Arc<str>,
    document: Arc<Document>,
}

impl Row {
    fn pair(&self) -> (&str, &Arc<Document>) {
        (&self.id, &self.document)
    }
}

impl Rows {
    /// Adds a document, whose id is not there yet.
    pub(super) fn push(&mut self, id: &str, document: Arc<Document>) {
        let id: Arc<str> = id.into();
        self.places.insert(Arc::clone(&id), self.next);
        self.by_place.insert(self.next, Row { id, document });
        self.next += 1;
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.places.contains_key(id)
    }

    fn get(&self, id: &str) -> Option<&Arc<Document>> {
        Some(&self.by_place.get(self.places.get(id)?)?.document)
    }

    /// Whether there was one to replace.
    fn replace(&mut self, id: &str, document: &Arc<Document>) -> bool {
        let place = self.places.get(id);
        let row = place.and_then(|place| self.by_place.get_mut(place));
        if let Some(row) = row {
            row.document = Arc::clone(document);
            return true;
        }
        false
    }

    fn remove(&mut self, id: &str) -> Option<Arc<Document>> {
        let place = self.places.remove(id)?;
        Some(self.by_place.remove(&place)?.document)
    }
}
