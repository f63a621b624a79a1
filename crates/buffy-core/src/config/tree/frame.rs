//! A list or a map that is not over yet.

use std::collections::HashMap;

use super::{Entry, Node, Scalar, Value};
use crate::config::report::{Place, Report};

pub(super) struct Frame {
    pub place: Place,
    /// 0 where it has none.
    pub anchor: usize,
    /// It was not meant as a list or map, and that is told.
    pub spoiled: bool,
    pub inside: Inside,
}

pub(super) enum Inside {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// The line of each key.
        seen: HashMap<String, usize>,
        /// The key whose value comes next.
        key: Option<Key>,
    },
}

/// What stands before a `:`.
pub(super) enum Key {
    Good {
        name: String,
        place: Place,
    },
    /// Not text, or there twice: already told; its value is read and dropped.
    Bad,
}

impl Frame {
    /// Whether a key comes next.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.inside, Inside::Map { key: None, .. })
    }

    /// A node becomes an item, a key or a value.
    pub(super) fn add(&mut self, report: &Report<'_>, node: Node) {
        match &mut self.inside {
            Inside::List(items) => items.push(node),
            Inside::Map { entries, key, seen } => match key.take() {
                None if is_template(report, &node) => {
                    let hint = "a value that begins with `{{` must be in quotes";
                    report.error(node.place, "`{{` begins a map in a map here", hint);
                    self.spoiled = true;
                    *key = Some(Key::Bad);
                }
                None => *key = Some(read_key(report, node, seen)),
                Some(Key::Good { name, place }) => {
                    entries.push(Entry {
                        key: name,
                        place,
                        value: node,
                    });
                }
                Some(Key::Bad) => {}
            },
        }
    }

    /// The node that it is once it is over.
    pub(super) fn close(self) -> Node {
        let value = match self.inside {
            _ if self.spoiled => Value::Unknown,
            Inside::List(items) => Value::List(items),
            Inside::Map { entries, .. } => Value::Map(entries),
        };
        Node {
            place: self.place,
            value,
        }
    }
}

/// Whether a key is what YAML makes of `{{URL}}` without quotes: a map as the key of a map.
fn is_template(report: &Report<'_>, key: &Node) -> bool {
    let before = report.text().get(..=key.place.start).unwrap_or_default();
    key.is_structure() && before.ends_with("{{")
}

fn read_key(report: &Report<'_>, node: Node, seen: &mut HashMap<String, usize>) -> Key {
    let place = node.place;
    let Value::Scalar(Scalar { text: name, .. }) = node.value else {
        // What is unknown was told already.
        if node.is_structure() {
            let message = format!("a key must be text, and this is {}", node.is_a());
            report.error(place, message, "");
        }
        return Key::Bad;
    };
    if let Some(line) = seen.get(&name) {
        let message = format!("`{name}` is written twice");
        report.error(
            place,
            message,
            format!("it is on line {line} already: remove one"),
        );
        return Key::Bad;
    }
    seen.insert(name.clone(), place.line);
    Key::Good { name, place }
}
