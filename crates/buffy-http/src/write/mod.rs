//! Heads and chunks, written to the end of a buffer. Nothing is formatted and nothing allocated
//! beyond the buffer's growth.
//!
//! Names, values and targets are written as they are: they come from a head that was read here, or
//! from a configuration that was checked, so they hold no CR or LF.

#[cfg(test)]
mod tests;

use crate::Trailer;

/// `METHOD TARGET HTTP/1.1`, which is what we speak whatever the other side does.
pub fn request_line(out: &mut Vec<u8>, method: &str, target: &str) {
    clean(method.as_bytes());
    clean(target.as_bytes());
    out.extend_from_slice(method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// `HTTP/1.1 CODE REASON`; without a reason the usual one.
pub fn status_line(out: &mut Vec<u8>, code: u16, reason: Option<&[u8]>) {
    let reason = reason.unwrap_or(reason_phrase(code).as_bytes());
    clean(reason);
    out.extend_from_slice(b"HTTP/1.1 ");
    decimal(out, u64::from(code));
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

/// One field.
pub fn field(out: &mut Vec<u8>, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
    clean(name.as_ref());
    clean(value.as_ref());
    out.extend_from_slice(name.as_ref());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_ref());
    out.extend_from_slice(b"\r\n");
}

/// One field whose value is a number: Content-Length, Retry-After and the like.
pub fn field_u64(out: &mut Vec<u8>, name: impl AsRef<[u8]>, value: u64) {
    clean(name.as_ref());
    out.extend_from_slice(name.as_ref());
    out.extend_from_slice(b": ");
    decimal(out, value);
    out.extend_from_slice(b"\r\n");
}

/// The empty line that ends a head.
pub fn end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// One chunk (§7.1). Nothing for an empty payload, because an empty chunk is the last one.
pub fn chunk(out: &mut Vec<u8>, payload: &[u8]) {
    if payload.is_empty() {
        return;
    }
    chunk_size(out, payload.len());
    out.extend_from_slice(payload);
    out.extend_from_slice(b"\r\n");
}

/// The line before a chunk's data, for those who send the data and the CR LF after it themselves.
pub fn chunk_size(out: &mut Vec<u8>, len: usize) {
    digits(out, len as u64, 16);
    out.extend_from_slice(b"\r\n");
}

/// The last chunk, the trailers if there are any, and the end of the body.
pub fn last_chunk(out: &mut Vec<u8>, trailers: &[Trailer]) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers {
        field(out, name, value);
    }
    end(out);
}

/// The usual reason for a status (RFC 9110 §15), empty for those without one.
pub fn reason_phrase(code: u16) -> &'static str {
    match code {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        511 => "Network Authentication Required",
        _ => "",
    }
}

/// A number in decimal, appended to a buffer of bytes.
pub fn decimal(out: &mut Vec<u8>, value: u64) {
    digits(out, value, 10);
}

fn digits(out: &mut Vec<u8>, mut value: u64, base: u64) {
    let start = out.len();
    loop {
        let digit = u8::try_from(value % base).unwrap_or_default();
        out.push(if digit < 10 {
            b'0' + digit
        } else {
            b'a' - 10 + digit
        });
        value /= base;
        if value == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

fn clean(text: &[u8]) {
    debug_assert!(
        !text.iter().any(|octet| b"\r\n\0".contains(octet)),
        "a line would be split"
    );
}
