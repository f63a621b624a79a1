//! From bytes to a request's head, or to the reason why there will be none.

use std::mem::MaybeUninit;

use httparse::{Header, Status};

use super::RequestHead;
use super::target::Target;
use crate::fault::HeadError;
use crate::field::{Known, is_token, split_list};
use crate::host::is_host;
use crate::lines::{self, Scan};
use crate::meaning::Meaning;
use crate::{Limits, Version};

impl RequestHead {
    pub(super) fn read(
        &mut self,
        input: &[u8],
        from: &mut usize,
        limits: &Limits,
    ) -> Result<Option<usize>, HeadError> {
        // One empty line before a request is skipped (§2.2): old clients end a body with it.
        let start = if input.starts_with(b"\r\n") { 2 } else { 0 };
        let seen = *from;
        match lines::scan(input, start, from)? {
            Scan::Complete(end) => {
                let head = input.get(start..end).unwrap_or_default();
                lines::with_fields(limits, |room| self.read_whole(head, room, limits))?;
                self.fields.keep(head);
                Ok(Some(end))
            }
            Scan::Partial { line_ended } => {
                let head = input.get(start..).unwrap_or_default();
                let news = input.get(seen.min(input.len())..).unwrap_or_default();
                if lines::has_control(news) {
                    return Err(HeadError::Control);
                }
                // Once for what came first, then once for each line: linear in what arrives, but
                // for a factor of at most the number of fields.
                if seen == 0 || line_ended {
                    lines::with_fields(limits, |room| check_part(head, room))?;
                }
                check_length(head, limits)?;
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
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(head, room);
        if !matches!(parsed, Ok(Status::Complete(len)) if len == head.len()) {
            return Err(why(head, parsed.err()));
        }
        let (Some(method), Some(target), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(HeadError::RequestLine);
        };
        check_words(method.len(), target.len(), limits)?;
        if head.len() > limits.head_bytes {
            return Err(HeadError::HeadTooLong);
        }
        if method == "CONNECT" {
            return Err(HeadError::Connect);
        }
        self.method_len = method.len();
        self.words.push_str(method);
        self.words.push_str(target);
        self.target = Target::read(method.as_bytes(), target.as_bytes())?;
        self.version = if minor == 0 {
            Version::Http10
        } else {
            Version::Http11
        };
        let meaning = Meaning::read(
            head,
            request.headers,
            self.version,
            limits,
            &mut self.fields,
        )?;
        self.framing = meaning.framing;
        self.options = meaning.options;
        self.read_fields(request.headers)
    }

    /// Host, Expect, the conditional fields and those of wishes.
    fn read_fields(&mut self, found: &[Header<'_>]) -> Result<(), HeadError> {
        let mut hosts = 0;
        for (header, tag) in found.iter().zip(self.fields.tags()) {
            if tag == Known::Host {
                hosts += 1;
                if hosts > 1 {
                    return Err(HeadError::HostRepeated);
                }
                if !is_host(header.value) {
                    return Err(HeadError::Host);
                }
            } else if tag == Known::Expect && self.version == Version::Http11 {
                for wish in split_list(header.value).filter(|wish| !wish.is_empty()) {
                    if !wish.eq_ignore_ascii_case(b"100-continue") {
                        return Err(HeadError::Expectation);
                    }
                    self.expects_continue = true;
                }
            }
            self.has_conditional |= tag == Known::IfConditional;
            self.has_wishes |= matches!(tag, Known::XBuffy | Known::Prefer | Known::Baggage);
        }
        if hosts == 0 && self.version == Version::Http11 {
            return Err(HeadError::HostMissing);
        }
        Ok(())
    }
}

/// Refuses the part of a head that no more bytes could make good.
fn check_part<'b>(part: &'b [u8], room: &mut [MaybeUninit<Header<'b>>]) -> Result<(), HeadError> {
    match httparse::Request::new(&mut []).parse_with_uninit_headers(part, room) {
        Ok(_) => Ok(()),
        Err(error) => Err(why(part, Some(error))),
    }
}

/// A method has no limit of its own, but none is longer than a target may be.
fn check_words(method_len: usize, target_len: usize, limits: &Limits) -> Result<(), HeadError> {
    if method_len > limits.target_bytes {
        Err(HeadError::Method)
    } else if target_len > limits.target_bytes {
        Err(HeadError::TargetTooLong)
    } else {
        Ok(())
    }
}

/// Refuses the part of a head that is too long already.
fn check_length(part: &[u8], limits: &Limits) -> Result<(), HeadError> {
    if part.len() > limits.target_bytes {
        let mut words = first_line(part).splitn(3, |&octet| octet == b' ');
        let (method, target) = (words.next(), words.next());
        let length = |word: Option<&[u8]>| word.map_or(0, <[u8]>::len);
        check_words(length(method), length(target), limits)?;
    }
    if part.len() >= limits.head_bytes {
        return Err(HeadError::HeadTooLong);
    }
    Ok(())
}

/// What is wrong with a head, or the part of one, that the tokeniser refused.
#[cold]
fn why(head: &[u8], error: Option<httparse::Error>) -> HeadError {
    if lines::has_control(first_line(head)) {
        return HeadError::Control;
    }
    match error {
        Some(httparse::Error::TooManyHeaders) => HeadError::TooManyFields,
        Some(httparse::Error::HeaderName | httparse::Error::HeaderValue) => {
            let fields = head.get(first_line(head).len() + 2..).unwrap_or_default();
            lines::field_fault(fields).unwrap_or(HeadError::FieldName)
        }
        _ => request_line_fault(first_line(head)),
    }
}

fn request_line_fault(line: &[u8]) -> HeadError {
    let mut words = line.split(|&octet| octet == b' ');
    let method = words.next().unwrap_or_default();
    if method.is_empty() || !method.iter().all(|&octet| is_token(octet)) {
        return HeadError::Method;
    }
    match (words.next(), words.next(), words.next()) {
        (Some(target), _, _) if !target.iter().all(u8::is_ascii_graphic) => HeadError::TargetOctet,
        (Some([_, ..]), Some(version), None) if is_version(version) => HeadError::Version,
        _ => HeadError::RequestLine,
    }
}

/// `HTTP/` and two digits, of any value.
fn is_version(word: &[u8]) -> bool {
    matches!(word, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

fn first_line(head: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\r', head).unwrap_or(head.len());
    head.get(..end).unwrap_or_default()
}
