//! Where a message's body ends (§6).

use crate::Version;
use crate::fault::HeadError;
use crate::field::{Known, split_list};

/// How a request's body is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    #[default]
    None,
    /// So many bytes. Zero is a body that is empty, said so by the client.
    Length(u64),
    /// Chunks, to the last one and its trailers.
    Chunked,
}

/// How a response's body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseFraming {
    /// There is none, whatever the fields say: to HEAD, and of 1xx, 204 and 304.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, to the last one and its trailers.
    Chunked,
    /// All that comes until the connection is closed.
    Close,
}

/// The framing fields of one head, gathered as they are met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FramingFields {
    length: Option<u64>,
    chunked: bool,
}

impl FramingFields {
    /// Takes one field in; other fields than the two of framing are none of its business.
    pub(crate) fn take(&mut self, known: Known, value: &[u8]) -> Result<(), HeadError> {
        if known == Known::ContentLength {
            let length = content_length(value).ok_or(HeadError::ContentLength)?;
            if self.length.is_some_and(|earlier| earlier != length) {
                return Err(HeadError::ContentLengthsDiffer);
            }
            self.length = Some(length);
        } else if known == Known::TransferEncoding {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(transfer_encoding_fault(value));
            }
            self.chunked = true;
        }
        Ok(())
    }

    /// What they say together.
    pub(crate) fn decide(self, version: Version) -> Result<Framing, HeadError> {
        match (self.length, self.chunked) {
            (_, true) if version == Version::Http10 => Err(HeadError::TransferEncodingIn10),
            (Some(_), true) => Err(HeadError::BothFramings),
            (None, true) => Ok(Framing::Chunked),
            (Some(length), false) => Ok(Framing::Length(length)),
            (None, false) => Ok(Framing::None),
        }
    }
}

/// Digits only, and below 2^63: no sign, no list, no space (RFC 9110 §8.6).
fn content_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    let mut length: u64 = 0;
    for &octet in value {
        if !octet.is_ascii_digit() {
            return None;
        }
        length = length
            .checked_mul(10)?
            .checked_add(u64::from(octet - b'0'))?;
    }
    (length < 1 << 63).then_some(length)
}

/// A coding that we lack, before a last `chunked`, is 501 (§6.1); all else that is not plainly
/// `chunked` leaves the end of the body open, and is 400 (§6.3).
fn transfer_encoding_fault(value: &[u8]) -> HeadError {
    let mut codings = 0;
    let mut chunked = 0;
    let mut last_chunked = false;
    for coding in split_list(value) {
        last_chunked = coding.eq_ignore_ascii_case(b"chunked");
        codings += 1;
        chunked += u32::from(last_chunked);
        if !coding.iter().all(|&octet| crate::field::is_token(octet)) || coding.is_empty() {
            return HeadError::TransferEncoding;
        }
    }
    if codings > 1 && chunked == 1 && last_chunked {
        HeadError::TransferCoding
    } else {
        HeadError::TransferEncoding
    }
}
