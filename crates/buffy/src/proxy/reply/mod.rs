//! Answers from the configuration: prepared at load, composed for a request.

mod compose;
mod fixed;

use std::path::Path;
use std::sync::Arc;

use buffy_core::config::{NoEndpoint, Response};
use buffy_core::facts::{Facts, Needs};
use buffy_core::template::{Escape, Template};
use buffy_http::write;

use crate::plugin::{Answer, Asked, BODIES, Content, Making, Missing, Source, content};

pub(super) use compose::{Composed, Made, compose};
use fixed::Fixed;

/// As fields begin that say what content is.
const CONTENT_TYPE: &[u8] = b"content-type:";

/// Scripts of all origins may read what was answered.
pub(super) const CORS: [(&str, &str); 2] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "*"),
];

/// A response, made ready.
pub struct Reply {
    pub name: String,
    pub status: u16,
    /// The status line and the fields that are the same for everybody.
    head: Vec<u8>,
    /// How long the status line is.
    line: usize,
    /// Fields that are not: rendered for each request.
    fields: Vec<(String, Template)>,
    /// The configuration sets this field (lower case) itself: it is not added.
    own_fields: Vec<String>,
    carried: Carried,
    /// Whole lines of an answer for which its source has none.
    usual: Vec<u8>,
}

enum Carried {
    /// The same for everybody.
    Fixed(Fixed),
    Source(Arc<dyn Source>),
    /// Nothing of its own: whoever makes the answer brings the content.
    Nothing,
}

impl Reply {
    /// Makes a response of an endpoint ready.
    pub fn named(making: &Making<'_>, response: &Response) -> Self {
        let making = Making {
            response: Some(response),
            ..*making
        };
        let mut reply = Self::new(&response.name, response.return_code);
        for (name, value) in &response.headers {
            reply.own_fields.push(name.to_ascii_lowercase());
            match value.fixed() {
                Some(value) => write::field(&mut reply.head, name.as_bytes(), value.as_bytes()),
                None => reply.fields.push((name.clone(), value.clone())),
            }
        }
        reply.say_whose(&making);
        if making.endpoint.kind.answers().is_some() {
            reply.add("X-Buffy-Response", &response.name);
        }
        if let Some(source) = BODIES.iter().find_map(|make| make(&making)) {
            reply.carry(source);
        }
        reply
    }

    /// Makes the answer of no endpoint ready.
    pub fn no_endpoint(settings: &NoEndpoint, folder: &Path) -> Self {
        let mut reply = Self::new("", settings.return_code);
        reply.carry(content::of_no_endpoint(&settings.content, folder));
        reply
    }

    /// The `not_found` of an endpoint that has none of its own.
    pub fn not_found_of(making: &Making<'_>) -> Self {
        let mut reply = Self::new("not_found", 404);
        reply.say_whose(making);
        reply.add("X-Buffy-Response", "not_found");
        reply.carry_not_found();
        reply
    }

    /// Where the file of an endpoint's own `not_found` is missing too.
    pub fn not_found() -> Self {
        let mut reply = Self::new("not_found", 404);
        reply.carry_not_found();
        reply
    }

    /// What a source of an endpoint is answered with, where no response of it is.
    pub fn of_source(making: &Making<'_>) -> Self {
        let mut reply = Self::new("", 200);
        reply.say_whose(making);
        reply
    }

    /// The configuration sets this field (lower case) itself.
    pub fn sets(&self, name: &str) -> bool {
        self.own_fields.iter().any(|own| own == name)
    }

    /// What of a request has to be known.
    pub fn needs(&self) -> Needs {
        let carried = match &self.carried {
            Carried::Fixed(_) | Carried::Nothing => Needs::NOTHING,
            Carried::Source(source) => source.needs(),
        };
        let fields = self.fields.iter();
        fields.fold(carried, |needs, (_, value)| needs | value.needs())
    }

    /// The content and all fields are the same for everybody.
    pub(super) fn fixed(&self) -> Option<&Fixed> {
        match &self.carried {
            Carried::Fixed(fixed) if self.fields.is_empty() => Some(fixed),
            Carried::Fixed(_) | Carried::Source(_) | Carried::Nothing => None,
        }
    }

    /// What it needs may be something else with each request: a file's content says.
    pub(super) fn changes(&self) -> bool {
        match &self.carried {
            Carried::Fixed(_) | Carried::Nothing => false,
            Carried::Source(source) => source.changes(),
        }
    }

