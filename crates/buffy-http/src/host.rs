//! What may stand in Host and in the authority of a target (§3.2, RFC 3986 §3.2).

use std::net::Ipv6Addr;
use std::str;

/// Whether `authority` is a host with perhaps a port, and nothing else: no userinfo.
pub(crate) fn is_host(authority: &[u8]) -> bool {
    if let Some(literal) = authority.strip_prefix(b"[") {
        return is_bracketed(literal);
    }
    let mut parts = authority.splitn(2, |&octet| octet == b':');
    let name = parts.next().unwrap_or_default();
    !name.is_empty() && is_name(name) && parts.next().is_none_or(is_port)
}

/// An IPv6 address, its closing bracket, and perhaps a port.
fn is_bracketed(literal: &[u8]) -> bool {
    let mut parts = literal.splitn(2, |&octet| octet == b']');
    let address = parts
        .next()
        .and_then(|address| str::from_utf8(address).ok());
    let is_address = address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    let rest_is_port = match parts.next() {
        None => false,
        Some([]) => true,
        Some([b':', port @ ..]) => is_port(port),
        Some(_) => false,
    };
    is_address && rest_is_port
}

/// Unreserved, sub-delims and percent-encoded octets.
fn is_name(name: &[u8]) -> bool {
    let mut rest = name;
    while let [octet, tail @ ..] = rest {
        rest = match octet {
            b'%' => match tail {
                [high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    tail
                }
                _ => return false,
            },
            octet if octet.is_ascii_alphanumeric() => tail,
            octet if b"-._~!$&'()*+,;=".contains(octet) => tail,
            _ => return false,
        };
    }
    true
}

/// Digits of a number below 65536, or none at all, which means the scheme's own port.
fn is_port(port: &[u8]) -> bool {
    port.is_empty()
        || (port.iter().all(u8::is_ascii_digit)
            && str::from_utf8(port).is_ok_and(|port| port.parse::<u16>().is_ok()))
}
