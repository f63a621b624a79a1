//! Heads: no bytes make the parsers panic, and it does not matter in which pieces they arrive.

use std::fmt::Debug;

use buffy_http::{Field, HeadError, Limits, RequestHead, ResponseHead};

use crate::pieces;

/// Reads `bytes` as the head of a request and of a response, within wide limits and narrow ones.
pub fn head_parse(bytes: &[u8]) {
    let narrow = Limits {
        head_bytes: 80,
        target_bytes: 12,
        fields: 3,
    };
    for limits in [Limits::DEFAULT, narrow] {
        let mut request = RequestHead::new();
        let whole = request.parse(bytes, &mut 0, &limits);
        check(bytes, &limits, &whole, request.fields());
        check_request(&request, &limits);
        let mut pieced = RequestHead::new();
        let outcome = arriving(bytes, whole.is_err(), |part, from| {
            pieced.parse(part, from, &limits)
        });
        check_same(&whole, &outcome, || {
            describe_request(&request) == describe_request(&pieced)
        });

        let mut response = ResponseHead::new();
        let whole = response.parse(bytes, &mut 0, &limits);
        check(bytes, &limits, &whole, response.fields());
        let mut pieced = ResponseHead::new();
        let outcome = arriving(bytes, whole.is_err(), |part, from| {
            pieced.parse(part, from, &limits)
        });
        check_same(&whole, &outcome, || {
            describe_response(&response) == describe_response(&pieced)
        });
    }
}

type Outcome = Result<Option<usize>, HeadError>;

/// Feeds `bytes` in pieces until there is a head, a fault, or no more. What is refused when it
/// comes at once may still be waited for when it comes in pieces, but not once its line has ended.
fn arriving(
    bytes: &[u8],
    refused: bool,
    mut parse: impl FnMut(&[u8], &mut usize) -> Outcome,
) -> Outcome {
    let (mut from, mut come) = (0, 0);
    let mut outcome = Ok(None);
    for piece in pieces(bytes) {
        come = bytes.len().min(come + piece);
        outcome = parse(&bytes[..come], &mut from);
        if come == bytes.len() || outcome != Ok(None) {
            break;
        }
    }
    if refused && outcome == Ok(None) {
        outcome = parse(&[bytes, b"\r\n\r\n"].concat(), &mut from);
    }
    outcome
}

/// A fault may be another one when it is met earlier, but a head is the same head.
fn check_same(whole: &Outcome, pieced: &Outcome, same_head: impl FnOnce() -> bool) {
    assert_eq!(whole.is_err(), pieced.is_err(), "{whole:?} {pieced:?}");
    if let (Ok(whole), Ok(pieced)) = (whole, pieced) {
        assert_eq!(whole, pieced);
        assert!(same_head());
    }
}

fn check<'a>(
    bytes: &[u8],
    limits: &Limits,
    outcome: &Outcome,
    fields: impl Iterator<Item = Field<'a>>,
) {
    let fields: Vec<Field<'_>> = fields.collect();
    let Ok(Some(end)) = outcome else {
        assert!(
            fields.is_empty(),
            "a head that was refused, or is not whole, says nothing"
        );
        return;
    };
    assert!(*end <= bytes.len() && *end <= limits.head_bytes + 2);
    assert!(bytes[..*end].ends_with(b"\r\n\r\n"));
    assert!(fields.len() <= limits.fields);
    for Field { name, value, .. } in fields {
        assert!(!name.is_empty() && name.iter().all(u8::is_ascii_graphic));
        assert!(!value.iter().any(|octet| b"\r\n\0".contains(octet)));
        assert!(!value.starts_with(b" ") && !value.ends_with(b"\t"));
    }
}

fn check_request(head: &RequestHead, limits: &Limits) {
    assert!(head.target().len() <= limits.target_bytes);
    assert!(head.target().bytes().all(|octet| octet.is_ascii_graphic()));
    let forwarded = head.origin_form_target();
    assert!(
        forwarded.starts_with('/')
            || head.method() == "OPTIONS" && forwarded == "*"
            || head.method().is_empty()
    );
}

fn describe_request(head: &RequestHead) -> impl PartialEq + Debug {
    let fields: Vec<(Vec<u8>, Vec<u8>, bool)> = head
        .fields()
        .map(|field| (field.name.to_vec(), field.value.to_vec(), field.hop))
        .collect();
    let line = [
        head.method(),
        head.target(),
        head.path(),
        head.query().unwrap_or("-"),
    ]
    .join(" ");
    (
        line,
        head.host().map(String::from),
        head.framing(),
        head.keep_alive(),
        fields,
    )
}

fn describe_response(head: &ResponseHead) -> impl PartialEq + Debug {
    let fields: Vec<(Vec<u8>, Vec<u8>, bool)> = head
        .fields()
        .map(|field| (field.name.to_vec(), field.value.to_vec(), field.hop))
        .collect();
    (
        head.status(),
        head.reason().to_vec(),
        head.framing(false),
        head.keep_alive(),
        fields,
    )
}
