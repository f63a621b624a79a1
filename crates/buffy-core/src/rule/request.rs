//! What a rule on requests is tried on.

use std::borrow::Cow;
use std::fmt;

use super::expr::Subject;
use crate::facts::{host_name, pairs};

/// A request, as rules see it.
#[derive(Clone, Copy)]
pub struct RequestFacts<'a> {
    /// Its case counts.
    pub method: &'a str,
    /// As it came, without the query.
    pub path: &'a str,
    /// What follows the `?`, as it came; empty where there is none.
    pub query: &'a str,
    /// As it came, with its port if it has one.
    pub host: &'a str,
    /// The values of a header field, whose name is given in lower case.
    pub header: &'a dyn Fn(&str) -> Vec<String>,
}

impl<'a> RequestFacts<'a> {
    /// The values of a subject; none where the request has none, or a rule on requests knows no
    /// such subject.
    pub(super) fn find(&self, subject: &Subject) -> Vec<Cow<'a, str>> {
        match subject {
            Subject::Method => vec![self.method.into()],
            Subject::Path => vec![self.path.into()],
            Subject::Host => vec![host_name(self.host).into()],
            Subject::Argument(name) => self.arguments(name),
            Subject::Header(name) => (self.header)(name).into_iter().map(Cow::Owned).collect(),
            Subject::Code
            | Subject::Text
            | Subject::Field(_)
            | Subject::Query(_)
            | Subject::Fact(_) => Vec::new(),
        }
    }

    /// The values of a parameter of the query, decoded.
    fn arguments(&self, name: &str) -> Vec<Cow<'a, str>> {
        pairs(self.query)
            .filter_map(|(own, value)| (own == name).then_some(value))
            .collect()
    }
}

impl fmt::Debug for RequestFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}?{} of {}",
            self.method, self.path, self.query, self.host
        )
    }
}
