//! Reading the left side of a comparison.

use serde_json_path::JsonPath;

use super::RuleError;
use super::expr::{Query, RESERVED, Step, Subject, begins_name, continues_name};
use super::parse::{Kind, Parser};
use super::scan;
use crate::config::DocumentKind;

impl Parser<'_> {
    /// What stands left of an operator; None where the kind of rule wants a value instead.
    pub(super) fn subject(&mut self) -> Result<Option<Subject>, RuleError> {
        let start = self.scan.place();
        let kind = match self.kind {
            Kind::Document(kind) => kind,
            Kind::Request => return self.of_request(start).map(Some),
            Kind::Reply => return self.of_reply(start).map(Some),
            Kind::Message => return self.of_message(start).map(Some),
        };
        if self.scan.peek() == Some('$') {
            return self.query(start).map(|query| Some(Subject::Query(query)));
        }
        let word = scan::leading_name(self.scan.rest());
        if RESERVED.contains(&word) {
            self.scan.take(word);
            return self.reserved(word, start).map(Some);
        }
        match kind {
            DocumentKind::Json => self.field(start).map(|steps| Some(Subject::Field(steps))),
            DocumentKind::Header => {
                let name = self.header_name();
                if name.is_empty() {
                    return Err(self.no_name("the name of a header field", "x-state=\"ok\""));
                }
                Ok(Some(Subject::Header(name)))
            }
            DocumentKind::Text | DocumentKind::Status => Ok(None),
        }
    }

    /// `method`, `path`, `host`, `query.NAME` or `header.NAME`.
    fn of_request(&mut self, start: usize) -> Result<Subject, RuleError> {
        let word = scan::leading_name(self.scan.rest());
        if word.is_empty() {
            return Err(self.no_name("what is compared", "method=POST"));
        }
        self.scan.take(word);
        let dotted = self.scan.take(".");
        let subject = match word {
            "method" if !dotted => Some(Subject::Method),
            "path" if !dotted => Some(Subject::Path),
            "host" if !dotted => Some(Subject::Host),
            "query" if dotted => self.argument()?.map(Subject::Argument),
            "header" if dotted => Some(self.header_name())
                .filter(|name| !name.is_empty())
                .map(Subject::Header),
            _ => None,
        };
        subject.ok_or_else(|| {
            let message = format!(
                "a rule on requests knows `method`, `path`, `host`, `query.NAME` and `header.NAME`, \
                 and not `{word}`"
            );
            self.scan.error(start, message)
        })
    }

    /// The name of a parameter, bare or in quotes.
    pub(super) fn argument(&mut self) -> Result<Option<String>, RuleError> {
        if matches!(self.scan.peek(), Some('"' | '\'')) {
            return Ok(self.scan.literal()?.map(|literal| literal.text));
        }
        let name = self
            .scan
            .take_while(|next| next == '.' || continues_name(next));
        Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
    }

    fn reserved(&mut self, word: &str, start: usize) -> Result<Subject, RuleError> {
        let dotted = self.scan.take(".");
        let subject = match word {
            "header" => {
                let name = if dotted {
                    self.header_name()
                } else {
                    String::new()
                };
                Some(name)
                    .filter(|name| !name.is_empty())
                    .map(Subject::Header)
            }
            "code" if !dotted => Some(Subject::Code),
            _ if !dotted => Some(Subject::Text),
            _ => None,
        };
        subject.ok_or_else(|| {
            let message = format!(
                "`code`, `text` and `header.NAME` are of the answer itself: \
                 for a field of the document write `$.{word}`"
            );
            self.scan.error(start, message)
        })
    }

    pub(super) fn header_name(&mut self) -> String {
        let name = self.scan.take_while(|next| {
            next == '.' || next == '-' || next == '_' || next.is_ascii_alphanumeric()
        });
        name.to_ascii_lowercase()
    }

    /// `a.b[0]["c d"]`.
    pub(super) fn field(&mut self, start: usize) -> Result<Vec<Step>, RuleError> {
        let mut steps = Vec::new();
        if self.scan.peek().is_some_and(begins_name) {
            steps.push(Step::Key(self.scan.take_while(continues_name).to_owned()));
        }
        self.steps(&mut steps)?;
        if !steps.is_empty() {
            return Ok(steps);
        }
        if matches!(self.scan.peek(), Some('"' | '\'')) {
            let message = "a field stands left, without quotes: \
                           write `status=\"ok\"`, or `[\"my field\"]=\"ok\"`";
            return Err(self.scan.error(start, message));
        }
        Err(self.no_name("a field", "status=\"ok\""))
    }

    /// The steps that follow a name: `.b[0]["c d"]`.
    pub(super) fn steps(&mut self, steps: &mut Vec<Step>) -> Result<(), RuleError> {
        loop {
            if self.scan.take("[") {
                steps.push(self.bracket()?);
            } else if !steps.is_empty() && self.scan.take(".") {
                steps.push(Step::Key(self.name_behind_dot()?));
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn name_behind_dot(&mut self) -> Result<String, RuleError> {
        if !self.scan.peek().is_some_and(begins_name) {
            let message = "a name must follow `.`: write `a.b`, `a[0]` or `a[\"b\"]`";
            return Err(self.scan.error(self.scan.place(), message));
        }
        Ok(self.scan.take_while(continues_name).to_owned())
    }

    fn bracket(&mut self) -> Result<Step, RuleError> {
        let start = self.scan.place();
        let step = self.scan.literal()?.and_then(|literal| {
            let is_index = literal.text.bytes().all(|byte| byte.is_ascii_digit());
            if literal.quoted {
                Some(Step::Key(literal.text))
            } else if is_index {
                literal.text.parse().ok().map(Step::Index)
            } else {
                None
            }
        });
        step.filter(|_| self.scan.take("]")).ok_or_else(|| {
            let message =
                "in `[ ]` stands an index or a name in quotes: write `a[0]` or `a[\"b c\"]`";
            self.scan.error(start, message)
        })
    }

    pub(super) fn query(&mut self, start: usize) -> Result<Query, RuleError> {
        let text = self.scan.query()?;
        match JsonPath::parse(text) {
            Ok(path) => Ok(Query {
                text: text.to_owned(),
                path,
            }),
            Err(error) => {
                let place = start + error.position().saturating_sub(1).min(text.len());
                let message = format!(
                    "`{text}` is no JSONPath (RFC 9535): write it as `$.a.b`, `$..b` or `$.a[*].b`"
                );
                Err(self.scan.error(place, message))
            }
        }
    }

    /// Nothing, or something else, stands where a comparison should begin.
    pub(super) fn no_name(&self, wanted: &str, example: &str) -> RuleError {
        let place = self.scan.place();
        let message = match self.scan.peek() {
            None => {
                format!("the rule ends where {wanted} should stand: write for example `{example}`")
            }
            Some(next) => {
                format!("`{next}` stands where {wanted} should: write for example `{example}`")
            }
        };
        self.scan.error(place, message)
    }
}
