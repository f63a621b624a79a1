//! The facts that a template names, as the engine takes them.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::{Serde, Value};

use super::cut;
use super::place::{Place, Root};
use crate::facts::Facts;

/// The values of the roots in `names`; where only members of a root are named, no others.
pub(super) fn values(names: &BTreeSet<String>, facts: &Facts<'_>) -> Vec<(&'static str, Value)> {
    let mut members: BTreeMap<&'static str, BTreeMap<String, Value>> = BTreeMap::new();
    let mut values = Vec::new();
    for name in names {
        let (root, rest) = name.split_once('.').unwrap_or((name, ""));
        let Some(root) = Root::named(root) else {
            continue;
        };
        if rest.is_empty() {
            values.push((root.name(), whole(root, facts)));
            continue;
        }
        let first = rest.split_once('.').map_or(rest, |(first, _)| first);
        let place = cut::place(&format!("{}.{first}", root.name()));
        let value = place.as_ref().and_then(|place| value(place, facts));
        let own = members.entry(root.name()).or_default();
        own.insert(first.to_owned(), value.unwrap_or_default());
    }
    for (root, own) in members {
        if values.iter().all(|(name, _)| *name != root) {
            values.push((root, Value::from(own)));
        }
    }
    values
}

fn value(place: &Place, facts: &Facts<'_>) -> Option<Value> {
    let found = place.find(facts)?;
    Some(Value::from(Serde(found.json())))
}

fn whole(root: Root, facts: &Facts<'_>) -> Value {
    let pairs: Vec<(String, String)> = match root {
        Root::Query => owned(facts.arguments()),
        Root::Form => owned(facts.forms()),
        Root::Cookie => owned(facts.cookies()),
        Root::Header => owned(
            facts
                .fields
                .iter()
                .map(|(name, value)| (*name, value.as_ref())),
        ),
        Root::Param => facts.params.to_vec(),
        Root::State => return Value::from(Serde(facts.state)),
        _ => {
            let place = Place {
                root,
                steps: Vec::new(),
            };
            return value(&place, facts).unwrap_or_default();
        }
    };
    Value::from_pairs(pairs.into_iter().rev())
}

fn owned<N: Into<String>, V: Into<String>>(
    pairs: impl Iterator<Item = (N, V)>,
) -> Vec<(String, String)> {
    pairs
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}
