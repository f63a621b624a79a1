//! Which documents of a collection are asked for.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::path::FieldPath;
use crate::data::compare::compare;

/// A tree of conditions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Is(Condition),
}

impl Filter {
    pub(super) fn holds(&self, fields: &Map<String, Json>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.holds(fields)),
            Self::Any(filters) => filters.iter().any(|filter| filter.holds(fields)),
            Self::Is(condition) => condition.holds(fields),
        }
    }

    /// How many there are.
    pub(super) fn conditions(&self) -> usize {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().map(Self::conditions).sum(),
            Self::Is(_) => 1,
        }
    }

    /// What `_where` says, an object of fields, operators, `or` and `and`.
    pub(super) fn from_json(object: &Map<String, Json>) -> Self {
        Self::All(
            object
                .iter()
                .map(|(name, wanted)| part(name, wanted))
                .collect(),
        )
    }
}

/// One value compared; false where the document has no such value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) path: FieldPath,
    pub(super) op: Op,
    pub(super) wanted: Vec<Wanted>,
}

impl Condition {
    fn holds(&self, fields: &Map<String, Json>) -> bool {
        let Some(found) = self.path.find(fields) else {
            return false;
        };
        let any = |test: &dyn Fn(&Wanted) -> bool| self.wanted.iter().any(test);
        let orders =
            |test: fn(Ordering) -> bool| any(&|wanted| wanted.order(found).is_some_and(test));
        match self.op {
            Op::Equal | Op::In => any(&|wanted| wanted.equals(found)),
            Op::NotEqual => !any(&|wanted| wanted.equals(found)),
            Op::Less => orders(Ordering::is_lt),
            Op::LessOrEqual => orders(Ordering::is_le),
            Op::Greater => orders(Ordering::is_gt),
            Op::GreaterOrEqual => orders(Ordering::is_ge),
            Op::Contains => any(&|wanted| wanted.is_in(found, |text, part| text.contains(part))),
            Op::StartsWith => {
                any(&|wanted| wanted.is_in(found, |text, part| text.starts_with(part)))
            }
            Op::EndsWith => any(&|wanted| wanted.is_in(found, |text, part| text.ends_with(part))),
        }
    }
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// Equal to one of several.
    In,
    /// These three look at texts only, without regard to case.
    Contains,
    StartsWith,
    EndsWith,
}

impl Op {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "in" => Self::In,
            "contains" => Self::Contains,
            "startsWith" => Self::StartsWith,
            "endsWith" => Self::EndsWith,
            _ => return None,
        })
    }
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    value: Json,
    /// As it was written, where that is a text.
    text: Option<String>,
    folded: String,
}

impl Wanted {
    /// Of a URL, where nothing has quotes: `5` equals the number and the text.
    pub(super) fn written(text: &str) -> Self {
        // A word in quotes is a word with quotes; lists and objects are words too.
        let plain = serde_json::from_str(text)
            .ok()
            .filter(|value| matches!(value, Json::Null | Json::Bool(_) | Json::Number(_)));
        Self {
            value: plain.unwrap_or_else(|| text.into()),
            text: Some(text.to_owned()),
            folded: text.to_lowercase(),
        }
    }

    /// Of JSON, where it has a type.
    pub(super) fn typed(value: &Json) -> Self {
        let text = value.as_str();
        Self {
            value: value.clone(),
            text: text.map(str::to_owned),
            folded: text.map(str::to_lowercase).unwrap_or_default(),
        }
    }

    fn equals(&self, found: &Json) -> bool {
        let same_text = found
            .as_str()
            .is_some_and(|found| self.text.as_deref() == Some(found));
        same_text || self.order(found) == Some(Ordering::Equal)
    }

    /// How what was found stands to this.
    fn order(&self, found: &Json) -> Option<Ordering> {
        compare(found, &self.value)
    }

    fn is_in(&self, found: &Json, test: fn(&str, &str) -> bool) -> bool {
        let found = found.as_str().filter(|_| self.text.is_some());
        found.is_some_and(|found| test(&found.to_lowercase(), &self.folded))
    }
}

/// One member of `_where`'s object.
fn part(name: &str, wanted: &Json) -> Filter {
    match (name, wanted) {
        ("or", Json::Array(list)) => Filter::Any(objects(list)),
        ("and", Json::Array(list)) => Filter::All(objects(list)),
        _ => field(&FieldPath::parse(name), wanted),
    }
}

fn objects(list: &[Json]) -> Vec<Filter> {
    let objects = list.iter().filter_map(Json::as_object);
    objects.map(Filter::from_json).collect()
}

/// A field with operators, with fields of its own, or with the value that it must equal.
fn field(path: &FieldPath, wanted: &Json) -> Filter {
    let Some(object) = wanted.as_object() else {
        return Filter::Is(Condition {
            path: path.clone(),
            op: Op::Equal,
            wanted: vec![Wanted::typed(wanted)],
        });
    };
    let ops: Vec<Filter> = object
        .iter()
        .filter_map(|(name, wanted)| Some(operator(path, Op::named(name)?, wanted)))
        .collect();
    if !ops.is_empty() {
        return Filter::All(ops);
    }
    let fields = object.iter();
    Filter::All(
        fields
            .map(|(name, wanted)| field(&path.within(name), wanted))
            .collect(),
    )
}

fn operator(path: &FieldPath, op: Op, wanted: &Json) -> Filter {
    let wanted = match (op, wanted) {
        (Op::In, Json::Array(list)) => list.iter().map(Wanted::typed).collect(),
        (Op::In, Json::String(text)) => text.split(',').map(Wanted::written).collect(),
        (_, wanted) => vec![Wanted::typed(wanted)],
    };
    Filter::Is(Condition {
        path: path.clone(),
        op,
        wanted,
    })
}
