//! What the fields of a head, of either kind, say about the message and its connection.

use crate::connection::Options;
use crate::fault::HeadError;
use crate::field::{Fields, Known};
use crate::framing::{Framing, FramingFields};
use crate::{Limits, Version};

/// What the framing and connection fields say.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) framing: Framing,
    pub(crate) options: Options,
}

impl Meaning {
    /// Indexes the fields of `head`, which are its slices, and reads those that frame it.
    pub(crate) fn read(
        head: &[u8],
        found: &[httparse::Header<'_>],
        version: Version,
        limits: &Limits,
        fields: &mut Fields,
    ) -> Result<Self, HeadError> {
        let mut framing = FramingFields::default();
        let mut has_connection = false;
        for header in found {
            let known = fields.push(head, header.name.as_bytes(), header.value)?;
            framing.take(known, header.value)?;
            has_connection |= known == Known::Connection;
            if known == Known::Other && is_framing_with_underscore(header.name) {
                return Err(HeadError::FramingName);
            }
        }
        let mut options = Options::default();
        if has_connection {
            let mut left = limits.fields;
            for header in found
                .iter()
                .filter(|header| Known::of(header.name.as_bytes()) == Known::Connection)
            {
                left -= options.take(head, header.value, fields, left)?;
            }
        }
        Ok(Self {
            framing: framing.decide(version)?,
            options,
        })
    }
}

/// Some readers, by way of CGI's variables, take `Content_Length` for `Content-Length`.
fn is_framing_with_underscore(name: &str) -> bool {
    name.eq_ignore_ascii_case("content_length") || name.eq_ignore_ascii_case("transfer_encoding")
}
