//! What may stand in Host and in the authority of a target (§3.2, RFC 3986 §3.2).

use std::net::Ipv6Addr;
use std::str;

/// Whether `authority` is a host with perhaps a port, and nothing else: no userinfo.
pub(crate) fn is_host(authority: &[u8]) -> bool {
    if let Some(literal) = authority.strip_prefix(b"[") {
        return is_bracketed(literal);
    }
    match skip_name(authority) {
        rest if rest.len() == authority.len() => false,
        [] => true,
        [b':', port @ ..] => is_port(port),
        _ => false,
    }
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

/// Unreserved and sub-delims, by octet: what a name may have beside percent-encoded octets.
#[expect(
    // tidy-allow(unwrap): nothing of it runs.
    clippy::indexing_slicing,
    reason = "computed by the compiler, which checks"
)]
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let octets = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=";
    let mut at = 0;
    while at < octets.len() {
        plain[octets[at] as usize] = true;
        at += 1;
    }
    plain
};

/// What comes behind the unreserved, sub-delims and percent-encoded octets that it begins with.
fn skip_name(authority: &[u8]) -> &[u8] {
    let is_plain = |octet: &u8| PLAIN.get(usize::from(*octet)).copied().unwrap_or(false);
    let mut rest = authority;
    while let Some(at) = rest.iter().position(|octet| !is_plain(octet)) {
        rest = rest.get(at..).unwrap_or_default();
        rest = match rest {
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                tail
            }
            _ => return rest,
        };
    }
    &[]
}

/// Digits of a number below 65536, or none at all, which means the scheme's own port.
fn is_port(port: &[u8]) -> bool {
    let number = port.iter().try_fold(0_u16, |number, octet| {
        let digit = octet.is_ascii_digit().then(|| u16::from(octet - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    });
    number.is_some()
}
