//! Finding what a rule compares.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::eval::{Found, Meets, On};
use super::expr::{Query, Step, Subject};
use super::{Document, RequestFacts};
use crate::facts::{Facts, Message, Needs};

impl Subject {
    /// Shows `meets` the values there, one after the other until it is content; whether it was.
    pub(super) fn find<'d>(&'d self, on: On<'d>, meets: &mut Meets<'_, 'd>) -> bool {
        match on {
            On::Document(document) => self.find_in(document, meets),
            On::Request(request) => self.find_of_request(request, meets),
            On::Reply(facts) => self.find_of_reply(facts, meets),
            On::Message(message) => self.find_in_message(message, meets),
        }
    }

    /// What has to be there for it to be found in a request that an answer is chosen for.
    pub(super) fn needs(&self) -> Needs {
        match self {
            Self::Header(_) => Needs::FIELDS,
            Self::Text | Self::Query(_) => Needs::BODY,
            Self::Fact(fact) => fact.needs(),
            Self::Code
            | Self::Field(_)
            | Self::Method
            | Self::Path
            | Self::Host
            | Self::Argument(_) => Needs::NOTHING,
        }
    }

    fn find_in<'d>(&'d self, document: &'d Document<'_>, meets: &mut Meets<'_, 'd>) -> bool {
        match self {
            Self::Code => meets(Found::Code(document.code)),
            Self::Text => meets(Found::Text(document.text.trim().into())),
            Self::Header(name) => {
                let mut fields = document.headers.iter();
                fields.any(|(field, value)| {
                    field.eq_ignore_ascii_case(name) && meets(Found::Text(value.into()))
                })
            }
            Self::Field(steps) => Step::walk(document.json.as_ref(), steps)
                .is_some_and(|json| meets(Found::Json(json))),
            Self::Query(query) => query.any(document.json.as_ref(), meets),
            Self::Method | Self::Path | Self::Host | Self::Argument(_) | Self::Fact(_) => false,
        }
    }

    fn find_of_request<'d>(
        &'d self,
        request: &'d RequestFacts<'d>,
        meets: &mut Meets<'_, 'd>,
    ) -> bool {
        let mut found = request.find(self).into_iter();
        found.any(|value| meets(Found::Text(value)))
    }

    fn find_in_message<'d>(&'d self, message: Message<'d>, meets: &mut Meets<'_, 'd>) -> bool {
        match self {
            Self::Text => meets(Found::Text(message.text.trim().into())),
            Self::Field(steps) => {
                Step::walk(message.json, steps).is_some_and(|json| meets(Found::Json(json)))
            }
            Self::Query(query) => query.any(message.json, meets),
            Self::Code
            | Self::Header(_)
            | Self::Method
            | Self::Path
            | Self::Host
            | Self::Argument(_)
            | Self::Fact(_) => false,
        }
    }

    fn find_of_reply<'d>(&'d self, facts: &'d Facts<'d>, meets: &mut Meets<'_, 'd>) -> bool {
        match self {
            Self::Method => meets(Found::Text(facts.method.into())),
            Self::Path => meets(Found::Text(facts.path.into())),
            Self::Host => meets(Found::Text(facts.host_name().into())),
            Self::Text => meets(Found::trimmed(facts.text())),
            Self::Header(name) => {
                let mut values = facts.header(name);
                values.any(|value| meets(Found::Text(value.into())))
            }
            Self::Argument(name) => facts.argument(name).any(|value| meets(Found::Text(value))),
            Self::Query(query) => query.any(facts.json(), meets),
            Self::Fact(fact) => fact.find(facts, meets),
            Self::Code | Self::Field(_) => false,
        }
    }
}

impl Query {
    fn any<'d>(&self, root: Option<&'d Json>, meets: &mut Meets<'_, 'd>) -> bool {
        let nodes = root.map(|root| self.path.query(root).all());
        let mut nodes = nodes.into_iter().flatten();
        nodes.any(|json| meets(Found::Json(json)))
    }
}

impl Step {
    /// What steps lead to, from the root of a document.
    pub(super) fn walk<'d>(root: Option<&'d Json>, steps: &[Self]) -> Option<&'d Json> {
        steps.iter().try_fold(root?, |json, step| match step {
            Self::Key(key) => json.as_object()?.get(key),
            Self::Index(index) => json.as_array()?.get(*index),
        })
    }
}

impl<'d> Found<'d> {
    /// A text without the white space at its ends.
    pub(super) fn trimmed(text: Cow<'d, str>) -> Self {
        Self::Text(match text {
            Cow::Borrowed(text) => text.trim().into(),
            Cow::Owned(text) => text.trim().to_owned().into(),
        })
    }
}
