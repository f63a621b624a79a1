//! Trying a rule on a document. Whatever the document holds, the answer is yes or no.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value as Json;

use super::expr::{Check, Expr, Order, Test};
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
        let mut is_missing = true;
        let held = self.subject.find(on, &mut |found| {
            is_missing = false;
            self.check.holds(&found)
        });
        held || is_missing && matches!(self.check, Check::Unequal(_) | Check::MatchesNot(_))
    }

    /// The values it meets, for a person to read.
    pub(super) fn got(&self, on: On<'_>) -> String {
        let mut shown = Vec::new();
        let mut more = 0_usize;
        self.subject.find(on, &mut |found| {
            if shown.len() < SHOWN_VALUES_MAX {
                shown.push(found.shown());
            } else {
                more += 1;
            }
            false
        });
        if more > 0 {
            shown.push(format!("{more} more"));
        }
        if shown.is_empty() {
            return "missing".to_owned();
        }
        shown.join(", ")
    }
}

/// Is shown values one after the other, until it has seen what it wants.
pub(super) type Meets<'m, 'd> = dyn FnMut(Found<'d>) -> bool + 'm;

/// A value of what it is tried on.
pub(super) enum Found<'d> {
    Code(u16),
    Count(u64),
    Text(Cow<'d, str>),
    Json(&'d Json),
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
            Self::Code(_) | Self::Count(_) | Self::Json(_) => {
                self.text().map(|text| text.into_owned().into())
            }
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
