//! One row per rule for responses, named after the rule.

use proptest::prelude::*;

use super::ResponseHead;
use crate::{Field, HeadError, Known, Limits, ResponseFraming, Version};

/// What a head says, in a line: status, version, framing of the answer to a GET; or the fault.
fn told(raw: &[u8]) -> String {
    let mut head = ResponseHead::new();
    match head.parse(raw, &mut 0, &Limits::DEFAULT) {
        Ok(None) => "more".into(),
        Err(fault) => format!("{fault:?}"),
        Ok(Some(_)) => {
            let framing = match head.framing(false) {
                ResponseFraming::None => "none".into(),
                ResponseFraming::Length(length) => length.to_string(),
                ResponseFraming::Chunked => "chunked".into(),
                ResponseFraming::Close => "close".into(),
            };
            let version = if head.version() == Version::Http11 {
                "1.1"
            } else {
                "1.0"
            };
            format!("{} {version} {framing}", head.status())
        }
    }
}

#[track_caller]
fn check(rule: &str, raw: impl AsRef<[u8]>, expected: &str) {
    let raw = raw.as_ref();
    assert_eq!(told(raw), expected, "{rule}: {}", raw.escape_ascii());
}

/// A status line, with no fields.
#[track_caller]
fn check_line(rule: &str, line: impl AsRef<[u8]>, expected: &str) {
    check(rule, [line.as_ref(), b"\r\n\r\n"].concat(), expected);
}

/// Fields of a 200.
#[track_caller]
fn check_fields(rule: &str, fields: impl AsRef<[u8]>, expected: &str) {
    check(
        rule,
        [b"HTTP/1.1 200 OK\r\n", fields.as_ref(), b"\r\n\r\n"].concat(),
        expected,
    );
}

fn parsed(raw: &[u8]) -> ResponseHead {
    let mut head = ResponseHead::new();
    let end = head.parse(raw, &mut 0, &Limits::DEFAULT).unwrap();
    assert_eq!(end, Some(raw.len()));
    head
}

#[test]
fn status_line() {
    check_line("HTTP/1.1", "HTTP/1.1 200 OK", "200 1.1 close");
    check_line("HTTP/1.0", "HTTP/1.0 200 OK", "200 1.0 close");
    check_line("no other version", "HTTP/2.0 200 OK", "Version");
    check_line("no other protocol", "ICY 200 OK", "Version");
    check_line("100 to 599", "HTTP/1.1 100 Continue", "100 1.1 none");
    check_line("100 to 599", "HTTP/1.1 599 Odd", "599 1.1 close");
    check_line("not below", "HTTP/1.1 099 Odd", "StatusLine");
    check_line("not above", "HTTP/1.1 600 Odd", "StatusLine");
    check_line("three digits", "HTTP/1.1 20 OK", "StatusLine");
    check_line("three digits", "HTTP/1.1 2000 OK", "StatusLine");
    check_line("three digits", "HTTP/1.1 2x0 OK", "StatusLine");
    check_line("one space", "HTTP/1.1  200 OK", "StatusLine");
    check_line("no reason", "HTTP/1.1 200 ", "200 1.1 close");
    check_line("not even its space", "HTTP/1.1 200", "200 1.1 close");
    check_line("no control in it", "HTTP/1.1 200 O\x01K", "StatusLine");
    check(
        "no empty line before it",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "EmptyLine",
    );
    check("garbage, at once", "SSH-2.0", "StatusLine");
    check("a control, at once", "HTTP/1.1 \0", "Control");
    check("nothing wrong yet", "HTTP/1.1 20", "more");
    assert_eq!(parsed(b"HTTP/1.1 404 Nix da\r\n\r\n").reason(), b"Nix da");
    assert_eq!(parsed(b"HTTP/1.1 404 caf\xe9\r\n\r\n").reason(), b"caf\xe9");
    assert_eq!(parsed(b"HTTP/1.1 404\r\n\r\n").reason(), b"");
}

#[test]
fn fields_are_strict_but_for_folds() {
    let good = "200 1.1 close";
    check("a bare LF", "HTTP/1.1 200 OK\nX: a\n\n", "BareLf");
    check_fields("a bare LF among fields", "X: a\nY: b", "BareLf");
    check_fields("a bare CR", "X: a\rb", "BareCr");
    check_fields("no space before the colon", "X : a", "SpaceBeforeColon");
    check_fields("a name there is", ": a", "FieldName");
    check_fields("a colon there is", "a", "FieldName");
    check_fields("no NUL", "X: a\0b", "FieldValue");
    check_fields("obs-text passes", b"X: \xff", good);
    check_fields("no underscore", "Content_Length: 1", "FramingName");
    check_fields("a fold", "X: a\r\n b", good);
    check_fields("a fold hides no field", "X: a\r\n Content-Length: 5", good);
    check_fields("a folded length", "Content-Length:\r\n 5", "200 1.1 5");
    check_fields(
        "two lengths, folded",
        "Content-Length: 5\r\n 6",
        "ContentLength",
    );
    check_fields("nothing to fold", " X: a", "Fold");

    let head = parsed(b"HTTP/1.1 200 OK\r\nX: a \t\r\n\t  b\r\n c\r\nY:\r\n d\r\n\r\n");
    let fields: Vec<&[u8]> = head.fields().map(|field| field.value).collect();
    assert_eq!(
        fields,
        [b"a b c".as_slice(), b"d"],
        "each fold is one space"
    );
}

