//! What templates can call: `seq('n')`, `now('+2h')`, `uuid()`, `fake('name.first')`, `pick([…])`,
//! `random(1, 6)`, and the filters `b64` and `jsonpath`.

use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, State};
use serde_json::Value as Json;
use serde_json_path::JsonPath;

use super::run::{self, Mistake};
use crate::dice::Dice;
use crate::facts::Needs;

mod clock;
mod invented;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use invented::names as invented_names;

/// The functions, by what they look at.
const NEEDS: &[(&str, Needs)] = &[
    ("seq", Needs::SEQUENCES),
    ("now", Needs::NOW),
    ("uuid", Needs::DICE),
    ("fake", Needs::DICE),
    ("pick", Needs::DICE),
    ("random", Needs::DICE),
];

/// What a function looks at; none where there is no such function.
pub(super) fn needs(name: &str) -> Option<Needs> {
    let found = NEEDS.iter().find(|(own, _)| *own == name);
    found.map(|(_, needs)| *needs)
}

pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_function("seq", seq);
    environment.add_function("now", clock::now);
    environment.add_function("uuid", uuid);
    environment.add_function("fake", fake);
    environment.add_function("pick", pick);
    environment.add_function("random", random);
    environment.add_filter("b64", b64);
    environment.add_filter("jsonpath", jsonpath);
}

/// The next number of a sequence of the session, from 1.
fn seq(state: &State<'_, '_>, name: &str) -> Result<u64, Error> {
    let next = run::of(state)?.next(name);
    next.ok_or_else(|| {
        Mistake::error("seq: the name is too long, or this session has too many already")
    })
}

/// A version 4 UUID (RFC 9562 §5.4).
fn uuid(state: &State<'_, '_>) -> Result<String, Error> {
    Ok(run::of(state)?.throw(Dice::uuid))
}

/// Something that reads like a name, an address, …
fn fake(state: &State<'_, '_>, what: &str) -> Result<Value, Error> {
    let make = invented::named(what).ok_or_else(|| {
        let message = match invented::nearest(what) {
            Some(near) => format!("fake: nothing is called `{what}`: did you mean `{near}`?"),
            None => format!(
                "fake: nothing is called `{what}`: write one of {}",
                invented::names().join(", ")
            ),
        };
        Mistake::error(message)
    })?;
    Ok(run::of(state)?.throw(make))
}

/// One of a list.
fn pick(state: &State<'_, '_>, list: &Value) -> Result<Value, Error> {
    let items: Vec<Value> = list.try_iter()?.collect();
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let index = run::of(state)?.throw(|dice| dice.below(count));
    let picked = usize::try_from(index)
        .ok()
        .and_then(|index| items.get(index));
    Ok(picked.cloned().unwrap_or(Value::UNDEFINED))
}

/// A number from `low` to `high`, both included; with a fraction where one of them has one.
fn random(state: &State<'_, '_>, low: &Value, high: &Value) -> Result<Value, Error> {
    let run = run::of(state)?;
    if let (Some(low), Some(high)) = (low.as_i64(), high.as_i64())
        && low.abs_diff(high) < u64::MAX
        && low <= high
    {
        let above = run.throw(|dice| dice.below(low.abs_diff(high) + 1));
        return Ok(Value::from(low.saturating_add_unsigned(above)));
    }
    let real = |value: &Value| {
        f64::try_from(value.clone())
            .ok()
            .filter(|real| real.is_finite())
    };
    match (real(low), real(high)) {
        (Some(low), Some(high)) if low <= high => {
            let unit = run.throw(Dice::unit);
            Ok(Value::from(low + (high - low) * unit))
        }
        _ => Err(Mistake::error(
            "random: two numbers are needed, the lower one first: write `random(1, 6)`",
        )),
    }
}

/// Base64 (RFC 4648 §4) of a text.
fn b64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// What a JSON path (RFC 9535) selects: always a list.
fn jsonpath(value: &Value, path: &str) -> Result<Value, Error> {
    let parsed = JsonPath::parse(path).map_err(|_| {
        let message = format!("jsonpath: `{path}` is no JSONPath (RFC 9535): write it as `$..sku`");
        Mistake::error(message)
    })?;
    let json = serde_json::to_value(value).unwrap_or(Json::Null);
    let nodes = parsed.query(&json).all().into_iter();
    Ok(nodes.map(|node| Value::from(Serde(node))).collect())
}
