//! What a list is asked with: json-server's query language, version 1.
//!
//! Nothing in it is an error: what is not understood is left out, as json-server documents it.

mod filter;
mod page;
mod path;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use filter::{Condition, Filter, Op, Wanted};
use page::Asked;
pub(super) use page::{Part, Place};
use path::FieldPath;

use super::compare::rank;
use crate::facts;

/// Fields to sort by, and relations to embed, that are heeded; more would only cost.
const NAMES_MAX: usize = 16;

/// Conditions of a query: each is looked at for every document of a collection.
pub(super) const CONDITIONS_MAX: usize = 64;

/// A query, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    filter: Filter,
    sort: Vec<Order>,
    part: Part,
    embed: Vec<String>,
    dependent: Vec<String>,
}

impl Query {
    /// What follows the `?` of a URL, as it came.
    pub fn parse(raw: &str) -> Self {
        let pairs: Vec<_> = facts::pairs(raw).collect();
        let last = |name: &str| {
            let found = pairs.iter().rfind(|(own, _)| own == name);
            found.map(|(_, value)| &**value)
        };
        let asked = Asked {
            page: last("_page"),
            per_page: last("_per_page"),
            start: last("_start"),
            end: last("_end"),
            limit: last("_limit"),
        };
        let whole = last("_where").and_then(|text| serde_json::from_str::<Json>(text).ok());
        let filter = match whole.as_ref().and_then(Json::as_object) {
            Some(object) => Filter::from_json(object),
            None => filter_of(&pairs),
        };
        Self {
            filter,
            sort: names(&pairs, "_sort")
                .iter()
                .map(|name| Order::parse(name))
                .collect(),
            part: asked.part(),
            embed: names(&pairs, "_embed"),
            dependent: names(&pairs, "_dependent"),
        }
    }

    /// Whether it compares each document with more than [`CONDITIONS_MAX`] conditions.
    pub(super) fn is_too_long(&self) -> bool {
        self.filter.conditions() > CONDITIONS_MAX
    }

    /// Whether a document is asked for.
    pub fn holds(&self, fields: &Map<String, Json>) -> bool {
        self.filter.holds(fields)
    }

    /// The order of two documents in the list; equal where `_sort` says nothing.
    pub fn order(&self, left: &Map<String, Json>, right: &Map<String, Json>) -> Ordering {
        let orders = self.sort.iter().map(|order| order.of(left, right));
        orders.fold(Ordering::Equal, Ordering::then)
    }

    pub(super) fn is_sorted(&self) -> bool {
        !self.sort.is_empty()
    }

    pub(super) fn part(&self) -> Part {
        self.part
    }

    /// The relations to embed.
    pub(super) fn embed(&self) -> &[String] {
        &self.embed
    }

    /// The collections whose documents go with the one that is deleted.
    pub(super) fn dependent(&self) -> &[String] {
        &self.dependent
    }
}

/// A field to sort by.
#[derive(Clone, Debug, PartialEq)]
struct Order {
    path: FieldPath,
    descends: bool,
}

impl Order {
    /// `views`, or `-views` for the greatest first.
    fn parse(text: &str) -> Self {
        let name = text.strip_prefix('-');
        Self {
            path: FieldPath::parse(name.unwrap_or(text)),
            descends: name.is_some(),
        }
    }

    fn of(&self, left: &Map<String, Json>, right: &Map<String, Json>) -> Ordering {
        let (left, right) = (self.path.find(left), self.path.find(right));
        let order = rank(left, right);
        // What is missing stays last either way.
        if self.descends && left.is_some() && right.is_some() {
            return order.reverse();
        }
        order
    }
}

/// The names of a list that may be written with commas or several times.
fn names(pairs: &[(Cow<'_, str>, Cow<'_, str>)], parameter: &str) -> Vec<String> {
    let values = pairs.iter().filter(|(name, _)| name == parameter);
    let names = values.flat_map(|(_, value)| value.split(',').map(str::trim));
    let names = names.filter(|name| !name.is_empty()).take(NAMES_MAX);
    names.map(str::to_owned).collect()
}

/// The filter of the parameters that have no name of the language.
fn filter_of(pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> Filter {
    let mut conditions: Vec<Condition> = Vec::new();
    for (name, value) in pairs.iter().filter(|(name, _)| !name.starts_with('_')) {
        let Some((path, op)) = subject(name) else {
            continue;
        };
        let path = FieldPath::parse(path);
        let wanted: Vec<Wanted> = if op == Op::In {
            value.split(',').map(Wanted::written).collect()
        } else {
            vec![Wanted::written(value)]
        };
        // `id=1&id=2` asks for both: no document could have two values.
        // One too many is enough to tell.
        let has_room = conditions.len() <= CONDITIONS_MAX;
        let same = conditions
            .iter_mut()
            .find(|other| op == Op::Equal && other.op == op && other.path == path);
        match same {
            Some(other) => other.wanted.extend(wanted),
            None if has_room => conditions.push(Condition { path, op, wanted }),
            None => break,
        }
    }
    Filter::All(conditions.into_iter().map(Filter::Is).collect())
}

/// The field and the operator of a parameter's name; None where it has an operator that there is
/// not.
fn subject(name: &str) -> Option<(&str, Op)> {
    if let Some((path, op)) = name.rsplit_once(':') {
        return Some((path, Op::named(op)?));
    }
    // The form of earlier versions, for the operators that they had.
    let earlier = name
        .rsplit_once('_')
        .filter(|(path, op)| !path.is_empty() && matches!(*op, "lt" | "lte" | "gt" | "gte" | "ne"));
    let earlier = earlier.and_then(|(path, op)| Some((path, Op::named(op)?)));
    Some(earlier.unwrap_or((name, Op::Equal)))
}
