//! Content that is the same for everybody, and all that stands between the fields and it.

use crate::proxy::deliver::Framed;

/// What ends an answer that is the same for everybody: its length, the empty line, its content.
pub(in crate::proxy) struct Fixed {
    bytes: Vec<u8>,
    /// Where the content begins.
    content: usize,
    /// Answers of this status have no content.
    is_silent: bool,
}

impl Fixed {
    /// With an answer's status.
    pub(super) fn new(content: &[u8], status: u16) -> Self {
        let framed = Framed::of_bytes(content.len(), status);
        let mut bytes = Vec::new();
        framed.write(&mut bytes);
        bytes.extend_from_slice(b"\r\n");
        let start = bytes.len();
        bytes.extend_from_slice(content);
        Self {
            bytes,
            content: start,
            is_silent: framed == Framed::Nothing,
        }
    }

    /// The content alone.
    pub(super) fn content(&self) -> &[u8] {
        self.bytes.get(self.content..).unwrap_or_default()
    }

    /// What follows the fields, in an answer to a HEAD without the content.
    pub(super) fn end(&self, head_only: bool) -> &[u8] {
        let end = if head_only || self.is_silent {
            self.content
        } else {
            self.bytes.len()
        };
        self.bytes.get(..end).unwrap_or_default()
    }
}
