//! What rules of answers compare beside what all rules on requests do.

use std::fmt;

use super::eval::{Found, Meets};
use super::expr::{Step, write_named};
use crate::facts::{Facts, Needs, StatePath};

/// What only a request that an answer is chosen for has.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// The target as it came.
    Url,
    /// The client's address.
    Ip,
    /// The number of the request.
    Count,
    /// The body, or a field of it.
    Body(Vec<Step>),
    Cookie(String),
    /// A parameter of the path.
    Param(String),
    /// A field of the form that it carries.
    Form(String),
    /// A part of the session's state.
    State(StatePath),
    /// The claims of its token, or one of them.
    Claim(Vec<Step>),
}

impl Fact {
    pub(super) fn is_always_there(&self) -> bool {
        matches!(self, Self::Url | Self::Ip | Self::Count)
    }

    /// What has to be there for it to be found.
    pub(super) fn needs(&self) -> Needs {
        match self {
            Self::Url | Self::Ip => Needs::NOTHING,
            Self::Count => Needs::COUNT,
            Self::Body(_) => Needs::BODY,
            Self::Cookie(_) | Self::Claim(_) => Needs::FIELDS,
            Self::Form(_) => Needs::BODY | Needs::FIELDS,
            Self::Param(_) => Needs::PARAMS,
            Self::State(path) => path.needs(),
        }
    }

    /// The parameters of the path that it names.
    pub(super) fn params(&self) -> Vec<&str> {
        match self {
            Self::Param(name) => vec![name],
            Self::State(path) => path.params().collect(),
            Self::Url
            | Self::Ip
            | Self::Count
            | Self::Body(_)
            | Self::Cookie(_)
            | Self::Form(_)
            | Self::Claim(_) => Vec::new(),
        }
    }

    pub(super) fn find<'d>(&'d self, facts: &'d Facts<'d>, meets: &mut Meets<'_, 'd>) -> bool {
        match self {
            Self::Url => meets(Found::Text(facts.url.into())),
            Self::Ip => meets(Found::Text(facts.ip.to_string().into())),
            Self::Count => meets(Found::Count(facts.count)),
            Self::Cookie(name) => {
                let mut cookies = facts.cookie(name);
                cookies.any(|value| meets(Found::Text(value.into())))
            }
            Self::Param(name) => {
                let value = facts.param(name);
                value.is_some_and(|value| meets(Found::Text(value.into())))
            }
            Self::Form(name) => facts.form(name).any(|value| meets(Found::Text(value))),
            Self::State(path) => path
                .find(facts)
                .is_some_and(|json| meets(Found::Json(json))),
            Self::Body(steps) if steps.is_empty() => whole_body(facts, meets),
            Self::Body(steps) => {
                Step::walk(facts.json(), steps).is_some_and(|json| meets(Found::Json(json)))
            }
            Self::Claim(steps) => {
                Step::walk(facts.claims(), steps).is_some_and(|json| meets(Found::Json(json)))
            }
        }
    }
}

/// A body that is one JSON value compares as that; any other as its text.
fn whole_body<'d>(facts: &'d Facts<'d>, meets: &mut Meets<'_, 'd>) -> bool {
    let json = facts.json();
    if let Some(json) = json.filter(|json| !json.is_object() && !json.is_array()) {
        return meets(Found::Json(json));
    }
    !facts.body.is_empty() && meets(Found::trimmed(facts.text()))
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("url"),
            Self::Ip => f.write_str("ip"),
            Self::Count => f.write_str("count"),
            Self::Body(steps) => write_steps(f, "body", steps),
            Self::Cookie(name) => write_named(f, "cookie", name),
            Self::Param(name) => write_named(f, "param", name),
            Self::Form(name) => write_named(f, "form", name),
            Self::State(path) => write!(f, "state{path}"),
            Self::Claim(steps) => write_steps(f, "jwt", steps),
        }
    }
}

fn write_steps(f: &mut fmt::Formatter<'_>, root: &str, steps: &[Step]) -> fmt::Result {
    f.write_str(root)?;
    steps.iter().try_for_each(|step| step.write(f, false))
}
