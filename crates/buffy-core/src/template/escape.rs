//! Values inside of contents: what they may not break.

use serde_json::Value as Json;

use super::place::Found;

/// What a value is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Text without a syntax of its own.
    Plain,
    /// The inside of a JSON string (RFC 8259 §7).
    Json,
    /// HTML: its text, or an attribute in quotes.
    Html,
}

impl Escape {
    /// By the media type of the content, whatever its parameters.
    pub fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let ends = |end: &str| {
            let tail = essence.len().checked_sub(end.len());
            tail.and_then(|tail| essence.get(tail..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        };
        if ends("/json") || ends("+json") {
            Self::Json
        } else if ends("/html") || ends("+xml") || ends("/xml") {
            Self::Html
        } else {
            Self::Plain
        }
    }

    /// Appends a fact: a text as such, anything else as JSON.
    pub(super) fn push_found(self, found: &Found<'_>, out: &mut Vec<u8>) {
        match found {
            Found::Text(text) => self.push(text, out),
            Found::Count(count) => out.extend_from_slice(count.to_string().as_bytes()),
            Found::Json(json) => self.push_json(json, out),
        }
    }

    /// Appends a JSON value: in JSON as it is, elsewhere its text; but a string as any text.
    pub(super) fn push_json(self, json: &Json, out: &mut Vec<u8>) {
        match json {
            Json::String(text) => self.push(text, out),
            other if self == Self::Json => out.extend_from_slice(other.to_string().as_bytes()),
            other => self.push(&other.to_string(), out),
        }
    }

    /// Appends a value.
    pub(super) fn push(self, value: &str, out: &mut Vec<u8>) {
        // Nearly every value is plain, and this is on the path of every such answer.
        let harmless = |byte| !matches!(byte, 0..b' ' | b'"' | b'\\' | b'&' | b'<' | b'>' | b'\'');
        if self == Self::Plain || value.bytes().all(harmless) {
            out.extend_from_slice(value.as_bytes());
        } else if self == Self::Json {
            let quoted = serde_json::Value::from(value).to_string();
            let inside = quoted.get(1..quoted.len().saturating_sub(1));
            out.extend_from_slice(inside.unwrap_or_default().as_bytes());
        } else {
            for byte in value.bytes() {
                match byte {
                    b'&' => out.extend_from_slice(b"&amp;"),
                    b'<' => out.extend_from_slice(b"&lt;"),
                    b'>' => out.extend_from_slice(b"&gt;"),
                    b'"' => out.extend_from_slice(b"&quot;"),
                    b'\'' => out.extend_from_slice(b"&#39;"),
                    other => out.push(other),
                }
            }
        }
    }
}
