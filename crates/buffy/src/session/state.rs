//! A session's state: a tree that responses set and rules and templates read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value as Json};

/// Bytes of a session's state at most, as it would be written as JSON.
const BYTES_MAX: usize = 1024 * 1024;
/// Of all sessions' states together: whoever names sessions does not fill the memory.
const ALL_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Steps from the root to a value at most.
const STEPS_MAX: usize = 32;

/// A tree of named values. Readers keep the one that they got, whatever is set after it.
#[derive(Debug, Default)]
pub(super) struct State {
    tree: Arc<Map<String, Json>>,
    /// About what it takes as JSON.
    bytes: Share,
}

/// What the states of all sessions take together. Cheap to clone: all clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Room(Arc<AtomicUsize>);

/// What one of them takes, which is given back when it is dropped.
#[derive(Debug, Default)]
struct Share {
    room: Room,
    bytes: usize,
}

/// Why a state was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the session's state would be larger than {} KiB", BYTES_MAX / 1024)]
    TooLarge,
    #[error("the states of all sessions would be larger than {} MiB", ALL_BYTES_MAX / 1024 / 1024)]
    NoRoom,
    #[error("a value lies at most {STEPS_MAX} names deep, and has at least one")]
    TooDeep,
}

impl State {
    /// Nothing yet.
    pub(super) fn in_room(room: Room) -> Self {
        Self {
            tree: Arc::default(),
            bytes: Share { room, bytes: 0 },
        }
    }

    pub(super) fn tree(&self) -> &Arc<Map<String, Json>> {
        &self.tree
    }

    /// Forgets all of it.
    pub(super) fn clear(&mut self) {
        *self = Self::in_room(self.bytes.room.clone());
    }

    /// All of it anew.
    pub(super) fn replace(&mut self, tree: Map<String, Json>) -> Result<(), StateError> {
        self.bytes.resize(members(&tree))?;
        self.tree = Arc::new(tree);
        Ok(())
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
        // What is not there is not taken away, and leaves nothing behind.
        if value.is_null() && found(&self.tree, path).is_none() {
            return Ok(());
        }
        // What the way may cost is counted as if none of it were there yet.
        let way_bytes: usize = way.iter().map(|name| name.len() + NAME_BYTES).sum();
        let added = if value.is_null() {
            0
        } else {
            member(last, &value) + way_bytes
        };
        let replaced = found(&self.tree, path).map_or(0, |old| member(last, old));
        let after = |bytes: usize| bytes.saturating_add(added).saturating_sub(replaced);
        if self.bytes.resize(after(self.bytes.bytes)).is_err() {
            // It may be the estimate that is too large.
            self.bytes
                .resize(members(&self.tree).min(self.bytes.bytes))?;
            self.bytes.resize(after(self.bytes.bytes))?;
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
        } else {
            members.insert(last.clone(), value);
        }
        Ok(())
    }
}

impl Share {
    /// Takes so many bytes from now on, unless that is too much: it stays as it is then.
    fn resize(&mut self, bytes: usize) -> Result<(), StateError> {
        if bytes > BYTES_MAX {
            return Err(StateError::TooLarge);
        }
        let own = self.bytes;
        let fits = |all: usize| {
            let all = all.saturating_sub(own).saturating_add(bytes);
            (bytes <= own || all <= ALL_BYTES_MAX).then_some(all)
        };
        let all = &self.room.0;
        let taken = all.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits);
        taken.map_err(|_| StateError::NoRoom)?;
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Quotes, a colon and a comma around a name; or an object's braces.
const NAME_BYTES: usize = 6;

/// About what an object's members take as JSON.
fn members(tree: &Map<String, Json>) -> usize {
    tree.iter().map(|(name, value)| member(name, value)).sum()
}

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
        Json::Object(tree) => 2 + members(tree),
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

    use super::{ALL_BYTES_MAX, BYTES_MAX, Room, STEPS_MAX, State, StateError};

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
        let mut state = State::default();
        state.set(&path("a"), json!(1)).unwrap();
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
        assert_eq!(state.replace(whole), Err(StateError::TooLarge));
        let small = Map::from_iter([("a".to_owned(), json!(1))]);
        state.replace(small).unwrap();
        assert_eq!(shown(&state), json!({"a": 1}));
    }

    #[test]
    fn what_is_not_there_is_taken_away_without_a_trace() {
        let mut state = State::default();
        state.set(&path("o.7"), json!("paid")).unwrap();
        for at in ["orders.1.name", "o.8.x", "o.7.x", "none"] {
            state.set(&path(at), json!(null)).unwrap();
            assert_eq!(shown(&state), json!({"o": {"7": "paid"}}), "{at}");
        }
    }

    #[test]
    fn all_states_together_have_a_bound_and_one_that_goes_makes_room() {
        let room = Room::default();
        let large = || Json::from("x".repeat(BYTES_MAX - 64));
        let mut states = Vec::new();
        for _ in 0..=ALL_BYTES_MAX / BYTES_MAX {
            let mut state = State::in_room(room.clone());
            if state.set(&path("a"), large()).is_err() {
                break;
            }
            states.push(state);
        }
        let mut next = State::in_room(room);
        while next.set(&path("a"), json!("x".repeat(1024))).is_ok() {
            states.push(std::mem::replace(
                &mut next,
                State::in_room(states[0].bytes.room.clone()),
            ));
        }
        assert_eq!(next.set(&path("a"), large()), Err(StateError::NoRoom));
        states[0].set(&path("a"), json!(null)).unwrap();
        next.set(&path("a"), json!("x".repeat(1024))).unwrap();
        states.clear();
        next.set(&path("a"), large()).unwrap();
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
