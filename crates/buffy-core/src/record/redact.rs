//! Secrets are taken out of what is recorded.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

/// What stands in place of a secret.
pub const REDACTED: &str = "REDACTED";

/// In a name, without its dashes and dots and in lower case: what it names is a secret.
const SECRET_NAMES: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "authorization",
    "sessionid",
];

/// Fields that a server says for itself, or that are about one connection or one sending.
const OWN_FIELDS: [&str; 16] = [
    "age",
    "alt-svc",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "server",
    "server-timing",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-request-id",
    "x-runtime",
];

/// The fields of an answer that are recorded.
pub(super) fn fields(fields: Vec<(String, String)>) -> Vec<(String, String)> {
    let recorded = fields.into_iter().filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        !OWN_FIELDS.contains(&name.as_str()) && !name.starts_with("x-buffy-")
    });
    recorded
        .map(|(name, value)| {
            let value = match name.to_ascii_lowercase().as_str() {
                "set-cookie" => cookie(&value),
                lower => value_of(lower, &value),
            };
            (name, value)
        })
        .collect()
}

/// A value, or what stands in its place where its name says that it is a secret.
pub(super) fn value_of(name: &str, value: &str) -> String {
    if is_secret(name) {
        return REDACTED.to_owned();
    }
    text(value)
}

/// Texts below secret names, and tokens that can be told by their looks.
pub(super) fn json(document: &mut Json) {
    match document {
        Json::Object(map) => {
            for (name, value) in map {
                match value {
                    Json::String(text) if is_secret(name) => REDACTED.clone_into(text),
                    Json::Null
                    | Json::Bool(_)
                    | Json::Number(_)
                    | Json::String(_)
                    | Json::Array(_)
                    | Json::Object(_) => json(value),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(json),
        Json::String(value) => *value = text(value),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// A text without JSON Web Tokens and bearers' tokens.
pub(super) fn text(text: &str) -> String {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*";
        Regex::new(pattern).expect("a fixed pattern")
    });
    match TOKEN.replace_all(text, REDACTED) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}

/// The name of a cookie and what is said of it stay.
fn cookie(value: &str) -> String {
    let (pair, rest) = match value.split_once(';') {
        Some((pair, rest)) => (pair, format!(";{rest}")),
        None => (value, String::new()),
    };
    let name = pair.split('=').next().unwrap_or_default().trim();
    format!("{name}={REDACTED}{rest}")
}

fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let folded: String = letters.flat_map(char::to_lowercase).collect();
    let by_part = SECRET_NAMES.iter().any(|part| folded.contains(part));
    by_part || matches!(folded.as_str(), "cookie" | "jwt" | "pwd")
}
