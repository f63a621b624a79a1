//! The documents that a session changed: its own copies of what data endpoints hold.

use std::collections::HashMap;
use std::sync::Arc;

use buffy_core::data::Collections;

/// By endpoint.
#[derive(Debug, Default)]
pub(super) struct Copies(HashMap<String, Copy>);

#[derive(Debug)]
struct Copy {
    /// The number of the source that it was made of.
    source: u64,
    collections: Arc<Collections>,
}

impl Copies {
    /// The copy of what a source holds; none where nothing of it was changed.
    pub(super) fn of(&self, endpoint: &str, source: u64) -> Option<Arc<Collections>> {
        let copy = self.0.get(endpoint).filter(|copy| copy.source == source)?;
        Some(Arc::clone(&copy.collections))
    }

    /// Has a copy changed: `change` takes it, and leaves what is kept. A copy of an earlier source
    /// of the endpoint is none.
    pub(super) fn change<R>(
        &mut self,
        endpoint: &str,
        source: u64,
        change: impl FnOnce(&mut Option<Arc<Collections>>) -> R,
    ) -> R {
        let taken = self.0.remove(endpoint);
        let taken = taken.filter(|copy| copy.source == source);
        let mut collections = taken.map(|copy| copy.collections);
        let changed = change(&mut collections);
        if let Some(collections) = collections {
            let copy = Copy {
                source,
                collections,
            };
            self.0.insert(endpoint.to_owned(), copy);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use buffy_core::data::Collections;
    use serde_json::json;

    use super::Copies;

    fn collections() -> Arc<Collections> {
        Arc::new(Collections::of_json(json!({"a": []}), "id", &mut String::new).unwrap())
    }

    #[test]
    fn a_copy_belongs_to_one_source_of_one_endpoint() {
        let mut copies = Copies::default();
        copies.change("shop", 1, |copy| {
            assert!(copy.is_none());
            *copy = Some(collections());
        });
        assert!(copies.of("shop", 1).is_some());
        assert!(copies.of("shop", 2).is_none());
        assert!(copies.of("other", 1).is_none());
        copies.change("shop", 1, |copy| assert!(copy.is_some()));
        assert!(copies.of("shop", 1).is_some());
        copies.change("shop", 2, |copy| assert!(copy.is_none()));
        assert!(copies.of("shop", 1).is_none());
    }
}
