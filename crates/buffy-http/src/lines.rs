//! The lines of a head: where it ends, and that each of its lines ends in CR LF (§2.2).

use std::mem::MaybeUninit;

use httparse::Header;
use memchr::memchr2;

use crate::Limits;
use crate::fault::HeadError;

/// How far the lines of a head have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// The head ends before this offset.
    Complete(usize),
    /// More is needed. Whether a line ended among the bytes that were looked at.
    Partial { line_ended: bool },
}

/// Looks for the empty line that ends the head which begins at `start`.
///
/// `from` is how far an earlier call came on a prefix of the same bytes, and is moved on, so that
/// a head which arrives byte by byte is looked at once.
pub(crate) fn scan(input: &[u8], start: usize, from: &mut usize) -> Result<Scan, HeadError> {
    let mut line_ended = false;
    let mut at = start.max(*from);
    loop {
        let Some(step) = memchr2(b'\r', b'\n', input.get(at..).unwrap_or_default()) else {
            *from = input.len();
            return Ok(Scan::Partial { line_ended });
        };
        let end = at + step;
        if input.get(end) == Some(&b'\n') {
            return Err(HeadError::BareLf);
        }
        match input.get(end + 1) {
            Some(b'\n') => {}
            Some(_) => return Err(HeadError::BareCr),
            None => {
                *from = end;
                return Ok(Scan::Partial { line_ended });
            }
        }
        if end == start {
            return Err(HeadError::EmptyLine);
        }
        if input.get(end - 1) == Some(&b'\n') {
            *from = 0;
            return Ok(Scan::Complete(end + 2));
        }
        line_ended = true;
        at = end + 2;
    }
}

/// Whether there is an octet that no line of a head may have: a control other than tab, CR, LF.
pub(crate) fn has_control(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .any(|octet| octet.is_ascii_control() && !b"\t\r\n".contains(octet))
}

/// Why the fields in `lines` are refused, or `None` if nothing is wrong with those that are whole.
pub(crate) fn field_fault(lines: &[u8]) -> Option<HeadError> {
    lines
        .split_inclusive(|&octet| octet == b'\n')
        .filter_map(|line| line.strip_suffix(b"\r\n"))
        .take_while(|line| !line.is_empty())
        .find_map(line_fault)
}

fn line_fault(line: &[u8]) -> Option<HeadError> {
    if let [b' ' | b'\t', ..] = line {
        return Some(HeadError::Fold);
    }
    let mut halves = line.splitn(2, |&octet| octet == b':');
    let (Some(name), Some(value)) = (halves.next(), halves.next()) else {
        return Some(HeadError::FieldName);
    };
    if let [.., b' ' | b'\t'] = name {
        Some(HeadError::SpaceBeforeColon)
    } else if name.is_empty() || !name.iter().all(|&octet| crate::field::is_token(octet)) {
        Some(HeadError::FieldName)
    } else if has_control(value) {
        Some(HeadError::FieldValue)
    } else {
        None
    }
}

/// Calls `read` with room for as many fields as the limits allow; on the stack up to the default.
pub(crate) fn with_fields<'b, T>(
    limits: &Limits,
    read: impl FnOnce(&mut [MaybeUninit<Header<'b>>]) -> T,
) -> T {
    let mut few = [const { MaybeUninit::uninit() }; Limits::DEFAULT.fields];
    if let Some(room) = few.get_mut(..limits.fields) {
        return read(room);
    }
    let mut many = Vec::new();
    many.resize_with(limits.fields, MaybeUninit::uninit);
    read(&mut many)
}
