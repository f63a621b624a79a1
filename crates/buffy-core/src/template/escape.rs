//! Values inside of contents: what they may not break.

use std::borrow::Cow;

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
            Found::Json(json) => out.extend_from_slice(self.json(json).as_bytes()),
        }
    }

    /// A JSON value: in JSON as it is, elsewhere its text; but a string as any text.
    pub(super) fn json(self, json: &Json) -> Cow<'_, str> {
        if let Json::String(text) = json {
            return self.escaped(text);
        }
        let text = json.to_string();
        if self == Self::Json {
            text.into()
        } else {
            self.escaped(&text).into_owned().into()
        }
    }

    /// Appends a value.
    pub(super) fn push(self, value: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(self.escaped(value).as_bytes());
    }

    /// A value as it can stand in a content.
    pub(super) fn escaped(self, value: &str) -> Cow<'_, str> {
        // Nearly every value is plain, and this is on the path of every such answer.
        let harmless = |byte| !matches!(byte, 0..b' ' | b'"' | b'\\' | b'&' | b'<' | b'>' | b'\'');
        match self {
            _ if self == Self::Plain || value.bytes().all(harmless) => value.into(),
            Self::Json => {
                let quoted = Json::from(value).to_string();
                let inside = quoted.get(1..quoted.len().saturating_sub(1));
                inside.unwrap_or_default().to_owned().into()
            }
            Self::Plain | Self::Html => {
                let mut escaped = String::with_capacity(value.len() + 16);
                for next in value.chars() {
                    match next {
                        '&' => escaped.push_str("&amp;"),
                        '<' => escaped.push_str("&lt;"),
                        '>' => escaped.push_str("&gt;"),
                        '"' => escaped.push_str("&quot;"),
                        '\'' => escaped.push_str("&#39;"),
                        other => escaped.push(other),
                    }
                }
                escaped.into()
            }
        }
    }
}