    /// The line that says what its content is, where that is the same for everybody.
    pub(super) fn content_type(&self) -> &[u8] {
        let fields = self.head.get(self.line..).unwrap_or_default();
        let mut lines = fields.split_inclusive(|&byte| byte == b'\n');
        let is_type = |line: &&[u8]| {
            let name = line.get(..CONTENT_TYPE.len());
            name.is_some_and(|name| name.eq_ignore_ascii_case(CONTENT_TYPE))
        };
        lines.find(is_type).unwrap_or_default()
    }

    /// The answer to a request; or that of another reply, which cannot be missing.
    pub(super) fn make_or<'r>(&'r self, other: &'r Self, asked: &Asked<'_>) -> (&'r Self, Made) {
        if let Ok(made) = self.make(asked) {
            return (self, made);
        }
        let content = other.fixed().map(Fixed::content).unwrap_or_default();
        let answer = Answer {
            status: None,
            fields: Vec::new(),
            content: Content::Bytes(content.to_vec()),
        };
        (other, Made::of(answer))
    }

    /// Makes the answer to a request.
    ///
    /// # Errors
    /// Its file is not there.
    pub(super) fn make(&self, asked: &Asked<'_>) -> Result<Made, Missing> {
        let answer = match &self.carried {
            Carried::Fixed(fixed) => Answer {
                status: None,
                fields: Vec::new(),
                content: Content::Bytes(fixed.content().to_vec()),
            },
            Carried::Source(source) => source.answer(asked)?,
            Carried::Nothing => Answer {
                status: None,
                fields: Vec::new(),
                content: Content::Nothing,
            },
        };
        Ok(self.made(answer, asked.facts))
    }

    /// With the fields that this request gets.
    pub(super) fn made(&self, answer: Answer, facts: &Facts<'_>) -> Made {
        let mut fields = Vec::new();
        for (name, template) in &self.fields {
            let mut value = Vec::new();
            if let Err(error) = template.render(facts, Escape::Plain, &mut value) {
                tracing::warn!(response = self.name, field = name, %error, "a field could not be rendered");
                continue;
            }
            // RFC 9110 §5.5: a value has no control characters; whatever came may have some.
            let blank = |byte: &mut u8| {
                if byte.is_ascii_control() {
                    *byte = b' ';
                }
            };
            value.iter_mut().for_each(blank);
            write::field(&mut fields, name.as_bytes(), value.trim_ascii());
        }
        Made { answer, fields }
    }

    fn new(name: &str, status: u16) -> Self {
        let mut head = Vec::new();
        write::status_line(&mut head, status, None);
        Self {
            name: name.to_owned(),
            status,
            line: head.len(),
            head,
            fields: Vec::new(),
            own_fields: Vec::new(),
            carried: Carried::Nothing,
            usual: Vec::new(),
        }
    }

    /// Which endpoint answers, and to scripts of which origins.
    fn say_whose(&mut self, making: &Making<'_>) {
        self.add("X-Buffy-Endpoint-ID", &making.endpoint.id);
        let answers = making.endpoint.kind.answers();
        if answers.is_some_and(|answers| answers.cors) {
            for (name, value) in CORS {
                self.add(name, value);
            }
        }
    }

    fn carry(&mut self, source: Arc<dyn Source>) {
        let Some(fixed) = source.fixed() else {
            let mut usual = Vec::new();
            self.write_lines(source.usual_fields(), &mut usual);
            self.usual = usual;
            self.carried = Carried::Source(source);
            return;
        };
        self.write_added(&fixed.fields);
        let content = match &fixed.content {
            Content::Bytes(bytes) => bytes.as_slice(),
            Content::Shared(bytes) => bytes,
            Content::Nothing | Content::File { .. } | Content::Flow(_) | Content::Upgrade(_) => {
                debug_assert!(false, "what is the same for everybody is made of bytes");
                &[]
            }
        };
        self.carried = Carried::Fixed(Fixed::new(content, self.status));
    }

    fn carry_not_found(&mut self) {
        self.add("Content-Type", "application/json");
        let content = b"{ \"status\": \"not found\" }\n";
        self.carried = Carried::Fixed(Fixed::new(content, self.status));
    }

    /// Adds a field to the head, unless the configuration sets it.
    fn add(&mut self, name: &str, value: &str) {
        if !self.sets(&name.to_ascii_lowercase()) {
            write::field(&mut self.head, name.as_bytes(), value.as_bytes());
        }
    }

    fn write_added(&mut self, lines: &[u8]) {
        let mut head = std::mem::take(&mut self.head);
        self.write_lines(lines, &mut head);
        self.head = head;
    }
}
