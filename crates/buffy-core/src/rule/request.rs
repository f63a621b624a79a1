//! What a rule on requests is tried on.

use std::borrow::Cow;
use std::fmt;

use super::expr::Subject;

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
            Subject::Host => vec![without_port(self.host).into()],
            Subject::Argument(name) => self.arguments(name),
            Subject::Header(name) => (self.header)(name).into_iter().map(Cow::Owned).collect(),
            Subject::Code | Subject::Text | Subject::Field(_) | Subject::Query(_) => Vec::new(),
        }
    }

    /// The values of a parameter of the query, decoded.
    fn arguments(&self, name: &str) -> Vec<Cow<'a, str>> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .filter_map(|pair| {
                let (own, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decoded(own) == name).then(|| decoded(value))
            })
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

/// A host compares by its name: the port is where it was reached, not what.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// `+` is a blank and `%41` an `A`, as forms write them; what is no such thing stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, beyond @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = beyond;
                }
                _ => bytes.push(b'%'),
            },
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
