//! The trailer section: read under the rules for fields, and what of it may be forwarded.

use httparse::Status;

use crate::Limits;
use crate::fault::HeadError;
use crate::field::Known;
use crate::lines;

/// A trailer's name and value.
pub type Trailer = (Vec<u8>, Vec<u8>);

/// The fields of a whole trailer section, its empty line included, that may be forwarded.
pub(crate) fn read(section: &[u8], limits: &Limits) -> Result<Vec<Trailer>, HeadError> {
    let mut room = vec![httparse::EMPTY_HEADER; limits.fields];
    match httparse::parse_headers(section, &mut room) {
        Ok(Status::Complete((_, found))) => Ok(found
            .iter()
            .filter(|field| may_trail(field.name.as_bytes()))
            .map(|field| (field.name.as_bytes().to_vec(), field.value.to_vec()))
            .collect()),
        Err(httparse::Error::TooManyHeaders) => Err(HeadError::TooManyFields),
        Ok(Status::Partial) | Err(_) => {
            Err(lines::field_fault(section).unwrap_or(HeadError::FieldName))
        }
    }
}

/// Whether a field may come after the body: not one that frames the message, routes it, controls or
/// authenticates the request, or says how to read the body (RFC 9110 §6.5.1). Whoever got the head
/// has acted on those already.
fn may_trail(name: &[u8]) -> bool {
    // Some readers, by way of CGI's variables, take `_` for `-`.
    let name: Vec<u8> = name
        .iter()
        .map(|&octet| if octet == b'_' { b'-' } else { octet })
        .collect();
    Known::of(&name) == Known::Other
        && !FORBIDDEN
            .iter()
            .any(|forbidden| name.eq_ignore_ascii_case(forbidden.as_bytes()))
}

/// Beside those with a tag, none of which may trail.
const FORBIDDEN: [&str; 23] = [
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-range",
    "cookie",
    "expires",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "referer",
    "set-cookie",
    "strict-transport-security",
    "user-agent",
    "vary",
    "warning",
    "www-authenticate",
    "x-real-ip",
    "x-http-method-override",
];
