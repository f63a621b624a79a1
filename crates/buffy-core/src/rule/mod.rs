//! The one expression language: `status="*ok*" && num=10`.
//!
//! A rule is read once ([`Rule::parse`]: globs, regexes and JSON paths compiled, mistakes told by
//! their column) and tried often ([`Rule::judge`]: no error, no panic). It knows nothing of gates;
//! [`judge`] is what an autogate makes of its rules.
//!
//! | written | means |
//! |---|---|
//! | `a && b`, `a \|\| b`, `!a`, `( )` | and, or, not; `&&` binds closer, `!` takes the whole comparison behind it |
//! | `path` | present, whatever its value |
//! | `path=v` `path!=v` | equal or not; a `v` with `*` is a glob over the whole value |
//! | `path~v` `path!~v` | matches a regular expression somewhere, or not |
//! | `path<v` `<=` `>` `>=` | compares numbers |
//! | `path in [v, w]` | equal to one of them; `( )` does as well |
//!
//! Of several values (a repeated header field, a JSON path) one that satisfies is enough. Where there
//! is none, `!=` and `!~` hold and nothing else does.

use std::fmt;
use std::sync::Arc;

use crate::config::DocumentKind;

use crate::facts::{Facts, Message, Needs};
pub use equality::{Equality, Literal, SubjectKey};
use eval::On;
use expr::{Expr, Subject};
pub use judge::{Judgement, judge};
use parse::Kind;
pub use request::RequestFacts;
pub use status::StatusRanges;

mod equality;
mod eval;
mod expr;
mod fact;
mod failing;
mod found;
mod judge;
mod parse;
mod reply;
mod request;
mod scan;
mod status;
mod subject;
mod value;

#[cfg(test)]
mod tests;

/// What a rule is tried on: an answer's status, fields and text.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub code: u16,
    /// Names in any case.
    pub headers: &'a [(String, String)],
    /// The body. Rules see it without the white space at its ends.
    pub text: &'a str,
    /// The text as JSON, where it is.
    pub json: Option<serde_json::Value>,
}

/// A compiled expression, which keeps its text. Clones share what was compiled.
#[derive(Clone, Debug)]
pub struct Rule {
    text: String,
    expr: Arc<Expr>,
}

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct RuleError {
    /// Where, in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

/// One comparison of a rule, tried on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The comparison in canonical form: `status="*ok*"`.
    pub text: String,
    /// The value that was found there, as JSON and shortened; `missing` where there was none.
    pub got: String,
    pub held: bool,
}

impl Rule {
    /// Compiles a rule; `kind` says what a bare word at the place of a path is:
    ///
    /// - [`Json`](DocumentKind::Json): a field of the document, `a.b[0].c`, always. A field that is
    ///   called `code`, `text` or `header` is written `["code"]` or `$.code`.
    /// - [`Text`](DocumentKind::Text): not a path but a value, which the whole text must equal
    ///   (`ok`), or match where it is a glob (`*ok*`); there are no fields.
    /// - [`Status`](DocumentKind::Status): a value for the status code: `200`, `2*`, `200-299`.
    /// - [`Header`](DocumentKind::Header): a header field, in any case.
    ///
    /// All of them know `code`, `text`, `header.NAME` and JSON path (`$..x`, RFC 9535).
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Self, RuleError> {
        Ok(Self {
            text: text.to_owned(),
            expr: Arc::new(parse::parse(text, Kind::Document(kind))?),
        })
    }

    /// Compiles a rule on requests, which knows `method`, `path`, `host`, `query.NAME` and
    /// `header.NAME`: `method in [PUT, POST] && path="/api/*"`.
    ///
    /// A path is compared as it came; a host without its port; what a query holds is decoded.
    pub fn parse_request(text: &str) -> Result<Self, RuleError> {
        Ok(Self {
            text: text.to_owned(),
            expr: Arc::new(parse::parse(text, Kind::Request)?),
        })
    }

    /// Compiles a rule of answers: `method=PUT && (body.qty<=0 || !body.email)`.
    ///
    /// It knows `method`, `path`, `url`, `host`, `ip`, `count`, `text` (the body as it came, without
    /// the white space at its ends), `body`, `query.NAME`, `header.NAME`, `cookie.NAME`,
    /// `param.NAME`, `form.NAME`, `state.A.B` (where `{id}` is the path's parameter of that name),
    /// `jwt.CLAIM` and `$..x`, a JSON path in the body. Any other name is a field of the JSON body.
    pub fn parse_reply(text: &str) -> Result<Self, RuleError> {
        Ok(Self {
            text: text.to_owned(),
            expr: Arc::new(parse::parse(text, Kind::Reply)?),
        })
    }

    /// Compiles a rule on messages of a WebSocket, which knows `text`, `$..x`, and the fields of the
    /// message by their names: `type=ping`.
    pub fn parse_message(text: &str) -> Result<Self, RuleError> {
        Ok(Self {
            text: text.to_owned(),
            expr: Arc::new(parse::parse(text, Kind::Message)?),
        })
    }

    /// The rule as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the rule holds for a document.
    pub fn judge(&self, document: &Document<'_>) -> bool {
        self.expr.holds(On::Document(document))
    }

    /// Whether a rule on requests holds for one.
    pub fn judge_request(&self, request: &RequestFacts<'_>) -> bool {
        self.expr.holds(On::Request(request))
    }

    /// Whether a rule of answers holds for a request.
    pub fn judge_reply(&self, facts: &Facts<'_>) -> bool {
        self.expr.holds(On::Reply(facts))
    }

    /// Whether a rule on messages holds for one; `json` is its text as JSON, where it is.
    pub fn judge_message(&self, text: &str, json: Option<&serde_json::Value>) -> bool {
        self.expr.holds(On::Message(Message { text, json }))
    }

    /// Whether the rule looks at the status code.
    pub fn names_code(&self) -> bool {
        self.expr.tests().iter().any(|test| test.is_on_code())
    }

    /// Whether the rule looks at a header field.
    pub fn names_header(&self) -> bool {
        self.expr.tests().iter().any(|test| test.is_on_header())
    }

    /// Every comparison of the rule with the value it met, also those that could not change the
    /// outcome any more.
    pub fn explain(&self, document: &Document<'_>) -> Vec<Term> {
        self.terms(On::Document(document))
    }

    /// Every comparison of a rule on requests, likewise.
    pub fn explain_request(&self, request: &RequestFacts<'_>) -> Vec<Term> {
        self.terms(On::Request(request))
    }

    /// Every comparison of a rule of answers, likewise.
    pub fn explain_reply(&self, facts: &Facts<'_>) -> Vec<Term> {
        self.terms(On::Reply(facts))
    }

    /// What a rule of answers looks at.
    pub fn needs(&self) -> Needs {
        let tests = self.expr.tests().into_iter();
        tests.fold(Needs::NOTHING, |needs, test| needs | test.subject.needs())
    }

    /// The parameters of the path that a rule of answers names.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        let tests = self.expr.tests().into_iter();
        tests.flat_map(|test| {
            if let Subject::Fact(fact) = &test.subject {
                fact.params()
            } else {
                Vec::new()
            }
        })
    }

    fn terms(&self, facts: On<'_>) -> Vec<Term> {
        let tests = self.expr.tests().into_iter();
        let tried = tests.map(|test| Term {
            text: test.to_string(),
            got: test.got(facts),
            held: test.holds(facts),
        });
        tried.collect()
    }
}

/// The canonical form, which reads as an equal rule of the same kind.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

/// Equal in meaning: `a="b"` is `a = b`.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}
