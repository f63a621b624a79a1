//! The facts that a template names, as the engine takes them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Serde, Value};

use super::held;
use super::place::{Found, Place, Root, Step};
use crate::facts::Facts;

/// What a template names, by its roots.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Roots that are wanted as a whole.
    whole: BTreeSet<Root>,
    /// Of roots of which only members are wanted: the members.
    members: BTreeMap<Root, BTreeSet<String>>,
    /// Names that are no roots: a message's fields.
    pub(super) unknown: BTreeSet<String>,
}

impl Names {
    /// From names with dots: `header.user_agent`, `body`; `text` is the template's own.
    pub(super) fn new<'n>(all: impl Iterator<Item = &'n str>, text: &str) -> Self {
        let mut names = Self::default();
        for name in all {
            let (root, rest) = name.split_once('.').unwrap_or((name, ""));
            let Some(root) = Root::named(root) else {
                names.unknown.insert(root.to_owned());
                continue;
            };
            let member = rest.split('.').next().filter(|member| !member.is_empty());
            match member {
                Some(member) => {
                    let members = names.members.entry(root).or_default();
                    members.insert(member.to_owned());
                }
                None if root.is_asked_for() => {
                    let members = names.members.entry(root).or_default();
                    members.extend(subscripts(text, root.name()));
                }
                None => {
                    names.whole.insert(root);
                }
            }
        }
        let whole = &names.whole;
        names.members.retain(|root, _| !whole.contains(root));
        names
    }

    pub(super) fn roots(&self) -> impl Iterator<Item = Root> {
        self.whole.iter().chain(self.members.keys()).copied()
    }

    /// Their values for a request.
    pub(super) fn values(&self, facts: &Facts<'_>) -> Vec<(&str, Value)> {
        let mut values = Vec::with_capacity(self.whole.len() + self.members.len() + 1);
        for root in &self.whole {
            values.push((root.name(), whole(*root, facts)));
        }
        for (root, members) in &self.members {
            let found = members
                .iter()
                .map(|member| (member.as_str(), member_of(*root, member, facts)));
            values.push((root.name(), Value::from_pairs(found)));
        }
        for name in &self.unknown {
            let value = member_of(Root::Field, name, facts);
            if !value.is_undefined() {
                values.push((name, value));
            }
        }
        values
    }
}

/// The header fields, by names in any case, `_` for `-`.
#[derive(Debug)]
struct Fields(Vec<(String, String)>);

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let fold = |name: &str| name.to_ascii_lowercase().replace('_', "-");
        let wanted = fold(key.as_str()?);
        let mut fields = self.0.iter();
        let found = fields.find(|(name, _)| fold(name) == wanted);
        found.map(|(_, value)| Value::from(value.as_str()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.0.iter().map(|(name, _)| Value::from(name.as_str()));
        Enumerator::Values(names.collect())
    }
}

fn member_of(root: Root, member: &str, facts: &Facts<'_>) -> Value {
    if root == Root::Data {
        return (facts.data)(member).map_or(Value::UNDEFINED, held::value);
    }
    let place = Place {
        root,
        steps: vec![Step::Key(member.to_owned())],
    };
    value(&place, facts)
}

fn value(place: &Place, facts: &Facts<'_>) -> Value {
    match place.find(facts) {
        Some(Found::Text(text)) => Value::from(text.as_ref()),
        Some(Found::Count(count)) => Value::from(count),
        Some(Found::Json(json)) => Value::from(Serde(json.as_ref())),
        None => Value::UNDEFINED,
    }
}

fn whole(root: Root, facts: &Facts<'_>) -> Value {
    match root {
        Root::Query => first_of_each(facts.arguments()),
        Root::Form => first_of_each(facts.forms()),
        Root::Cookie => first_of_each(facts.cookies()),
        Root::Param => Value::from_pairs(facts.params.iter().cloned()),
        Root::State => Value::from(Serde(facts.state)),
        Root::Header => {
            let fields = facts.fields.iter();
            let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()));
            Value::from_object(Fields(fields.collect()))
        }
        Root::Variable(_)
        | Root::Target
        | Root::Method
        | Root::Path
        | Root::Host
        | Root::Ip
        | Root::Count
        | Root::Session
        | Root::Text
        | Root::Body
        | Root::Claims
        | Root::Data
        | Root::Env
        | Root::Field => value(&Place::whole(root), facts),
    }
}

fn first_of_each<N, V>(pairs: impl Iterator<Item = (N, V)>) -> Value
where
    N: Into<String>,
    V: Into<String>,
{
    let mut known = HashSet::new();
    let firsts = pairs.map(|(name, value)| (name.into(), value.into()));
    // Clients may write very many.
    let firsts = firsts.filter(|(name, _)| known.insert(name.clone()));
    Value::from_pairs(firsts.collect::<Vec<_>>())
}

/// The texts in quotes that stand in brackets behind a root: of `data["my-shop"]`, `my-shop`.
fn subscripts(text: &str, root: &str) -> Vec<String> {
    let behind = text.split(root).skip(1);
    let literals = behind.filter_map(|after| {
        let after = after.trim_start().strip_prefix('[')?.trim_start();
        let quote = after
            .chars()
            .next()
            .filter(|next| matches!(next, '"' | '\''))?;
        let (literal, after) = after.strip_prefix(quote)?.split_once(quote)?;
        after
            .trim_start()
            .starts_with(']')
            .then(|| literal.to_owned())
    });
    literals.collect()
}
