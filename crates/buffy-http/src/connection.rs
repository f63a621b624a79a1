//! What Connection says (RFC 9110 §7.6.1).

use crate::Version;
use crate::fault::HeadError;
use crate::field::{Fields, split_list};

/// The options that mean something to us; those that name fields are marked on the fields.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    close: bool,
    keep_alive: bool,
    pub(crate) upgrade: bool,
}

impl Options {
    /// Takes in one Connection field, and marks the fields that it names. Returns how many options
    /// it had; each is compared with every field, so the caller bounds them.
    pub(crate) fn take(
        &mut self,
        head: &[u8],
        value: &[u8],
        fields: &mut Fields,
        options_max: usize,
    ) -> Result<usize, HeadError> {
        let mut options = 0;
        for option in split_list(value).filter(|option| !option.is_empty()) {
            options += 1;
            if options > options_max {
                return Err(HeadError::TooManyFields);
            }
            if option.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            } else {
                self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
                fields.mark_hop(head, option);
            }
        }
        Ok(options)
    }

    /// Whether the connection outlives this message (§9.3).
    pub(crate) fn keeps_alive(self, version: Version) -> bool {
        !self.close && (version == Version::Http11 || self.keep_alive)
    }
}
