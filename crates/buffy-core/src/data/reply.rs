//! What a request gets.

use serde_json::{Value as Json, json};

use super::document::etag;
use super::schema::SchemaViolation;

/// An answer: its status, fields of its own, and its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub status: u16,
    /// Names and values. The length and what concerns the connection are the caller's.
    pub fields: Vec<(&'static str, String)>,
    /// None: none, and no length of it either.
    pub body: Option<String>,
    /// Whether the data is another now.
    pub changed: bool,
    /// Nothing is there: the endpoint may have an answer of its own for that.
    pub missing: bool,
}

impl Reply {
    /// JSON that was found or made.
    pub(super) fn json(status: u16, body: String) -> Self {
        Self {
            status,
            fields: vec![("Content-Type", "application/json".to_owned())],
            body: Some(body),
            changed: false,
            missing: false,
        }
    }

    /// JSON with its entity tag.
    pub(super) fn tagged(status: u16, body: String) -> Self {
        let tag = etag(&body);
        Self::json(status, body).with("ETag", tag)
    }

    /// What went wrong (RFC 9457).
    pub(super) fn problem(status: u16, detail: &str) -> Self {
        Self::problem_with(status, detail, None)
    }

    /// A document that its collection's schema does not allow.
    pub(super) fn invalid(violations: &[SchemaViolation]) -> Self {
        let errors = violations
            .iter()
            .map(|violation| json!({"pointer": violation.pointer, "message": violation.message}));
        let detail = "the document is not as the collection's schema has it";
        Self::problem_with(422, detail, Some(errors.collect()))
    }

    /// Nothing is there.
    pub(super) fn missing(detail: &str) -> Self {
        Self {
            missing: true,
            ..Self::problem(404, detail)
        }
    }

    /// What is there has no such method.
    pub(super) fn not_allowed(method: &str, allowed: &str) -> Self {
        let detail = format!("{method} is not possible here; {allowed} are");
        Self::problem(405, &detail).with("Allow", allowed.to_owned())
    }

    /// What the client has is what there is.
    pub(super) fn not_modified(tag: String) -> Self {
        Self {
            status: 304,
            fields: vec![("ETag", tag)],
            body: None,
            changed: false,
            missing: false,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    pub(super) fn changing(mut self) -> Self {
        self.changed = true;
        self
    }

    fn problem_with(status: u16, detail: &str, errors: Option<Json>) -> Self {
        let mut problem = json!({
            "type": "about:blank",
            "title": title(status),
            "status": status,
            "detail": detail,
        });
        if let (Some(errors), Some(fields)) = (errors, problem.as_object_mut()) {
            fields.insert("errors".to_owned(), errors);
        }
        Self {
            status,
            fields: vec![("Content-Type", "application/problem+json".to_owned())],
            body: Some(problem.to_string()),
            changed: false,
            missing: false,
        }
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        507 => "Insufficient Storage",
        _ => "Error",
    }
}
