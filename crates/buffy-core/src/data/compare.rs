//! How values of documents compare, in filters and in sorting.

use std::cmp::Ordering;

use serde_json::Value as Json;

/// The order of two values, where they have one: numbers as numbers, and so a number and a text
/// that is one; texts by their characters.
pub(super) fn compare(left: &Json, right: &Json) -> Option<Ordering> {
    match (left, right) {
        (Json::String(left), Json::String(right)) => Some(left.cmp(right)),
        (Json::Number(left), Json::Number(right)) => match (left.as_i64(), right.as_i64()) {
            // Whole numbers past 2^53 would be equal to their neighbours as floats.
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Json::Number(left), Json::String(right)) => left.as_f64()?.partial_cmp(&number(right)?),
        (Json::String(left), Json::Number(right)) => number(left)?.partial_cmp(&right.as_f64()?),
        (Json::Bool(left), Json::Bool(right)) => Some(left.cmp(right)),
        (left, right) => (left == right).then_some(Ordering::Equal),
    }
}

/// The order in which a sorted list has them: numbers, texts without regard to case, the rest;
/// what is missing comes last.
pub(super) fn rank(left: Option<&Json>, right: Option<&Json>) -> Ordering {
    match (left, right) {
        (Some(Json::String(left)), Some(Json::String(right))) => {
            let folded = left.to_lowercase().cmp(&right.to_lowercase());
            folded.then_with(|| left.cmp(right))
        }
        (Some(left), Some(right)) if class(left) == class(right) => {
            compare(left, right).unwrap_or(Ordering::Equal)
        }
        (left, right) => left
            .map_or(u8::MAX, class)
            .cmp(&right.map_or(u8::MAX, class)),
    }
}

/// The number that a text is; words as `inf` are none.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn class(value: &Json) -> u8 {
    match value {
        Json::Number(_) => 0,
        Json::String(_) => 1,
        Json::Bool(_) => 2,
        Json::Array(_) | Json::Object(_) => 3,
        Json::Null => u8::MAX,
    }
}
