//! What a rule is once read, and its canonical form.

use std::fmt;

use serde_json_path::JsonPath;

use super::fact::Fact;
use super::value::{Number, Pattern, Value, write_quoted};

/// Words that are no fields of a JSON document.
pub(super) const RESERVED: [&str; 3] = ["code", "text", "header"];

/// A rule, as a tree whose depth the parser has bounded.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// `||`, of at least two.
    Any(Vec<Expr>),
    /// `&&`, of at least two.
    All(Vec<Expr>),
    Not(Box<Expr>),
    Test(Test),
}

impl Expr {
    /// The comparisons, from left to right.
    pub(super) fn tests(&self) -> Vec<&Test> {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(inner) => inner.tests(),
            Self::Test(test) => vec![test],
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    pub(super) subject: Subject,
    pub(super) check: Check,
}

impl Test {
    pub(super) fn is_on_code(&self) -> bool {
        matches!(self.subject, Subject::Code)
    }

    pub(super) fn is_on_header(&self) -> bool {
        matches!(self.subject, Subject::Header(_))
    }
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    /// The status code.
    Code,
    /// The whole text.
    Text,
    /// The header fields of this name, which is lower case.
    Header(String),
    /// A field of the JSON document.
    Field(Vec<Step>),
    /// What a JSON path selects.
    Query(Query),
    /// Of a request: its method.
    Method,
    /// Of a request: its path.
    Path,
    /// Of a request: the host that it is for.
    Host,
    /// Of a request: a parameter of its query.
    Argument(String),
    /// Of a request that an answer is chosen for.
    Fact(Fact),
}

impl Subject {
    /// Whether it is there whatever comes: to ask for its presence asks nothing.
    pub(super) fn is_always_there(&self) -> bool {
        match self {
            Self::Code | Self::Text | Self::Method | Self::Path | Self::Host => true,
            Self::Header(_) | Self::Field(_) | Self::Query(_) | Self::Argument(_) => false,
            Self::Fact(fact) => fact.is_always_there(),
        }
    }
}

/// One step into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A JSON path with its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) path: JsonPath,
}

/// How it is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Check {
    Present,
    Equal(Value),
    Unequal(Value),
    Matches(Pattern),
    MatchesNot(Pattern),
    Order(Order, Value, Number),
    In(Vec<Value>),
}

/// A comparison of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Whether a name can stand in a path without quotes.
pub(super) fn is_bare_name(name: &str) -> bool {
    name.starts_with(begins_name) && name.chars().all(continues_name)
}

/// Names begin with a letter, so that `10=num` is told as a mistake.
pub(super) fn begins_name(first: char) -> bool {
    first.is_alphabetic() || first == '_'
}

/// Names may have dashes.
pub(super) fn continues_name(next: char) -> bool {
    next.is_alphanumeric() || next == '_' || next == '-'
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(parts) => write_joined(f, parts, " || "),
            Self::All(parts) => write_joined(f, parts, " && "),
            Self::Not(inner) => {
                f.write_str("!")?;
                inner.write_part(f)
            }
            Self::Test(test) => test.fmt(f),
        }
    }
}

impl Expr {
    /// Writes it as a part of a larger one: in parentheses, unless it is one comparison.
    fn write_part(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(_) | Self::All(_) => write!(f, "({self})"),
            Self::Not(_) | Self::Test(_) => write!(f, "{self}"),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], with: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        part.write_part(f)?;
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.subject, self.check)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("code"),
            Self::Text => f.write_str("text"),
            Self::Header(name) => write!(f, "header.{name}"),
            Self::Query(query) => f.write_str(&query.text),
            Self::Method => f.write_str("method"),
            Self::Path => f.write_str("path"),
            Self::Host => f.write_str("host"),
            Self::Argument(name) => write_named(f, "query", name),
            Self::Fact(fact) => fact.fmt(f),
            Self::Field(steps) => {
                for (index, step) in steps.iter().enumerate() {
                    step.write(f, index == 0)?;
                }
                Ok(())
            }
        }
    }
}

pub(super) fn write_named(f: &mut fmt::Formatter<'_>, root: &str, name: &str) -> fmt::Result {
    write!(f, "{root}.")?;
    if is_bare_name(name) {
        f.write_str(name)
    } else {
        write_quoted(f, name)
    }
}

impl Step {
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, is_first: bool) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key)
                if is_first && is_bare_name(key) && !RESERVED.contains(&key.as_str()) =>
            {
                f.write_str(key)
            }
            Self::Key(key) if !is_first && is_bare_name(key) => write!(f, ".{key}"),
            Self::Key(key) => {
                f.write_str("[")?;
                write_quoted(f, key)?;
                f.write_str("]")
            }
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => Ok(()),
            Self::Equal(value) => write!(f, "={value}"),
            Self::Unequal(value) => write!(f, "!={value}"),
            Self::Matches(pattern) => write!(f, "~{pattern}"),
            Self::MatchesNot(pattern) => write!(f, "!~{pattern}"),
            Self::Order(order, value, _) => write!(f, "{order}{value}"),
            Self::In(values) => {
                f.write_str(" in [")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}
