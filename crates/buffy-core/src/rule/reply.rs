//! Reading the left side of a comparison in rules of answers, and in those on messages.

use super::RuleError;
use super::expr::{Step, Subject, continues_name};
use super::fact::Fact;
use super::parse::Parser;
use super::scan;
use crate::facts::StatePath;

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
            return self.field(start).map(Fact::Body).map(Subject::Fact);
        }
        self.scan.take(word);
        if matches!(word, "body" | "jwt") {
            return self.within(word).map(Subject::Fact);
        }
        let dotted = self.scan.take(".");
        let subject = match word {
            "method" if !dotted => Some(Subject::Method),
            "path" if !dotted => Some(Subject::Path),
            "url" if !dotted => Some(Subject::Fact(Fact::Url)),
            "host" if !dotted => Some(Subject::Host),
            "ip" if !dotted => Some(Subject::Fact(Fact::Ip)),
            "count" if !dotted => Some(Subject::Fact(Fact::Count)),
            "text" if !dotted => Some(Subject::Text),
            "header" if dotted => Some(self.header_name().replace('_', "-"))
                .filter(|name| !name.is_empty())
                .map(Subject::Header),
            "query" if dotted => self.argument()?.map(Subject::Argument),
            "cookie" if dotted => self.argument()?.map(Fact::Cookie).map(Subject::Fact),
            "param" if dotted => self.argument()?.map(Fact::Param).map(Subject::Fact),
            "form" if dotted => self.argument()?.map(Fact::Form).map(Subject::Fact),
            "state" if dotted => Some(Subject::Fact(Fact::State(self.state()?))),
            _ => None,
        };
        subject.ok_or_else(|| self.not_so(word, dotted, start))
    }

    /// `body.a[0]`, `jwt.sub`, or all of it.
    fn within(&mut self, word: &str) -> Result<Fact, RuleError> {
        let mut steps = Vec::new();
        if self.scan.take(".") {
            steps.push(Step::Key(self.name_behind_dot()?));
        }
        self.steps(&mut steps)?;
        Ok(if word == "jwt" {
            Fact::Claim(steps)
        } else {
            Fact::Body(steps)
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
