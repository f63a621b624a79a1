//! The forms of a request target (§3.2): origin-form, absolute-form, and the asterisk.

use crate::fault::HeadError;
use crate::host;

/// Where the parts of a target are in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// The authority of an absolute-form, else empty: start and end.
    pub(super) authority: (usize, usize),
    /// Where the path begins: at the authority's end, or at 0.
    pub(super) path: usize,
    /// Where the `?` is, or the target's length.
    pub(super) query: usize,
}

impl Target {
    /// Tells the form, and refuses what is none.
    pub(super) fn read(method: &[u8], target: &[u8]) -> Result<Self, HeadError> {
        if !target
            .iter()
            .all(|&octet| octet.is_ascii_graphic() && octet != b'#')
        {
            return Err(HeadError::TargetOctet);
        }
        let query = memchr::memchr(b'?', target).unwrap_or(target.len());
        match target {
            [b'/', ..] => Ok(Self {
                authority: (0, 0),
                path: 0,
                query,
            }),
            b"*" if method == b"OPTIONS" => Ok(Self {
                authority: (0, 0),
                path: 0,
                query,
            }),
            _ => Self::read_absolute(target, query),
        }
    }

    fn read_absolute(target: &[u8], query: usize) -> Result<Self, HeadError> {
        let start = [b"http://".as_slice(), b"https://"]
            .into_iter()
            .find(|scheme| {
                target
                    .get(..scheme.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            })
            .map(<[u8]>::len)
            .ok_or(HeadError::Target)?;
        let rest = target.get(start..query).unwrap_or_default();
        let path = start + memchr::memchr(b'/', rest).unwrap_or(rest.len());
        if !host::is_host(target.get(start..path).unwrap_or_default()) {
            return Err(HeadError::Host);
        }
        Ok(Self {
            authority: (start, path),
            path,
            query,
        })
    }
}
