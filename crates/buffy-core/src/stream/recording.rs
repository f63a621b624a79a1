//! Recorded streams: files of one event a line, `{"at": 120, "data": {"x": 1}}`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A longer file is not played, in bytes.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What was streamed once, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    pub frames: Vec<Frame>,
}

/// One event of a recording: a line of its file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Since the stream began, in milliseconds.
    pub at: u64,
    /// JSON, or a text that is sent as it is; none: an event without data.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub data: Option<Json>,
    /// The type of a server-sent event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Of a server-sent event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of a server-sent event, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<u64>,
    /// Of server-sent events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("line {line} of the recording is not `{{\"at\": MILLISECONDS, \"data\": …}}`")]
    Line {
        /// From 1.
        line: usize,
        source: serde_json::Error,
    },
    #[error("line {line} of the recording is earlier than the one before it")]
    Order { line: usize },
    #[error("the recording has no line")]
    Empty,
    #[error("a recording is 16 MiB at most")]
    TooLong,
}

impl Recording {
    /// Reads a file's bytes. Empty lines are passed over.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordingError> {
        if bytes.len() > BYTES_MAX {
            return Err(RecordingError::TooLong);
        }
        let mut frames: Vec<Frame> = Vec::new();
        for (index, text) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = index + 1;
            if text.trim_ascii().is_empty() {
                continue;
            }
            let frame: Frame = serde_json::from_slice(text)
                .map_err(|source| RecordingError::Line { line, source })?;
            if frames.last().is_some_and(|last| last.at > frame.at) {
                return Err(RecordingError::Order { line });
            }
            frames.push(frame);
        }
        if frames.is_empty() {
            return Err(RecordingError::Empty);
        }
        Ok(Self { frames })
    }

    /// The wait before each frame, from the one before it or the beginning, at a speed above 0.
    pub fn waits(&self, speed: f64) -> impl Iterator<Item = Duration> {
        let before = std::iter::once(0).chain(self.frames.iter().map(|frame| frame.at));
        self.frames.iter().zip(before).map(move |(frame, before)| {
            let wait = Duration::from_millis(frame.at.saturating_sub(before)).as_secs_f64();
            Duration::try_from_secs_f64(wait / speed).unwrap_or(Duration::MAX)
        })
    }
}

/// `null` is data, too.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}
