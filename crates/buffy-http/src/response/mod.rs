//! The head of a response (§4).

mod parse;
#[cfg(test)]
mod tests;

use std::str;

use crate::connection::Options;
use crate::fault::HeadError;
use crate::field::{Field, Fields, Known, split_list};
use crate::framing::{Framing, ResponseFraming};
use crate::{Limits, Version};

/// A response's head: its own copy of the bytes as they came, and an index of them.
///
/// Folded values are unfolded in the copy (§5.2). It is as reusable as a request's head.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    fields: Fields,
    status: u16,
    reason: (usize, usize),
    version: Version,
    framing: Framing,
    options: Options,
}

impl ResponseHead {
    /// An empty one, which has allocated nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the response, but keeps the buffers.
    pub fn clear(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        *self = Self {
            fields,
            ..Self::default()
        };
    }

    /// Gives back what the buffers have to spare.
    pub fn shrink(&mut self) {
        self.fields.shrink();
    }

    /// What it occupies beside its own size, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.fields.heap_bytes()
    }

    /// Reads a head from the front of `input`, as [`crate::RequestHead::parse`] does. Of the limits
    /// the target's has no meaning here. Whatever the error, the client's answer is a 502.
    pub fn parse(
        &mut self,
        input: &[u8],
        from: &mut usize,
        limits: &Limits,
    ) -> Result<Option<usize>, HeadError> {
        self.clear();
        let outcome = self.read(input, from, limits);
        if outcome.is_err() {
            *from = 0;
            self.clear();
        }
        outcome
    }

    /// The status, 100 to 599. Interim responses (1xx) are heads like others, without a body.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason as received, perhaps empty.
    pub fn reason(&self) -> &[u8] {
        let (start, end) = self.reason;
        self.fields.bytes().get(start..end).unwrap_or_default()
    }

    /// The version that the upstream speaks.
    pub fn version(&self) -> Version {
        self.version
    }

    /// How the body is framed, which depends on what was asked (§6.3).
    pub fn framing(&self, request_was_head: bool) -> ResponseFraming {
        if request_was_head || matches!(self.status, 100..=199 | 204 | 304) {
            return ResponseFraming::None;
        }
        match self.framing {
            Framing::None => ResponseFraming::Close,
            Framing::Length(length) => ResponseFraming::Length(length),
            Framing::Chunked => ResponseFraming::Chunked,
        }
    }

    /// Content-Length, also where there is no body: of a HEAD's answer or a 304 it is what the body
    /// would have had.
    pub fn content_length(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(length) => Some(length),
            Framing::None | Framing::Chunked => None,
        }
    }

    /// Whether the upstream keeps the connection after this exchange (§9.3). A body that ends by
    /// close ends the connection all the same.
    pub fn keep_alive(&self) -> bool {
        self.options.keeps_alive(self.version)
    }

    /// For how many seconds the upstream keeps an idle connection, if it says so in `Keep-Alive`.
    pub fn keep_alive_timeout(&self) -> Option<u64> {
        split_list(self.fields.get_known(Known::KeepAlive)?).find_map(|parameter| {
            let (name, value) = str::from_utf8(parameter).ok()?.split_once('=')?;
            if name.trim_end().eq_ignore_ascii_case("timeout") {
                value.trim().parse().ok()
            } else {
                None
            }
        })
    }

    /// All fields, in the order in which they came.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.fields.iter()
    }

    /// The value of the first field of this name, in any case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields.get(name)
    }

    /// The value of the first field with this tag.
    pub fn get_known(&self, known: Known) -> Option<&[u8]> {
        self.fields.get_known(known)
    }
}
