//! One event as it is sent: what all that templates stand for has become.

use std::time::Duration;

use serde_json::Value as Json;

use super::{End, Form, Frame};

/// An event or message, rendered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    pub comment: Option<String>,
    pub event: Option<String>,
    pub id: Option<String>,
    pub retry: Option<Duration>,
    pub data: Option<Data>,
}

/// What an event carries, rendered.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// As it is.
    Text(String),
    /// A text of it is sent without quotes, but not in NDJSON.
    Json(Json),
}

/// An event that is pushed to open streams: an object with at least one of these.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    pub said: Said,
    /// The streams end behind it.
    pub end: Option<End>,
}

/// Why a document is nothing to push.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("an event is an object: `{{\"data\": {{\"x\": 1}}}}`")]
    NoObject,
    #[error("an event has no `{name}`: it has data or text, event, id, retry (ms), comment, end")]
    UnknownKey { name: String },
    #[error("`{name}` must be {expected}")]
    Value {
        name: &'static str,
        expected: &'static str,
    },
    #[error("an event has `data` or `text`, not both")]
    Both,
    #[error("the event is empty: give it `data`")]
    Empty,
}

impl Pushed {
    /// Reads an event as the admin API is told it.
    pub fn read(document: &Json) -> Result<Self, PushError> {
        let object = document.as_object().ok_or(PushError::NoObject)?;
        let mut said = Said::default();
        let mut end = None;
        for (name, value) in object {
            match name.as_str() {
                "data" | "text" if said.data.is_some() => return Err(PushError::Both),
                "data" => said.data = Some(Data::Json(value.clone())),
                "text" => said.data = Some(Data::Text(text("text", value)?)),
                "event" => said.event = Some(text("event", value)?),
                "id" => said.id = Some(text("id", value)?),
                "comment" => said.comment = Some(text("comment", value)?),
                "retry" => {
                    let milliseconds = value.as_u64().ok_or(PushError::Value {
                        name: "retry",
                        expected: "a number of milliseconds",
                    })?;
                    said.retry = Some(Duration::from_millis(milliseconds));
                }
                "end" => end = Some(read_end(value)?),
                _ => return Err(PushError::UnknownKey { name: name.clone() }),
            }
        }
        if said == Said::default() && end.is_none() {
            return Err(PushError::Empty);
        }
        Ok(Self { said, end })
    }
}

impl Said {
    /// Appends it in this form: nothing where the form has no place for what it says.
    pub fn write(&self, form: Form, out: &mut Vec<u8>) {
        match form {
            Form::Sse => self.write_sse(out),
            Form::Ndjson => {
                if let Some(data) = &self.data {
                    match data {
                        Data::Text(text) => out.extend_from_slice(text.as_bytes()),
                        Data::Json(json) => out.extend_from_slice(json.to_string().as_bytes()),
                    }
                    out.push(b'\n');
                }
            }
            Form::Chunked | Form::Ws => {
                if let Some(data) = &self.data {
                    out.extend_from_slice(data.plain().as_bytes());
                }
            }
        }
    }

    /// As the HTML standard reads it ("Interpreting an event stream"): data of several lines are
    /// several fields, and what ends a line cannot be in any other.
    fn write_sse(&self, out: &mut Vec<u8>) {
        let before = out.len();
        if let Some(comment) = &self.comment {
            lines(comment).for_each(|line| field(b"", line, out));
        }
        if let Some(id) = self.id.as_deref().filter(|id| !id.contains('\0')) {
            field(b"id", &one_line(id), out);
        }
        if let Some(event) = &self.event {
            field(b"event", &one_line(event), out);
        }
        if let Some(retry) = self.retry {
            field(b"retry", &retry.as_millis().to_string(), out);
        }
        if let Some(data) = &self.data {
            lines(&data.plain()).for_each(|line| field(b"data", line, out));
        }
        if out.len() > before {
            out.push(b'\n');
        }
    }
}

impl Data {
    /// As text, without the quotes of a JSON that is one.
    fn plain(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Json(Json::String(text)) => text.into(),
            Self::Json(json) => json.to_string().into(),
        }
    }
}

impl From<&Frame> for Said {
    fn from(frame: &Frame) -> Self {
        Self {
            comment: frame.comment.clone(),
            event: frame.event.clone(),
            id: frame.id.clone(),
            retry: frame.retry.map(Duration::from_millis),
            data: frame.data.clone().map(Data::Json),
        }
    }
}

fn field(name: &[u8], value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.push(b'\n');
}

/// Its lines, whatever ends them; at least one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((line, after)) = text.split_once(['\r', '\n']) else {
            rest = None;
            return Some(text);
        };
        let crlf = text
            .get(line.len()..)
            .is_some_and(|end| end.starts_with("\r\n"));
        rest = Some(if crlf {
            after.strip_prefix('\n').unwrap_or(after)
        } else {
            after
        });
        Some(line)
    })
}

fn one_line(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(['\r', '\n']) {
        text.replace(['\r', '\n'], " ").into()
    } else {
        text.into()
    }
}

fn text(name: &'static str, value: &Json) -> Result<String, PushError> {
    let expected = "a text";
    let text = value.as_str().ok_or(PushError::Value { name, expected })?;
    Ok(text.to_owned())
}

fn read_end(value: &Json) -> Result<End, PushError> {
    let ends = End::NAMES.iter().filter(|(_, end)| *end != End::Keep);
    let named = |name: &str| ends.clone().find(|(known, _)| *known == name);
    let found = value.as_str().and_then(named);
    found.map(|(_, end)| *end).ok_or(PushError::Value {
        name: "end",
        expected: "close, reset or truncate",
    })
}
