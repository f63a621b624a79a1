//! Requests of one shape and method, told apart by what their answers depend on.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::sample::{Body, Sample};
use super::shape::Shape;
use crate::rule::Rule;

/// Leaves of a request's content that are looked at, and how deep.
const LEAVES_MAX: usize = 64;
const DEPTH_MAX: usize = 6;

/// Something that a request may differ in; what is more telling comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A parameter of the path, by its name.
    Param(String),
    Query(String),
    /// A leaf of the JSON content: `body.a.b`.
    Leaf(String),
}

/// Requests that are alike, and their answers in order.
#[derive(Clone, Debug)]
pub(super) struct Case<'s> {
    /// What it says of each part that any request has; values as rules write them.
    pub(super) parts: BTreeMap<Part, String>,
    pub(super) params: Vec<(String, String)>,
    pub(super) samples: Vec<&'s Sample>,
}

impl Part {
    /// The comparison with a value, or its absence.
    pub(super) fn condition(&self, value: Option<&String>) -> String {
        let subject = self.subject();
        match value {
            Some(value) => format!("{subject}{value}"),
            None => format!("!{subject}"),
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Param(name) => format!("param.{name}"),
            Self::Query(name) => format!("query{}", step(name)),
            Self::Leaf(path) => path.clone(),
        }
    }

    /// A part with a name that no rule can write is not looked at.
    fn can_be_written(&self) -> bool {
        Rule::parse_reply(&self.subject()).is_ok()
    }
}

/// The cases of samples of one shape and method, in the order in which they were first seen.
pub(super) fn sort<'s>(shape: &Shape, samples: &[&'s Sample]) -> Vec<Case<'s>> {
    let names = shape.names();
    let mut cases: Vec<Case<'s>> = Vec::new();
    for &sample in samples {
        let (_, values) = Shape::of(&sample.path);
        let params: Vec<_> = names.iter().cloned().zip(values).collect();
        let parts = parts(sample, &params);
        match cases.iter_mut().find(|case| case.parts == parts) {
            Some(case) => case.samples.push(sample),
            None => cases.push(Case {
                parts,
                params,
                samples: vec![sample],
            }),
        }
    }
    cases
}

fn parts(sample: &Sample, params: &[(String, String)]) -> BTreeMap<Part, String> {
    let mut parts = BTreeMap::new();
    for (name, value) in params {
        parts.insert(Part::Param(name.clone()), equals(value));
    }
    for (name, value) in &sample.query {
        parts
            .entry(Part::Query(name.clone()))
            .or_insert_with(|| equals(value));
    }
    if let Some(asked) = &sample.asked {
        leaves(asked, "body", 0, &mut parts);
    }
    parts.retain(|part, _| part.can_be_written());
    parts
}

fn leaves(json: &Json, path: &str, depth: usize, parts: &mut BTreeMap<Part, String>) {
    if depth > DEPTH_MAX || parts.len() > LEAVES_MAX {
        return;
    }
    let value = match json {
        Json::Object(map) => {
            for (name, value) in map {
                leaves(value, &format!("{path}{}", step(name)), depth + 1, parts);
            }
            return;
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &format!("{path}[{index}]"), depth + 1, parts);
            }
            return;
        }
        Json::Null => return,
        Json::Bool(value) => format!("={value}"),
        Json::Number(value) => format!("={value}"),
        Json::String(value) => equals(value),
    };
    parts.insert(Part::Leaf(path.to_owned()), value);
}

/// `.name`, or `["a name"]`.
fn step(name: &str) -> String {
    let is_bare = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    if is_bare {
        format!(".{name}")
    } else {
        format!("[{}]", quoted(name))
    }
}

/// A comparison that only this text satisfies: one with `*` would be a glob.
fn equals(value: &str) -> String {
    if value.contains('*') {
        return format!("~{}", quoted(&format!("^{}$", regex::escape(value))));
    }
    format!("={}", quoted(value))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Case<'_> {
    /// It was always answered with 404.
    pub(super) fn is_missing(&self) -> bool {
        self.samples.iter().all(|sample| sample.status == 404)
    }

    /// Something of it came as a stream, or in another form that has no place for a parameter.
    pub(super) fn is_text(&self) -> bool {
        self.samples
            .iter()
            .all(|sample| matches!(sample.body, Body::Json(_) | Body::Text(_)))
    }
}
