//! The rule on configuration keys: each is in the reference, and is shown at work in an example.
//!
//! The keys are those of the JSON Schema, which is generated from the table that the reader uses;
//! so a new key cannot be forgotten here.

use std::collections::BTreeSet;

use granit_parser::{Event, Parser};
use serde_json::{Map, Value};

use super::Problem;
use super::tree::{Tree, has_extension};

const SCHEMA: &str = "docs/reference/buffy.schema.json";
const REFERENCE: &str = "docs/reference/";
const EXAMPLES: &str = "examples/";
/// How the schema refers to a section that is described elsewhere in it.
const DEFINITION: &str = "#/definitions/";

/// A section of the file (`buffy.listen`; empty: the file itself) and a key in it.
type Key = (String, String);

/// Keys without a line in the reference, or without an example.
pub(super) fn problems(tree: &Tree) -> Vec<Problem> {
    let Some(file) = tree.files.iter().find(|file| file.path == SCHEMA) else {
        return vec![Problem::new(
            SCHEMA,
            0,
            "there is no schema of the configuration",
        )];
    };
    let schema = match serde_json::from_str(&file.text) {
        Ok(schema) => schema,
        Err(error) => return vec![Problem::new(SCHEMA, error.line(), error.to_string())],
    };
    let schema = Schema { root: schema };
    let mut problems = Vec::new();
    let mut shown = BTreeSet::new();
    for file in tree.files.iter().filter(|file| is_example(&file.path)) {
        match document(&file.text) {
            Ok(document) => schema.mark(&document, &schema.root, "", &mut shown),
            Err(message) => problems.push(Problem::new(&file.path, 0, message)),
        }
    }
    let documented = documented(tree);
    for key in schema.keys() {
        let name = match key.0.as_str() {
            "" => key.1.clone(),
            section => format!("{section}.{}", key.1),
        };
        if !documented.contains(&key) {
            let message = format!("`{name}` is in no page below {REFERENCE}");
            problems.push(Problem::new(SCHEMA, 0, message));
        }
        if !shown.contains(&key) {
            let message = format!("`{name}` is in no example below {EXAMPLES}");
            problems.push(Problem::new(SCHEMA, 0, message));
        }
    }
    problems
}

/// A chart's templates are no YAML yet.
fn is_example(path: &str) -> bool {
    path.starts_with(EXAMPLES) && has_extension(path, "yaml") && !path.contains("/templates/")
}

struct Schema {
    root: Value,
}

impl Schema {
    fn keys(&self) -> BTreeSet<Key> {
        let mut keys = BTreeSet::new();
        let sections = object(&self.root, "definitions").into_iter().flatten();
        let whole = [(String::new(), &self.root)];
        for (section, node) in whole
            .into_iter()
            .chain(sections.map(|(k, v)| (k.clone(), v)))
        {
            for (key, _) in object(node, "properties").into_iter().flatten() {
                keys.insert((section.clone(), key.clone()));
            }
        }
        keys
    }

    /// Marks the keys that `value` shows, where `node` describes it and stands in `section`.
    fn mark(&self, value: &Value, node: &Value, section: &str, shown: &mut BTreeSet<Key>) {
        if let Some(name) = node.get("$ref").and_then(Value::as_str) {
            let name = name.trim_start_matches(DEFINITION);
            if let Some(node) = object(&self.root, "definitions").and_then(|all| all.get(name)) {
                self.mark(value, node, name, shown);
            }
        }
        for choice in ["anyOf", "allOf", "oneOf"] {
            for node in node
                .get(choice)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                self.mark(value, node, section, shown);
            }
        }
        if let (Some(items), Some(node)) = (value.as_array(), node.get("items")) {
            for item in items {
                self.mark(item, node, section, shown);
            }
        }
        if let (Some(map), Some(properties)) = (value.as_object(), object(node, "properties")) {
            for (name, value) in map {
                if let Some(node) = properties.get(name) {
                    shown.insert((section.to_owned(), name.clone()));
                    self.mark(value, node, section, shown);
                }
            }
        }
    }
}

fn object<'a>(value: &'a Value, key: &str) -> Option<&'a Map<String, Value>> {
    value.get(key).and_then(Value::as_object)
}

/// What the reference has: below a heading with the section's path in backticks, rows of a table
/// that begin with the key in backticks. A heading without backticks is the file's.
fn documented(tree: &Tree) -> BTreeSet<Key> {
    let is_page = |path: &str| path.starts_with(REFERENCE) && has_extension(path, "md");
    let mut documented = BTreeSet::new();
    for file in tree.files.iter().filter(|file| is_page(&file.path)) {
        let mut section = String::new();
        for line in file.text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                section = ticked(title).unwrap_or_default().replace("[]", "");
            } else if let Some(key) = line.strip_prefix("| ").and_then(ticked) {
                documented.insert((section.clone(), key.to_owned()));
            }
        }
    }
    documented
}

/// The words in backticks at the head of a text.
fn ticked(text: &str) -> Option<&str> {
    Some(text.strip_prefix('`')?.split_once('`')?.0)
}

/// A YAML document, as far as keys go: every scalar is text, and an alias is nothing.
fn document(text: &str) -> Result<Value, String> {
    let mut events = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| error.to_string())?;
        events.push(event);
    }
    let mut events = events.into_iter();
    while let Some(event) = events.next() {
        if matches!(event, Event::DocumentStart(..)) {
            return Ok(events
                .next()
                .map_or(Value::Null, |first| node(first, &mut events)));
        }
    }
    Ok(Value::Null)
}

fn node<'a>(first: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    if let Event::Scalar(text, ..) = first {
        return Value::String(text.into_owned());
    }
    if matches!(first, Event::SequenceStart(..)) {
        let mut items = Vec::new();
        while let Some(event) = events.next() {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(node(event, events));
        }
        return Value::Array(items);
    }
    if matches!(first, Event::MappingStart(..)) {
        let mut entries = Map::new();
        while let Some(event) = events.next() {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = node(event, events);
            let value = events
                .next()
                .map_or(Value::Null, |event| node(event, events));
            if let Value::String(key) = key {
                entries.insert(key, value);
            }
        }
        return Value::Object(entries);
    }
    Value::Null
}
