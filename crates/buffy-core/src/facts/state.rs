//! Places in a session's state: `orders.{id}`.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value as Json;

use super::{Facts, Needs};

/// The most steps of one path.
const STEPS_MAX: usize = 16;

/// A place in a session's state, where `{id}` is the path's parameter of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePath(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    /// The value of a parameter of the request's path.
    Param(String),
}

impl StatePath {
    /// Reads `orders.{id}.status`. The error says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Result<Vec<Part>, String> = text.split('.').map(Part::parse).collect();
        let parts = parts?;
        if parts.len() > STEPS_MAX {
            return Err(format!(
                "a place in the state has at most {STEPS_MAX} steps"
            ));
        }
        Ok(Self(parts))
    }

    /// The steps from the root; None where the request's path has no such parameter.
    pub fn keys<'f>(&'f self, facts: &'f Facts<'_>) -> Option<Vec<Cow<'f, str>>> {
        let keys = self.0.iter().map(|part| part.key(facts).map(Cow::Borrowed));
        keys.collect()
    }

    /// The parameters of the request's path that it names.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Param(name) => Some(name.as_str()),
            Part::Key(_) => None,
        })
    }

    /// What the state holds there.
    pub fn find<'f>(&self, facts: &'f Facts<'_>) -> Option<&'f Json> {
        let mut parts = self.0.iter();
        let root = facts.state.get(parts.next()?.key(facts)?)?;
        parts.try_fold(root, |json, part| {
            let key = part.key(facts)?;
            match json {
                Json::Object(members) => members.get(key),
                Json::Array(items) => items.get(key.parse::<usize>().ok()?),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
            }
        })
    }

    pub fn needs(&self) -> Needs {
        let params = if self.params().next().is_some() {
            Needs::PARAMS
        } else {
            Needs::NOTHING
        };
        Needs::STATE | params
    }
}

/// As it is written behind `state`: `.orders.{id}`.
impl fmt::Display for StatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Key(key) => write!(f, ".{key}"),
            Part::Param(name) => write!(f, ".{{{name}}}"),
        })
    }
}

impl Part {
    fn parse(text: &str) -> Result<Self, String> {
        let inside = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        let name = inside.unwrap_or(text);
        if name.is_empty() || name.contains(['{', '}', '[', ']', '"']) {
            return Err(format!(
                "`{text}` is no step into the state: write names and parameters, as in `orders.{{id}}`"
            ));
        }
        Ok(match inside {
            Some(name) => Self::Param(name.to_owned()),
            None => Self::Key(name.to_owned()),
        })
    }

    fn key<'f>(&'f self, facts: &'f Facts<'_>) -> Option<&'f str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Param(name) => facts.param(name),
        }
    }
}
