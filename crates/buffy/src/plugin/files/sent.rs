//! What is sent of a file.

use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::{Duration, SystemTime};

use buffy_http::write;

use super::coding::Coding;
use super::condition::{Judged, Validators};
use super::range::Part;
use crate::clock;
use crate::plugin::tree::Found;
use crate::plugin::{Answer, Asked, Content};

/// So much leaves with the head in one write; what is longer is sent from the file by the system.
const BYTES_READ_MAX: u64 = 16 * 1024;

/// A file in the coding in which it is sent.
#[derive(Debug)]
pub(super) struct Sent {
    file: File,
    length: u64,
    coding: Option<Coding>,
    validators: Validators,
}

impl Sent {
    pub(super) fn new(found: Found, coding: Option<Coding>) -> Self {
        let Found { file, metadata } = found;
        Self {
            length: metadata.len(),
            validators: validators(&metadata),
            file,
            coding,
        }
    }

    /// The answer to a GET or HEAD (RFC 9110 §13.2.2, §14.2).
    pub(super) fn answer(self, content_type: &str, asked: &Asked<'_>) -> Answer {
        let mut fields = Vec::new();
        self.write_validators(&mut fields);
        match self.validators.judge(asked.facts) {
            Judged::Failed => return told(412, "precondition failed", fields),
            Judged::NotModified => {
                return Answer {
                    status: Some(304),
                    fields,
                    content: Content::Nothing,
                };
            }
            Judged::Go => {}
        }
        // No other method than GET has ranges (§14.2).
        let part = if !asked.head_only && self.validators.is_in_range_of(asked.facts) {
            Part::of(asked.facts.header("range"), self.length)
        } else {
            Part::Whole
        };
        write::field(&mut fields, b"Accept-Ranges", b"bytes");
        let total = self.length;
        let (status, start, length) = match part {
            Part::Whole => (200, 0, total),
            Part::Some { start, length } => {
                let last = start + length - 1;
                let range = format!("bytes {start}-{last}/{total}");
                write::field(&mut fields, b"Content-Range", range.as_bytes());
                (206, start, length)
            }
            Part::Beyond => {
                let range = format!("bytes */{total}");
                write::field(&mut fields, b"Content-Range", range.as_bytes());
                return told(416, "range not satisfiable", fields);
            }
        };
        write::field(&mut fields, b"Content-Type", content_type.as_bytes());
        if let Some(coding) = self.coding {
            write::field(&mut fields, b"Content-Encoding", coding.name().as_bytes());
        }
        Answer {
            status: Some(status),
            fields,
            content: content(self.file, start, length, asked.head_only),
        }
    }

    fn write_validators(&self, fields: &mut Vec<u8>) {
        let modified = httpdate::fmt_http_date(self.validators.modified);
        write::field(fields, b"ETag", self.validators.etag.as_bytes());
        write::field(fields, b"Last-Modified", modified.as_bytes());
        // Of every file: a sibling may come or go, and caches must not mix them up.
        write::field(fields, b"Vary", b"Accept-Encoding");
    }
}

/// An answer that says what is wrong, as Buffy's other ones do.
pub(super) fn told(status: u16, what: &str, mut fields: Vec<u8>) -> Answer {
    write::field(&mut fields, b"Content-Type", b"application/json");
    Answer {
        status: Some(status),
        fields,
        content: Content::Bytes(format!("{{ \"status\": \"{what}\" }}\n").into_bytes()),
    }
}

/// A file is another one, for whoever compares, when its inode, its length or the time of its last
/// change is.
fn validators(metadata: &Metadata) -> Validators {
    let seconds = metadata.mtime();
    let etag = format!(
        "\"{:x}-{:x}-{seconds:x}.{:x}\"",
        metadata.ino(),
        metadata.len(),
        metadata.mtime_nsec()
    );
    let epoch = SystemTime::UNIX_EPOCH;
    // Nothing says that it was modified after it was sent (RFC 9110 §8.8.2.1).
    let now = epoch + Duration::from_millis(clock::unix_ms());
    let modified = metadata.modified().unwrap_or(epoch).min(now);
    Validators::new(etag, modified)
}

fn content(file: File, start: u64, length: u64, head_only: bool) -> Content {
    let in_file = |file| Content::File {
        file,
        start,
        length,
    };
    let Some(count) = usize::try_from(length)
        .ok()
        .filter(|_| length <= BYTES_READ_MAX && !head_only)
    else {
        return in_file(file);
    };
    let mut bytes = vec![0; count];
    match file.read_exact_at(&mut bytes, start) {
        Ok(()) => Content::Bytes(bytes),
        // It is shorter by now: its length was promised, and sending finds out what is left of it.
        Err(_) => in_file(file),
    }
}