#[test]
fn framing() {
    let chunked = "Transfer-Encoding: chunked";
    check_fields("a length", "Content-Length: 5", "200 1.1 5");
    check_fields("zero", "Content-Length: 0", "200 1.1 0");
    check_fields(
        "equal ones collapse",
        "Content-Length: 5\r\ncontent-length: 5",
        "200 1.1 5",
    );
    check_fields(
        "two",
        "Content-Length: 5\r\nContent-Length: 6",
        "ContentLengthsDiffer",
    );
    for value in ["", "-1", "+1", "1 1", "5, 5", "0x1", "9223372036854775808"] {
        check_fields(
            "malformed",
            format!("Content-Length: {value}"),
            "ContentLength",
        );
    }
    check_fields("chunked", chunked, "200 1.1 chunked");
    check_fields(
        "other codings",
        "Transfer-Encoding: gzip",
        "TransferEncoding",
    );
    check_fields(
        "before chunked too",
        "Transfer-Encoding: gzip, chunked",
        "TransferCoding",
    );
    check_fields(
        "both",
        format!("Content-Length: 5\r\n{chunked}"),
        "BothFramings",
    );
    check(
        "HTTP/1.0",
        format!("HTTP/1.0 200 OK\r\n{chunked}\r\n\r\n"),
        "TransferEncodingIn10",
    );
    check_fields("neither: to the close", "X: a", "200 1.1 close");
}

#[test]
fn no_body_whatever_the_fields_say() {
    for status in [100, 101, 103, 199, 204, 304] {
        let raw = format!("HTTP/1.1 {status} A\r\nContent-Length: 5\r\n\r\n");
        check("no body", raw, &format!("{status} 1.1 none"));
    }
    let head = parsed(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(head.framing(true), ResponseFraming::None, "to HEAD");
    assert_eq!(head.content_length(), Some(5));
    let head = parsed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(head.framing(true), ResponseFraming::None, "to HEAD");
    assert_eq!(head.content_length(), None);
}

#[test]
fn duplicates_keep_their_order_and_number() {
    let head = parsed(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nX: b\r\nset-cookie: c\r\nSet-Cookie: a\r\n\r\n",
    );
    let cookies: Vec<&[u8]> = head
        .fields()
        .filter(|field| field.name.eq_ignore_ascii_case(b"set-cookie"))
        .map(|field| field.value)
        .collect();
    assert_eq!(cookies, [b"a".as_slice(), b"c", b"a"]);
}

#[test]
fn connection() {
    let head = parsed(
        b"HTTP/1.1 200 OK\r\nConnection: x-a\r\nX-A: 1\r\n\
        Keep-Alive: timeout=5, max=9\r\nX: 2\r\n\r\n",
    );
    let left: Vec<Field<'_>> = head.fields().filter(|field| !field.hop).collect();
    assert_eq!(
        left,
        [Field {
            known: Known::Other,
            name: b"X",
            value: b"2",
            hop: false
        }]
    );
    assert!(head.keep_alive());
    assert_eq!(head.keep_alive_timeout(), Some(5));
    let head =
        parsed(b"HTTP/1.1 200 OK\r\nKeep-Alive: max=9, Timeout = 7\r\nConnection: close\r\n\r\n");
    assert!(!head.keep_alive());
    assert_eq!(head.keep_alive_timeout(), Some(7));
    assert!(!parsed(b"HTTP/1.0 200 OK\r\n\r\n").keep_alive());
    assert!(parsed(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n").keep_alive());
    assert_eq!(
        parsed(b"HTTP/1.0 200 OK\r\nKeep-Alive: x\r\n\r\n").keep_alive_timeout(),
        None
    );
}

#[test]
fn limits() {
    let limits = Limits {
        head_bytes: 100,
        target_bytes: 10,
        fields: 2,
    };
    let parse = |raw: &str| ResponseHead::new().parse(raw.as_bytes(), &mut 0, &limits);
    let head = |len: usize| format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(len));
    assert_eq!(parse(&head(76)), Ok(Some(100)));
    assert_eq!(parse(&head(77)), Err(HeadError::HeadTooLong));
    assert_eq!(
        parse(&head(77)[..100]),
        Err(HeadError::HeadTooLong),
        "before it is whole"
    );
    assert_eq!(parse(&head(77)[..99]), Ok(None));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X:a\r\n".repeat(3));
    assert_eq!(parse(&many), Err(HeadError::TooManyFields));
}

proptest! {
    #[test]
    fn a_head_may_arrive_in_any_pieces(
        values in prop::collection::vec("[!-~]([ -~]{0,9}[!-~])?", 0..8),
        cuts in prop::collection::vec(0usize..200, 0..12),
    ) {
        let mut raw = b"HTTP/1.1 200 OK\r\n".to_vec();
        for value in &values {
            raw.extend_from_slice(format!("X: {value}\r\n").as_bytes());
        }
        raw.extend_from_slice(b"\r\n");
        let end = raw.len();
        raw.extend_from_slice(b"HTTP/1.1 404 Next\r\n\r\n");

        let mut ends: Vec<usize> = cuts.into_iter().filter(|cut| *cut < raw.len()).collect();
        ends.push(raw.len());
        ends.sort_unstable();
        let mut head = ResponseHead::new();
        let mut from = 0;
        for piece in ends {
            let found = head.parse(&raw[..piece], &mut from, &Limits::DEFAULT).unwrap();
            prop_assert_eq!(found, (piece >= end).then_some(end));
            if found.is_some() {
                break;
            }
        }
        let told: Vec<&[u8]> = head.fields().map(|field| field.value).collect();
        let expected: Vec<&[u8]> = values.iter().map(String::as_bytes).collect();
        prop_assert_eq!(told, expected);
    }
}
