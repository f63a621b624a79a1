//! The one expression language: `status="*ok*" && num=10`.

use crate::config::{DocumentKind, Match};

pub use status::StatusRanges;

mod status;

/// What a rule is tried on: an answer's status, fields and text.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub code: u16,
    pub headers: &'a [(String, String)],
    pub text: &'a str,
    /// The text as JSON, where it is.
    pub json: Option<serde_json::Value>,
}

/// A compiled expression, which keeps its text.
#[derive(Clone, Debug)]
pub struct Rule {
    text: String,
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
    /// The comparison in canonical form.
    pub text: String,
    /// The value that was found there, shortened; `missing` where there was none.
    pub got: String,
    pub held: bool,
}

/// What an autogate's rules say of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The rule of this index says OPEN.
    Open(usize),
    /// The rule of this index says CLOSE.
    Close(usize),
    /// No rule matched.
    Unmatched,
    /// The document could not be judged, and why: it counts as unreachable.
    Miss(String),
}

impl Rule {
    /// Compiles a rule; `kind` says what a bare word is.
    pub fn parse(text: &str, _kind: DocumentKind) -> Result<Self, RuleError> {
        Ok(Self {
            text: text.to_owned(),
        })
    }

    /// The rule as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the rule holds for a document.
    pub fn judge(&self, _document: &Document<'_>) -> bool {
        false
    }

    /// Whether the rule looks at the status code.
    pub fn names_code(&self) -> bool {
        false
    }

    /// Every comparison of the rule with the value it met.
    pub fn explain(&self, _document: &Document<'_>) -> Vec<Term> {
        Vec::new()
    }
}

/// Tries an autogate's rules in order; the first that matches decides.
pub fn judge(_matches: &[Match], _document: &Document<'_>) -> Judgement {
    Judgement::Unmatched
}
