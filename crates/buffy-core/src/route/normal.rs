//! The form in which paths and hosts are compared. What is forwarded is what came.

use std::borrow::Cow;

/// A request's path, decoded and without dot segments; borrowed where it has neither.
///
/// An encoded `/` stays `%2F`, since it bounds no segment, and an encoded `%` stays `%25`, so that
/// no two different paths become one.
pub(super) fn path(path: &str) -> Cow<'_, [u8]> {
    let bytes = path.as_bytes();
    let mut before = 0;
    let is_plain = bytes.iter().all(|&byte| {
        let is_plain = byte != b'%' && !(byte == b'.' && before == b'/');
        before = byte;
        is_plain
    });
    if is_plain {
        return bytes.into();
    }
    without_dots(&segment(path)).into()
}

/// A part of a path, decoded likewise.
pub(super) fn segment(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let encoded = after.split_at_checked(2).filter(|_| byte == b'%');
        match encoded.and_then(|(digits, after)| Some((hex(digits)?, after))) {
            Some((b'/', after)) => {
                decoded.extend_from_slice(b"%2F");
                rest = after;
            }
            Some((b'%', after)) => {
                decoded.extend_from_slice(b"%25");
                rest = after;
            }
            Some((byte, after)) => {
                decoded.push(byte);
                rest = after;
            }
            None => {
                decoded.push(byte);
                rest = after;
            }
        }
    }
    decoded
}

/// A host's name in lower case, without its port, brackets kept, the root's dot taken off.
pub(super) fn host(host: &str) -> Cow<'_, str> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return name.to_ascii_lowercase().into();
    }
    name.into()
}

/// RFC 3986 §5.2.4, for a path that begins with `/`.
fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut ends_in_dots = false;
    for segment in path.split(|&byte| byte == b'/').skip(1) {
        ends_in_dots = matches!(segment, b"." | b"..");
        match segment {
            b"." => {}
            b".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    if ends_in_dots {
        kept.push(b"");
    }
    let mut path = Vec::with_capacity(path.len());
    for segment in kept {
        path.push(b'/');
        path.extend_from_slice(segment);
    }
    path
}

fn hex(digits: &[u8]) -> Option<u8> {
    let mut value = 0;
    for &digit in digits {
        value = value * 16 + char::from(digit).to_digit(16)?;
    }
    u8::try_from(value).ok()
}
