//! A session's state: a tree that responses set and rules and templates read.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

/// Bytes of a session's state at most, as it would be written as JSON.
const BYTES_MAX: usize = 1024 * 1024;
/// Steps from the root to a value at most.
const STEPS_MAX: usize = 32;

/// A tree of named values. Readers keep the one that they got, whatever is set after it.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    tree: Arc<Map<String, Json>>,
    /// About what it takes as JSON.
    bytes: usize,
}

/// Why a state was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the session's state would be larger than {} KiB", BYTES_MAX / 1024)]
    TooLarge,
    #[error("a value lies at most {STEPS_MAX} names deep, and has at least one")]
    TooDeep,
}

impl State {
    /// All of it anew.
    pub(super) fn new(tree: Map<String, Json>) -> Result<Self, StateError> {
        let bytes = tree.iter().map(|(name, value)| member(name, value)).sum();
        if bytes > BYTES_MAX {
            return Err(StateError::TooLarge);
        }
        let tree = Arc::new(tree);
        Ok(Self { tree, bytes })
    }

    pub(super) fn tree(&self) -> &Arc<Map<String, Json>> {
        &self.tree
    }

    /// Puts a value at the end of the path, whose objects are made where there are none; `null`
    /// takes away what is there.
    pub(super) fn set(&mut self, path: &[String], value: Json) -> Result<(), StateError> {
        let Some((last, way)) = path.split_last() else {
            return Err(StateError::TooDeep);
        };
        if path.len() > STEPS_MAX {
            return Err(StateError::TooDeep);
        }
        // What the way may cost is counted as if none of it were there yet.
        let way_bytes: usize = way.iter().map(|name| name.len() + NAME_BYTES).sum();
        let added = member(last, &value) + way_bytes;
        if !value.is_null() && self.bytes.saturating_add(added) > BYTES_MAX {
            // It may be the estimate that is too large, or what is replaced makes room.
            self.bytes = self
                .tree
                .iter()
                .map(|(name, value)| member(name, value))
                .sum();
            let replaced = found(&self.tree, path).map_or(0, |old| member(last, old));
            if self.bytes.saturating_sub(replaced).saturating_add(added) > BYTES_MAX {
                return Err(StateError::TooLarge);
            }
        }
        let mut members = Arc::make_mut(&mut self.tree);
        for name in way {
            let next = members.entry(name).or_insert(Json::Null);
            if !next.is_object() {
                *next = Json::Object(Map::new());
            }
            let Json::Object(inner) = next else {
                return Err(StateError::TooDeep);
            };
            members = inner;
        }
        if value.is_null() {
            members.remove(last);
            return Ok(());
        }
        let old = members.insert(last.clone(), value);
        let removed = old.map_or(0, |old| member(last, &old));
        self.bytes = self.bytes.saturating_add(added).saturating_sub(removed);
        Ok(())
    }
}

/// Quotes, a colon and a comma around a name; or an object's braces.
const NAME_BYTES: usize = 6;

fn member(name: &str, value: &Json) -> usize {
    name.len() + NAME_BYTES + bytes(value)
}

/// About what a value takes as JSON.
fn bytes(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) => 5,
        Json::Number(_) => 8,
        Json::String(text) => text.len() + 2,
        Json::Array(items) => 2 + items.iter().map(|item| bytes(item) + 1).sum::<usize>(),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| member(name, value));
            2 + members.sum::<usize>()
        }
    }
}

fn found<'t>(tree: &'t Map<String, Json>, path: &[String]) -> Option<&'t Json> {
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(tree.get(first)?, |json, name| json.as_object()?.get(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value as Json, json};

    use super::{BYTES_MAX, STEPS_MAX, State, StateError};

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    fn shown(state: &State) -> Json {
        Json::Object(state.tree().as_ref().clone())
    }

    #[test]
    fn values_are_set_and_taken_away() {
        let mut state = State::default();
        let mut check = |at: &str, value: Json, expected: Json| {
            state.set(&path(at), value).unwrap();
            assert_eq!(shown(&state), expected, "{at}");
        };
        check("a", json!(1), json!({"a": 1}));
        check("o.7", json!("paid"), json!({"a": 1, "o": {"7": "paid"}}));
        check(
            "o.8",
            json!({"x": []}),
            json!({"a": 1, "o": {"7": "paid", "8": {"x": []}}}),
        );
        check("o.7", json!(null), json!({"a": 1, "o": {"8": {"x": []}}}));
        check(
            "a.b",
            json!(true),
            json!({"a": {"b": true}, "o": {"8": {"x": []}}}),
        );
        check("o", json!(null), json!({"a": {"b": true}}));
    }

    #[test]
    fn readers_keep_what_they_got() {
        let mut state = State::new(Map::from_iter([("a".to_owned(), json!(1))])).unwrap();
        let before = state.tree().clone();
        state.set(&path("a"), json!(2)).unwrap();
        assert_eq!(before.get("a"), Some(&json!(1)));
        assert_eq!(state.tree().get("a"), Some(&json!(2)));
    }

    #[test]
    fn a_state_has_a_bound_and_what_is_replaced_makes_room() {
        let mut state = State::default();
        let large = || Json::from("x".repeat(BYTES_MAX / 2 + 1));
        state.set(&path("a"), large()).unwrap();
        assert_eq!(state.set(&path("b"), large()), Err(StateError::TooLarge));
        assert!(state.tree().get("b").is_none());
        for _ in 0..4 {
            state.set(&path("a"), large()).unwrap();
        }
        state.set(&path("a"), json!(null)).unwrap();
        state.set(&path("b.c.d"), large()).unwrap();
        for _ in 0..4 {
            state.set(&path("b.c.d"), large()).unwrap();
        }
        let whole = Map::from_iter([("a".to_owned(), Json::from("x".repeat(BYTES_MAX)))]);
        assert_eq!(State::new(whole).unwrap_err(), StateError::TooLarge);
    }

    #[test]
    fn a_path_has_a_bound() {
        let mut state = State::default();
        assert_eq!(state.set(&[], json!(1)), Err(StateError::TooDeep));
        let deep = vec!["a".to_owned(); STEPS_MAX + 1];
        assert_eq!(state.set(&deep, json!(1)), Err(StateError::TooDeep));
        assert!(state.tree().is_empty());
    }
}
