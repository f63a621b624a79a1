//! Signed bypasses of a closed gate, in requests: found, and taken out before anything is forwarded.

use std::borrow::Cow;

use buffy_http::{Field, write};

use super::request::Request;
use super::site::Forwarding;
use crate::clock;

/// The way among an endpoint's whose gate the request may pass, by a value that it brings.
pub(super) fn way(request: &Request, ways: &[Forwarding]) -> Option<usize> {
    let seconds = || clock::unix_ms() / 1000;
    ways.iter().position(|one| {
        one.signer.as_ref().is_some_and(|known| {
            let mut brought = values(request, known.header());
            brought.any(|value| known.knows(value, seconds()))
        })
    })
}

/// Appends a field of a request, without what lets a request pass a gate.
pub(super) fn write_field(field: &Field<'_>, carriers: &[String], out: &mut Vec<u8>) {
    let is_one = |name: &[u8]| {
        let mut names = carriers.iter().map(String::as_bytes);
        names.any(|carrier| carrier.eq_ignore_ascii_case(name))
    };
    if carriers.is_empty() {
        write::field(out, field.name, field.value);
    } else if field.name.eq_ignore_ascii_case(b"cookie") {
        let value = without(field.value, is_one);
        if !value.is_empty() {
            write::field(out, field.name, &value);
        }
    } else if !is_one(field.name) {
        write::field(out, field.name, field.value);
    }
}

/// What a request says under this name, in its fields and its cookies.
fn values<'r>(request: &'r Request, name: &'r str) -> impl Iterator<Item = &'r [u8]> {
    let name = name.as_bytes();
    request.head.fields().flat_map(move |field| {
        let own = field.name.eq_ignore_ascii_case(name).then_some(field.value);
        let jar = field.name.eq_ignore_ascii_case(b"cookie");
        let cookies = jar.then(|| cookies(field.value)).into_iter().flatten();
        let named = cookies.filter(move |(_, own, _)| own.eq_ignore_ascii_case(name));
        own.into_iter().chain(named.map(|(_, _, value)| value))
    })
}

/// The cookies of a `Cookie` field (RFC 6265 §4.2.1): each as it stands there, its name, its value.
fn cookies(field: &[u8]) -> impl Iterator<Item = (&[u8], &[u8], &[u8])> {
    field.split(|&byte| byte == b';').map(|pair| {
        let mut parts = pair.splitn(2, |&byte| byte == b'=');
        let name = parts.next().unwrap_or_default().trim_ascii();
        let value = parts.next().unwrap_or_default().trim_ascii();
        (pair, name, value)
    })
}

/// A `Cookie` field without some cookies; empty where none is left.
fn without(field: &[u8], carries: impl Fn(&[u8]) -> bool) -> Cow<'_, [u8]> {
    if !cookies(field).any(|(_, name, _)| carries(name)) {
        return field.into();
    }
    let kept: Vec<&[u8]> = cookies(field)
        .filter(|(_, name, _)| !carries(name))
        .map(|(pair, _, _)| pair.trim_ascii())
        .collect();
    kept.join(&b"; "[..]).into()
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn one_cookie_is_taken_out_and_the_others_stay() {
        let carries = |name: &[u8]| name.eq_ignore_ascii_case(b"pass");
        for (field, expected) in [
            ("", ""),
            ("a=1; b=2", "a=1; b=2"),
            ("a=1;b=2 ;;", "a=1;b=2 ;;"),
            ("pass=x", ""),
            ("pass=x; a=1", "a=1"),
            ("a=1; PASS=x;b=2", "a=1; b=2"),
            ("a=pass; pass=x=y; c", "a=pass; c"),
            ("pass", ""),
            ("passe=1", "passe=1"),
        ] {
            let left = without(field.as_bytes(), carries);
            assert_eq!(left.as_ref(), expected.as_bytes(), "{field}");
        }
    }
}
