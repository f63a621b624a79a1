//! Answers that came event by event.

use std::time::Duration;

use serde_json::Value as Json;

use super::redact;
use super::sample::{Raw, Streamed, document};
use crate::stream::{Form, Frame};

/// Text that takes less to come is not streamed, only long.
const SPREAD_MIN: Duration = Duration::from_millis(100);

/// The events of an answer, where it is a stream.
pub(super) fn read(raw: &Raw, content: &[u8]) -> Option<Streamed> {
    let claimed = raw
        .fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let claimed = claimed.map(|(_, value)| value.to_ascii_lowercase())?;
    let essence = claimed.split(';').next().unwrap_or_default().trim();
    let text = std::str::from_utf8(content).ok()?;
    let spread = raw.pieces.last().map_or(Duration::ZERO, |last| last.at);
    let form = match essence {
        "text/event-stream" => Form::Sse,
        "application/x-ndjson" | "application/jsonl" | "application/ndjson" => Form::Ndjson,
        "text/plain" if raw.pieces.len() > 1 && spread >= SPREAD_MIN => Form::Chunked,
        _ => return None,
    };
    let frames = match form {
        Form::Sse => events(raw, text),
        Form::Ndjson => lines(raw, text)?,
        Form::Chunked | Form::Ws => chunks(raw, text)?,
    };
    (!frames.is_empty()).then_some(Streamed { form, frames })
}

/// When the piece came that has the byte before `end`.
fn at(raw: &Raw, end: usize) -> u64 {
    let piece = raw.pieces.iter().find(|piece| piece.end >= end);
    let at = piece
        .or(raw.pieces.last())
        .map_or(Duration::ZERO, |piece| piece.at);
    u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
}

/// Server-sent events: blocks of lines with an empty line behind each. What follows the last one is
/// no event (WHATWG HTML §9.2.6).
fn events(raw: &Raw, text: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut frame = Frame::default();
    let mut data: Option<String> = None;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if line.is_empty() {
            frame.data = data.take().map(|data| said(&data));
            if frame != Frame::default() {
                frame.at = at(raw, end);
                frames.push(std::mem::take(&mut frame));
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            "event" => frame.event = Some(value.to_owned()),
            "id" => frame.id = Some(value.to_owned()),
            "retry" => frame.retry = value.parse().ok(),
            "" => frame.comment = Some(value.to_owned()),
            _ => {}
        }
    }
    frames
}

/// Lines of JSON; none where one is something else.
fn lines(raw: &Raw, text: &str) -> Option<Vec<Frame>> {
    let mut frames = Vec::new();
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if line.trim().is_empty() {
            continue;
        }
        let mut json: Json = serde_json::from_str(line).ok()?;
        redact::json(&mut json);
        frames.push(Frame {
            at: at(raw, end),
            data: Some(json),
            ..Frame::default()
        });
    }
    Some(frames)
}

/// What came in one read, each; none where one ends within a character.
fn chunks(raw: &Raw, text: &str) -> Option<Vec<Frame>> {
    let mut frames = Vec::new();
    let mut start = 0;
    for piece in &raw.pieces {
        let chunk = text.get(start..piece.end)?;
        start = piece.end;
        if !chunk.is_empty() {
            frames.push(Frame {
                at: at(raw, piece.end),
                data: Some(Json::String(redact::text(chunk))),
                ..Frame::default()
            });
        }
    }
    Some(frames)
}

/// JSON where it would be written as it came, or has secrets; else the text.
fn said(data: &str) -> Json {
    let Some(json) = document(data.as_bytes()) else {
        return Json::String(redact::text(data));
    };
    let mut redacted = json.clone();
    redact::json(&mut redacted);
    let came = json.to_string();
    if redacted != json || came == data {
        redacted
    } else {
        Json::String(data.to_owned())
    }
}
