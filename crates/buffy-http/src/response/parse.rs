//! From bytes to a response's head, or to the reason why there will be none.

use std::mem::MaybeUninit;

use httparse::{Header, Status};

use super::ResponseHead;
use crate::fault::HeadError;
use crate::field::trim_ows;
use crate::lines::{self, Scan};
use crate::meaning::Meaning;
use crate::{Limits, Version};

impl ResponseHead {
    pub(super) fn read(
        &mut self,
        input: &[u8],
        from: &mut usize,
        limits: &Limits,
    ) -> Result<Option<usize>, HeadError> {
        let seen = *from;
        match lines::scan(input, 0, from)? {
            Scan::Complete(end) => {
                let head = input.get(..end).unwrap_or_default();
                if head.len() > limits.head_bytes {
                    return Err(HeadError::HeadTooLong);
                }
                match lines::with_fields(limits, |room| self.read_whole(head, room, limits)) {
                    Err(HeadError::Fold) => {
                        let head = unfold(head)?;
                        self.fields.clear();
                        lines::with_fields(limits, |room| self.read_whole(&head, room, limits))?;
                        self.fields.keep(&head);
                    }
                    Err(fault) => return Err(fault),
                    Ok(()) => self.fields.keep(head),
                }
                Ok(Some(end))
            }
            Scan::Partial { .. } => {
                let news = input.get(seen.min(input.len())..).unwrap_or_default();
                if lines::has_control(news) {
                    return Err(HeadError::Control);
                }
                if !may_become_status_line(input) {
                    return Err(HeadError::StatusLine);
                }
                if input.len() >= limits.head_bytes {
                    return Err(HeadError::HeadTooLong);
                }
                Ok(None)
            }
        }
    }

    fn read_whole<'b>(
        &mut self,
        head: &'b [u8],
        room: &mut [MaybeUninit<Header<'b>>],
        limits: &Limits,
    ) -> Result<(), HeadError> {
        let mut response = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            head,
            room,
        );
        if !matches!(parsed, Ok(Status::Complete(len)) if len == head.len()) {
            return Err(why(head, parsed.err()));
        }
        let (Some(status @ 100..=599), Some(minor)) = (response.code, response.version) else {
            return Err(HeadError::StatusLine);
        };
        self.status = status;
        self.version = if minor == 0 {
            Version::Http10
        } else {
            Version::Http11
        };
        let line = status_line(head);
        self.reason = (line.len().min(STATUS_BYTES + 1), line.len());
        let meaning = Meaning::read(
            head,
            response.headers,
            self.version,
            limits,
            &mut self.fields,
        )?;
        self.framing = meaning.framing;
        self.options = meaning.options;
        Ok(())
    }
}

/// The length of `HTTP/1.1 200`, after which come a space and the reason, or nothing.
const STATUS_BYTES: usize = 12;

/// Every folded value made one line, with one space where it was folded (§5.2). White space right
/// after the status line folds nothing, and is refused.
#[cold]
fn unfold(head: &[u8]) -> Result<Vec<u8>, HeadError> {
    let mut lines = head.split_inclusive(|&octet| octet == b'\n');
    let mut out: Vec<u8> = lines.next().unwrap_or_default().to_vec();
    for (index, line) in lines.enumerate() {
        if let [b' ' | b'\t', ..] = line {
            if index == 0 {
                return Err(HeadError::Fold);
            }
            let kept = trim_ows(out.strip_suffix(b"\r\n").unwrap_or_default()).len();
            out.truncate(kept);
            out.push(b' ');
            let start = line
                .iter()
                .take_while(|octet| b" \t".contains(octet))
                .count();
            out.extend_from_slice(line.get(start..).unwrap_or_default());
        } else {
            out.extend_from_slice(line);
        }
    }
    Ok(out)
}

/// Whether what came so far is the beginning of `HTTP/1.x NNN`.
fn may_become_status_line(part: &[u8]) -> bool {
    part.iter().zip(b"HTTP/1.# ###").all(|(octet, wanted)| {
        if *wanted == b'#' {
            octet.is_ascii_digit()
        } else {
            octet == wanted
        }
    })
}

/// What is wrong with a head that the tokeniser refused.
#[cold]
fn why(head: &[u8], error: Option<httparse::Error>) -> HeadError {
    match error {
        Some(httparse::Error::TooManyHeaders) => HeadError::TooManyFields,
        Some(httparse::Error::HeaderName | httparse::Error::HeaderValue) => {
            let fields = head.get(status_line(head).len() + 2..).unwrap_or_default();
            lines::field_fault(fields).unwrap_or(HeadError::FieldName)
        }
        Some(httparse::Error::Version) => HeadError::Version,
        _ => HeadError::StatusLine,
    }
}

fn status_line(head: &[u8]) -> &[u8] {
    head.split(|&octet| octet == b'\r')
        .next()
        .unwrap_or_default()
}
