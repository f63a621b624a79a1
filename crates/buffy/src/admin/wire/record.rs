//! `record/ID`: how far a recording is, and what it comes to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::upstream;

/// How far a recording is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Recording {
    upstream: String,
    /// It goes on.
    on: bool,
    /// Answers that it has.
    samples: usize,
    /// Answers that came when there was no more room.
    dropped: usize,
}

/// What a recording comes to.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Recorded {
    upstream: String,
    /// Answers that are in it.
    samples: usize,
    /// Answers that are not, since they were longer than what is kept.
    left_out: usize,
    /// Answers that came when there was no more room.
    dropped: usize,
    endpoints: usize,
    /// YAML that serves the same answers, without their secrets.
    configuration: String,
    /// What it names, relative to its folder.
    files: Vec<File>,
}

/// A file that a configuration names.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct File {
    path: String,
    /// Its bytes, in base64.
    content: String,
}

impl Recording {
    pub(in crate::admin) fn of(upstream: &str, recording: upstream::Recording) -> Self {
        Self {
            upstream: upstream.to_owned(),
            on: recording.on,
            samples: recording.samples,
            dropped: recording.dropped,
        }
    }
}

impl Recorded {
    pub(in crate::admin) fn of(
        upstream: &str,
        recording: upstream::Recording,
        recorded: buffy_core::record::Recorded,
    ) -> Self {
        let files = recorded.files.into_iter();
        Self {
            upstream: upstream.to_owned(),
            samples: recorded.samples,
            left_out: recorded.left_out,
            dropped: recording.dropped,
            endpoints: recorded.endpoints,
            configuration: recorded.yaml,
            files: files
                .map(|(path, bytes)| File {
                    path,
                    content: STANDARD.encode(bytes),
                })
                .collect(),
        }
    }
}
