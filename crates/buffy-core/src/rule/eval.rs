//! Trying a rule on a document. Whatever the document holds, the answer is yes or no.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value as Json;

use super::expr::{Check, Expr, Order, Query, Step, Subject, Test};
use super::value::{Number, Value};
use super::{Document, RequestFacts};
use crate::facts::{Facts, Message};

/// Characters of a found value that are shown.
const SHOWN_CHARS_MAX: usize = 80;

/// Values of a repeated field or a JSON path that are shown.
const SHOWN_VALUES_MAX: usize = 3;

/// What a rule is tried on.
#[derive(Clone, Copy)]
pub(super) enum On<'d> {
    Document(&'d Document<'d>),
    Request(&'d RequestFacts<'d>),
    Reply(&'d Facts<'d>),
    Message(Message<'d>),
}

impl Expr {
    pub(super) fn holds(&self, on: On<'_>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(on)),
            Self::All(parts) => parts.iter().all(|part| part.holds(on)),
            Self::Not(inner) => !inner.holds(on),
            Self::Test(test) => test.holds(on),
        }
    }
}

impl Test {
    pub(super) fn holds(&self, on: On<'_>) -> bool {
        let found = self.subject.find(on);
        if found.is_empty() {
            return matches!(self.check, Check::Unequal(_) | Check::MatchesNot(_));
        }
        found.iter().any(|value| self.check.holds(value))
    }

    /// The values it meets, for a person to read.
    pub(super) fn got(&self, on: On<'_>) -> String {
        let found = self.subject.find(on);
        if found.is_empty() {
            return "missing".to_owned();
        }
        let mut shown: Vec<String> = found
            .iter()
            .take(SHOWN_VALUES_MAX)
            .map(Found::shown)
            .collect();
        if let Some(more) = found
            .len()
            .checked_sub(SHOWN_VALUES_MAX)
            .filter(|&more| more > 0)
        {
            shown.push(format!("{more} more"));
        }
        shown.join(", ")
    }
}

/// A value of what it is tried on.
pub(super) enum Found<'d> {
    Code(u16),
    Count(u64),
    Text(Cow<'d, str>),
    Json(&'d Json),
}

impl Subject {
    pub(super) fn find<'d>(&'d self, on: On<'d>) -> Vec<Found<'d>> {
        match on {
            On::Document(document) => self.find_in(document),
            On::Request(request) => request.find(self).into_iter().map(Found::Text).collect(),
            On::Reply(facts) => self.find_of_reply(facts),
            On::Message(message) => self.find_in_message(message),
        }
    }

    fn find_in<'d>(&self, document: &'d Document<'_>) -> Vec<Found<'d>> {
        match self {
            Self::Code => vec![Found::Code(document.code)],
            Self::Text => vec![Found::Text(document.text.trim().into())],
            Self::Header(name) => document
                .headers
                .iter()
                .filter(|(field, _)| field.eq_ignore_ascii_case(name))
                .map(|(_, value)| Found::Text(value.into()))
                .collect(),
            Self::Field(steps) => field(document.json.as_ref(), steps),
            Self::Query(query) => query.all(document.json.as_ref()),
            _ => Vec::new(),
        }
    }

    fn find_in_message<'d>(&self, message: Message<'d>) -> Vec<Found<'d>> {
        match self {
            Self::Text => vec![Found::Text(message.text.trim().into())],
            Self::Field(steps) => field(message.json, steps),
            Self::Query(query) => query.all(message.json),
            _ => Vec::new(),
        }
    }
}

impl Query {
    pub(super) fn all<'d>(&self, root: Option<&'d Json>) -> Vec<Found<'d>> {
        let nodes = root.map(|root| self.path.query(root).all());
        nodes.into_iter().flatten().map(Found::Json).collect()
    }
}

/// What steps lead to, from the root of a document.
pub(super) fn field<'d>(root: Option<&'d Json>, steps: &[Step]) -> Vec<Found<'d>> {
    let found = root.and_then(|root| steps.iter().try_fold(root, Step::into));
    found.map(Found::Json).into_iter().collect()
}

impl Step {
    fn into<'d>(json: &'d Json, step: &Self) -> Option<&'d Json> {
        match step {
            Self::Key(key) => json.as_object()?.get(key),
            Self::Index(index) => json.as_array()?.get(*index),
        }
    }
}

impl Check {
    /// Whether one found value satisfies it.
    fn holds(&self, found: &Found<'_>) -> bool {
        match self {
            Self::Present => true,
            Self::Equal(value) => found.equals(value),
            Self::Unequal(value) => !found.equals(value),
            Self::In(values) => values.iter().any(|value| found.equals(value)),
            Self::Matches(pattern) => found.text().is_some_and(|text| pattern.matches(&text)),
            Self::MatchesNot(pattern) => !found.text().is_some_and(|text| pattern.matches(&text)),
            Self::Order(order, _, wanted) => found
                .number()
                .and_then(|number| number.compare(*wanted))
                .is_some_and(|ordering| order.allows(ordering)),
        }
    }
}

impl Order {
    fn allows(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl<'d> Found<'d> {
    /// Its text, kept as long as what it was found in.
    pub(super) fn into_text(self) -> Option<Cow<'d, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Json(Json::String(text)) => Some(text.into()),
            other => other.text().map(|text| text.into_owned().into()),
        }
    }

    fn equals(&self, value: &Value) -> bool {
        self.text()
            .is_some_and(|text| value.equals(&text, || self.number()))
    }

    /// The value as a text; objects and arrays have none.
    fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Code(code) => Some(code.to_string().into()),
            Self::Count(count) => Some(count.to_string().into()),
            Self::Text(text) => Some(text.as_ref().into()),
            Self::Json(Json::String(text)) => Some(text.into()),
            Self::Json(Json::Object(_) | Json::Array(_)) => None,
            Self::Json(json) => Some(json.to_string().into()),
        }
    }

    /// The value as a number, which a text may be.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::Code(code) => Some(Number::Whole((*code).into())),
            Self::Count(count) => Some(Number::Whole((*count).into())),
            Self::Json(Json::Number(number)) => Number::of_json(number),
            Self::Text(text) => Number::parse(text),
            Self::Json(json) => json.as_str().and_then(Number::parse),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Code(code) => code.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Text(text) => Json::from(shortened(text)).to_string(),
            Self::Json(Json::String(text)) => Json::from(shortened(text)).to_string(),
            Self::Json(json) => shortened(&json.to_string()).into_owned(),
        }
    }
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        None => text.into(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
    }
}
