//! A request and its answer, as they passed by.

use std::time::Duration;

use serde_json::Value as Json;

use super::{redact, streamed};
use crate::stream::{Form, Frame};

/// What passed by, as it came.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    pub method: String,
    /// The target as received.
    pub target: String,
    /// The request's content, where all of it was kept.
    pub content: Option<Vec<u8>>,

    pub status: u16,
    /// The answer's fields.
    pub fields: Vec<(String, String)>,
    /// The answer's content, where all of it was kept.
    pub answered: Option<Vec<u8>>,
    /// From the request's sending to the answer's head.
    pub wait: Duration,
    /// When which part of the answer's content came.
    pub pieces: Vec<Piece>,
}

/// A part of an answer that came in one read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Since the head came.
    pub at: Duration,
    /// How much of the content has come with it.
    pub end: usize,
}

/// A request and its answer, without secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub method: String,
    /// Without the query, as received.
    pub path: String,
    /// The query's pairs, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// The request's content as JSON, where it is.
    pub asked: Option<Json>,
    pub status: u16,
    /// The answer's fields, without those that a server says for itself.
    pub fields: Vec<(String, String)>,
    pub body: Body,
    /// Of the answer's head, in milliseconds.
    pub wait_ms: u64,
}

/// What an answer carried.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Any JSON that is an object or an array.
    Json(Json),
    Text(String),
    Binary(Vec<u8>),
    Stream(Streamed),
    /// More than is kept.
    Left,
}

/// An answer that came event by event.
#[derive(Clone, Debug, PartialEq)]
pub struct Streamed {
    pub form: Form,
    pub frames: Vec<Frame>,
}

impl Sample {
    /// Takes the secrets out of what passed by.
    pub fn new(raw: Raw) -> Self {
        let (path, query) = raw.target.split_once('?').unwrap_or((&raw.target, ""));
        let query = crate::facts::pairs(query)
            .map(|(name, value)| {
                let value = redact::value_of(&name, &value);
                (name.into_owned(), value)
            })
            .collect();
        let asked = raw.content.as_deref().and_then(document).map(|mut json| {
            redact::json(&mut json);
            json
        });
        let body = Body::of(&raw);
        Self {
            path: path.to_owned(),
            query,
            asked,
            status: raw.status,
            body,
            wait_ms: u64::try_from(raw.wait.as_millis()).unwrap_or(u64::MAX),
            fields: redact::fields(raw.fields),
            method: raw.method,
        }
    }
}

impl Body {
    fn of(raw: &Raw) -> Self {
        let Some(content) = &raw.answered else {
            return Self::Left;
        };
        if let Some(stream) = streamed::read(raw, content) {
            return Self::Stream(stream);
        }
        if let Some(mut json) = document(content) {
            redact::json(&mut json);
            return Self::Json(json);
        }
        match std::str::from_utf8(content) {
            Ok(text) => Self::Text(redact::text(text)),
            Err(_) => Self::Binary(content.clone()),
        }
    }
}

/// An object or an array of JSON.
pub(super) fn document(content: &[u8]) -> Option<Json> {
    let json: Json = serde_json::from_slice(content).ok()?;
    (json.is_object() || json.is_array()).then_some(json)
}
