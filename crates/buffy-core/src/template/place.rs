//! Names of facts in templates: `header.user_agent`, `body.items[0].sku`.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value as Json;

use super::{Variable, held};
use crate::facts::{Facts, Needs};

/// Where a value is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) root: Root,
    /// Behind the root.
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// What a template knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    /// `URL` and `ID`; of refusals also what they tell of their gate.
    Variable(Variable),
    Target,
    Method,
    Path,
    Host,
    Ip,
    Count,
    Session,
    Text,
    Body,
    Query,
    Header,
    Cookie,
    Param,
    Form,
    State,
    Claims,
    Data,
    Env,
    /// No root of its own: a field of the message that is answered, by its bare name.
    Field,
}

impl Root {
    const ALL: &'static [(&'static str, Self)] = &[
        ("URL", Self::Variable(Variable::Url)),
        ("ID", Self::Variable(Variable::Id)),
        ("url", Self::Target),
        ("method", Self::Method),
        ("path", Self::Path),
        ("host", Self::Host),
        ("ip", Self::Ip),
        ("count", Self::Count),
        ("session", Self::Session),
        ("text", Self::Text),
        ("body", Self::Body),
        ("query", Self::Query),
        ("header", Self::Header),
        ("cookie", Self::Cookie),
        ("param", Self::Param),
        ("form", Self::Form),
        ("state", Self::State),
        ("jwt", Self::Claims),
        ("data", Self::Data),
        ("env", Self::Env),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(own, _)| *own == name);
        found.map(|(_, root)| *root)
    }

    pub(super) fn name(self) -> &'static str {
        if let Self::Variable(variable) = self {
            return variable.name();
        }
        let found = Self::ALL.iter().find(|(_, root)| *root == self);
        found.map_or("", |(name, _)| *name)
    }

    /// Whether it is known only by the names that are asked for: it cannot be listed.
    pub(super) fn is_asked_for(self) -> bool {
        matches!(self, Self::Data | Self::Env)
    }

    pub(super) fn needs(self) -> Needs {
        match self {
            Self::Variable(_)
            | Self::Target
            | Self::Method
            | Self::Path
            | Self::Host
            | Self::Ip
            | Self::Session
            | Self::Query
            | Self::Env
            | Self::Field => Needs::NOTHING,
            Self::Count => Needs::COUNT,
            Self::Text | Self::Body => Needs::BODY,
            Self::Header | Self::Cookie | Self::Claims => Needs::FIELDS,
            Self::Param => Needs::PARAMS,
            Self::Form => Needs::BODY | Needs::FIELDS,
            Self::State => Needs::STATE,
            Self::Data => Needs::DATA,
        }
    }
}

/// What a place holds.
#[derive(Debug)]
pub(super) enum Found<'f> {
    Text(Cow<'f, str>),
    Count(u64),
    Json(Cow<'f, Json>),
}

impl Found<'_> {
    pub(super) fn json(self) -> Json {
        match self {
            Self::Text(text) => text.into(),
            Self::Count(count) => count.into(),
            Self::Json(json) => json.into_owned(),
        }
    }
}

impl Place {
    pub(super) fn whole(root: Root) -> Self {
        let steps = Vec::new();
        Self { root, steps }
    }

    /// What is there; None where nothing is.
    pub(super) fn find<'f>(&'f self, facts: &'f Facts<'_>) -> Option<Found<'f>> {
        let text = |text: &'f str| Some(Found::Text(text.into()));
        match (self.root, self.steps.as_slice()) {
            (Root::Body, steps) => {
                let json = match facts.message {
                    Some(message) => message.json?,
                    None => facts.json()?,
                };
                within(json, steps)
            }
            (Root::Field, steps) => within(facts.message?.json?, steps),
            (Root::Claims, steps) => within(facts.claims()?, steps),
            (Root::State, [Step::Key(first), steps @ ..]) => within(facts.state.get(first)?, steps),
            (Root::Data, [Step::Key(id), steps @ ..]) => {
                let found = held::find(&*(facts.data)(id)?, steps)?;
                Some(Found::Json(Cow::Owned(found)))
            }
            (Root::Query, [Step::Key(name)]) => facts.argument(name).next().map(Found::Text),
            (Root::Form, [Step::Key(name)]) => facts.form(name).next().map(Found::Text),
            (Root::Header, [Step::Key(name)]) => facts.header(name).next().and_then(text),
            (Root::Cookie, [Step::Key(name)]) => facts.cookie(name).next().and_then(text),
            (Root::Param, [Step::Key(name)]) => facts.param(name).and_then(text),
            (Root::Env, [Step::Key(name)]) => {
                variable(facts, name).map(Cow::Owned).map(Found::Text)
            }
            (root, []) => whole(root, facts),
            _ => None,
        }
    }

    /// The name that it begins with, where that is no root.
    pub(super) fn unknown(&self) -> Option<&str> {
        match (self.root, self.steps.first()) {
            (Root::Field, Some(Step::Key(name))) => Some(name),
            _ => None,
        }
    }

    pub(super) fn needs(&self) -> Needs {
        self.root.needs()
    }
}

/// A variable of the environment: only what is named for Buffy, so that no answer tells secrets.
pub(super) fn variable(facts: &Facts<'_>, name: &str) -> Option<String> {
    let is_own = name.starts_with("BUFFY_");
    is_own.then(|| (facts.env)(name)).flatten()
}

/// A root that is one value.
fn whole<'f>(root: Root, facts: &'f Facts<'_>) -> Option<Found<'f>> {
    let text: Cow<'f, str> = match root {
        Root::Variable(variable) => variable.of(facts),
        Root::Target => facts.url.into(),
        Root::Method => facts.method.into(),
        Root::Path => facts.path.into(),
        Root::Host => facts.host_name().into(),
        Root::Ip => facts.ip.to_string().into(),
        Root::Session => facts.session.into(),
        Root::Text => match facts.message {
            Some(message) => message.text.into(),
            None => facts.text(),
        },
        Root::Count => return Some(Found::Count(facts.count)),
        Root::Body
        | Root::Query
        | Root::Header
        | Root::Cookie
        | Root::Param
        | Root::Form
        | Root::State
        | Root::Claims
        | Root::Data
        | Root::Env
        | Root::Field => return None,
    };
    Some(Found::Text(text))
}

fn within<'f>(json: &'f Json, steps: &[Step]) -> Option<Found<'f>> {
    walk(json, steps).map(|found| Found::Json(Cow::Borrowed(found)))
}

pub(super) fn walk<'f>(json: &'f Json, steps: &[Step]) -> Option<&'f Json> {
    steps.iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.as_object()?.get(key),
        Step::Index(index) => json.as_array()?.get(*index),
    })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root.name())?;
        let is_bare = self.root == Root::Field;
        let mut steps = self.steps.iter().enumerate();
        steps.try_for_each(|(index, step)| match step {
            Step::Key(key) if is_bare && index == 0 => f.write_str(key),
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}
