//! Where in a document a value stands: `author.name`, `names[0]`.

use serde_json::{Map, Value as Json};

/// Names and places in lists, from the outside in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldPath(Vec<String>);

impl FieldPath {
    /// Any text is one: the name of a field that no document may have.
    pub(super) fn parse(text: &str) -> Self {
        let steps = text.split(['.', '[']);
        Self(
            steps
                .map(|step| step.trim_end_matches(']').to_owned())
                .collect(),
        )
    }

    /// The same path, one step further in.
    pub(super) fn within(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(name.to_owned());
        Self(steps)
    }

    /// What stands there.
    pub(crate) fn find<'a>(&self, fields: &'a Map<String, Json>) -> Option<&'a Json> {
        let (first, rest) = self.0.split_first()?;
        rest.iter()
            .try_fold(fields.get(first)?, |value, step| match value {
                Json::Object(fields) => fields.get(step),
                Json::Array(list) => list.get(step.parse::<usize>().ok()?),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
            })
    }
}
