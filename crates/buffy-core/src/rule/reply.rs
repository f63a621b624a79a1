//! Rules of answers: reading what they compare, and finding it.

use super::RuleError;
use super::eval::{Found, field};
use super::expr::{Step, Subject, continues_name};
use super::parse::Parser;
use super::scan;
use crate::facts::{Facts, Needs, StatePath};

/// Words that are no fields of the body.
const ROOTS: &[&str] = &[
    "method", "path", "url", "host", "ip", "count", "text", "body", "query", "header", "cookie",
    "param", "form", "state", "jwt",
];

impl Parser<'_> {
    pub(super) fn of_reply(&mut self, start: usize) -> Result<Subject, RuleError> {
        if self.scan.peek() == Some('$') {
            return self.query(start).map(Subject::Query);
        }
        let word = scan::leading_name(self.scan.rest());
        if !ROOTS.contains(&word) {
            return self.field(start).map(Subject::Body);
        }
        self.scan.take(word);
        if matches!(word, "body" | "jwt") {
            return self.within(word);
        }
        let dotted = self.scan.take(".");
        let subject = match word {
            "method" if !dotted => Some(Subject::Method),
            "path" if !dotted => Some(Subject::Path),
            "url" if !dotted => Some(Subject::Url),
            "host" if !dotted => Some(Subject::Host),
            "ip" if !dotted => Some(Subject::Ip),
            "count" if !dotted => Some(Subject::Count),
            "text" if !dotted => Some(Subject::Text),
            "header" if dotted => Some(self.header_name().replace('_', "-"))
                .filter(|name| !name.is_empty())
                .map(Subject::Header),
            "query" if dotted => self.argument()?.map(Subject::Argument),
            "cookie" if dotted => self.argument()?.map(Subject::Cookie),
            "param" if dotted => self.argument()?.map(Subject::Param),
            "form" if dotted => self.argument()?.map(Subject::Form),
            "state" if dotted => Some(Subject::State(self.state()?)),
            _ => None,
        };
        subject.ok_or_else(|| self.not_so(word, dotted, start))
    }

    /// `body.a[0]`, `jwt.sub`, or all of it.
    fn within(&mut self, word: &str) -> Result<Subject, RuleError> {
        let mut steps = Vec::new();
        if self.scan.take(".") {
            steps.push(Step::Key(self.name_behind_dot()?));
        }
        self.steps(&mut steps)?;
        Ok(if word == "jwt" {
            Subject::Claim(steps)
        } else {
            Subject::Body(steps)
        })
    }

    /// `orders.{id}.items[0]`, behind `state.`.
    fn state(&mut self) -> Result<StatePath, RuleError> {
        let start = self.scan.place();
        let mut is_braced = false;
        let text = self.scan.take_while(|next| {
            is_braced = (is_braced || next == '{') && next != '}';
            is_braced || matches!(next, '.' | '}' | '[' | ']' | '"') || continues_name(next)
        });
        StatePath::parse(text).map_err(|message| self.scan.error(start, message))
    }

    fn not_so(&self, word: &str, dotted: bool, start: usize) -> RuleError {
        let message = if dotted {
            format!("`{word}` has no fields: for a field of the body write `body.{word}`")
        } else {
            format!("`{word}` is several: name one of them, as in `{word}.name`")
        };
        self.scan.error(start, message)
    }

    /// `text`, a field of the message, or a JSON path in it.
    pub(super) fn of_message(&mut self, start: usize) -> Result<Subject, RuleError> {
        if self.scan.peek() == Some('$') {
            return self.query(start).map(Subject::Query);
        }
        let word = scan::leading_name(self.scan.rest());
        let after = self.scan.rest().strip_prefix(word).unwrap_or_default();
        if word == "text" && !after.starts_with(['.', '[']) {
            self.scan.take(word);
            return Ok(Subject::Text);
        }
        self.field(start).map(Subject::Field)
    }
}

impl Subject {
    /// What has to be there for it to be found.
    pub(super) fn needs(&self) -> Needs {
        match self {
            Self::Header(_) | Self::Cookie(_) | Self::Claim(_) => Needs::FIELDS,
            Self::Text | Self::Body(_) | Self::Query(_) => Needs::BODY,
            Self::Form(_) => Needs::BODY | Needs::FIELDS,
            Self::Param(_) => Needs::PARAMS,
            Self::State(path) => path.needs(),
            Self::Count => Needs::COUNT,
            Self::Code
            | Self::Field(_)
            | Self::Method
            | Self::Path
            | Self::Host
            | Self::Argument(_)
            | Self::Url
            | Self::Ip => Needs::NOTHING,
        }
    }

    pub(super) fn find_of_reply<'d>(&'d self, facts: &'d Facts<'d>) -> Vec<Found<'d>> {
        match self {
            Self::Method => vec![Found::Text(facts.method.into())],
            Self::Path => vec![Found::Text(facts.path.into())],
            Self::Url => vec![Found::Text(facts.url.into())],
            Self::Host => vec![Found::Text(facts.host_name().into())],
            Self::Ip => vec![Found::Text(facts.ip.to_string().into())],
            Self::Count => vec![Found::Count(facts.count)],
            Self::Text => vec![Found::Text(facts.text().trim().to_owned().into())],
            Self::Header(name) => texts(facts.header(name)),
            Self::Cookie(name) => texts(facts.cookie(name)),
            Self::Param(name) => texts(facts.param(name)),
            Self::Argument(name) => facts.argument(name).map(Found::Text).collect(),
            Self::Form(name) => facts.form(name).map(Found::Text).collect(),
            Self::State(path) => path.find(facts).map(Found::Json).into_iter().collect(),
            Self::Body(steps) if steps.is_empty() => whole_body(facts),
            Self::Body(steps) => field(facts.json(), steps),
            Self::Claim(steps) => field(facts.claims(), steps),
            Self::Query(query) => query.all(facts.json()),
            Self::Code | Self::Field(_) => Vec::new(),
        }
    }
}

/// A body that is one JSON value compares as that; any other as its text.
fn whole_body<'d>(facts: &'d Facts<'d>) -> Vec<Found<'d>> {
    let json = facts
        .json()
        .filter(|json| !json.is_object() && !json.is_array());
    match json {
        Some(json) => vec![Found::Json(json)],
        None if facts.body.is_empty() => Vec::new(),
        None => vec![Found::Text(facts.text().trim().to_owned().into())],
    }
}

fn texts<'d>(found: impl IntoIterator<Item = &'d str>) -> Vec<Found<'d>> {
    let texts = found.into_iter();
    texts.map(|text| Found::Text(text.into())).collect()
}
