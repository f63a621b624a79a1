//! The rules that move a gate by a status document.

use std::time::Duration;

use crate::rule::Rule;

/// The rules that open and close a gate by a status document.
#[derive(Clone, Debug, PartialEq)]
pub struct Autogate {
    pub uri: AutogateUri,
    pub rise: u32,
    pub fall: u32,
    pub unmatched: Unmatched,
    pub unreachable: Unreachable,
    /// After the first OPEN; 0 s.
    pub settle: Duration,
    pub matches: Vec<Match>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutogateUri {
    pub url: String,
    pub https: bool,
    pub host: String,
    pub port: u16,
    pub authority: String,
    /// Path and query, at least `/`.
    pub path: String,
}

impl AutogateUri {
    /// As people are shown it, clients among them: its query may hold a secret.
    pub fn shown(&self) -> String {
        match self.url.split_once('?') {
            Some((before, _)) => format!("{before}?[redacted]"),
            None => self.url.clone(),
        }
    }
}

/// What a document that no rule matches means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    Keep,
    Close,
}

/// What a document that cannot be had means, after `fall` misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    Close,
    Keep,
}

/// One `if … then` of an autogate.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    pub id: String,
    pub kind: DocumentKind,
    pub rule: Rule,
    pub then: Then,
}

/// What a bare word of a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A field of the JSON document.
    Json,
    /// The whole text.
    Text,
    /// The status code.
    Status,
    /// A header field.
    Header,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Open,
    Close,
}
