//! Heads that are long, late, in pieces, or none at all.

use proptest::prelude::*;

use super::{check, parsed, told, told_within};
use crate::{Limits, RequestHead};

#[test]
fn limits() {
    let limits = Limits {
        head_bytes: 200,
        target_bytes: 20,
        fields: 3,
    };
    let check = |rule: &str, raw: &str, expected: &str| {
        assert_eq!(told_within(raw.as_bytes(), &limits), expected, "{rule}");
    };
    let target = |len: usize| "/".repeat(len);
    check(
        "a target as long as allowed",
        &format!("GET {} HTTP/1.0\r\n\r\n", target(20)),
        &format!("GET {} 1.0 - none", target(20)),
    );
    check(
        "too long",
        &format!("GET {} HTTP/1.0\r\n\r\n", target(21)),
        "414 TargetTooLong",
    );
    check(
        "too long, not whole",
        &format!("GET {}", target(21)),
        "414 TargetTooLong",
    );
    check(
        "before the head is",
        &format!("GET {}", target(500)),
        "414 TargetTooLong",
    );
    check("a method that never ends", &"A".repeat(21), "400 Method");
    check(
        "a method too long",
        &format!("{} / HTTP/1.0\r\n\r\n", "A".repeat(21)),
        "400 Method",
    );
    let value = |len: usize| format!("GET / HTTP/1.0\r\nX: {}\r\n\r\n", "a".repeat(len));
    check("a head as long as allowed", &value(177), "GET / 1.0 - none");
    check("a head too long", &value(178), "431 HeadTooLong");
    check(
        "a head too long, not whole",
        &value(300)[..200],
        "431 HeadTooLong",
    );
    check("not yet", &value(300)[..199], "more");
    let fields = |count: usize| format!("GET / HTTP/1.0\r\n{}\r\n", "X: a\r\n".repeat(count));
    check("fields", &fields(3), "GET / 1.0 - none");
    check("too many", &fields(4), "431 TooManyFields");
    check("too many, not whole", fields(4).trim_end(), "more");
    let many = Limits {
        fields: 1000,
        ..Limits::DEFAULT
    };
    assert_eq!(
        told_within(fields(1000).as_bytes(), &many),
        "GET / 1.0 - none"
    );
    assert_eq!(told(fields(129).as_bytes()), "431 TooManyFields");
}

#[test]
fn garbage_is_refused_as_soon_as_it_is_known() {
    check("a TLS hello", b"\x16\x03\x01\x02\x00\x01", "400 Control");
    check("its first byte", b"\x16", "400 Control");
    check("no method", "(", "400 Method");
    check(
        "a second line",
        "GET / HTTP/1.1\r\nX : a\r\n",
        "400 SpaceBeforeColon",
    );
    check(
        "HTTP/2 with prior knowledge",
        "PRI * HTTP/2.0\r\n",
        "505 Version",
    );
    check("not HTTP/1.1", "GET / HTTQ", "400 RequestLine");
    check("nothing yet", "", "more");
    check("nothing yet", "\r", "more");
    check("nothing yet", "\r\n", "more");
}

#[test]
fn a_head_is_reused_without_allocating_and_shrinks() {
    let raw = b"GET / HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\n\r\n";
    let mut head = parsed(raw);
    let before = head.heap_bytes();
    head.parse(raw, &mut 0, &Limits::DEFAULT).unwrap();
    assert_eq!(head.heap_bytes(), before);
    head.shrink();
    assert_eq!(head.heap_bytes(), raw.len() + 2 * 16 + "GET/".len());
    assert!(head.parse(b"\n", &mut 0, &Limits::DEFAULT).is_err());
    assert_eq!(
        (head.method(), head.fields().count()),
        ("", 0),
        "nothing is left of it"
    );
}

proptest! {
    #[test]
    fn a_head_may_arrive_in_any_pieces(
        names in prop::collection::vec("[a-zA-Z-]{1,12}", 0..8),
        value in "[ -~\t]{0,20}",
        cuts in prop::collection::vec(0usize..400, 0..12),
        leading in prop::bool::ANY,
    ) {
        let mut raw = if leading { b"\r\n".to_vec() } else { Vec::new() };
        raw.extend_from_slice(b"GET /c?d HTTP/1.1\r\nHost: a.test\r\n");
        for name in &names {
            raw.extend_from_slice(format!("X-{name}: {value}\r\n").as_bytes());
        }
        raw.extend_from_slice(b"\r\n");
        let end = raw.len();
        raw.extend_from_slice(b"and what follows");

        let mut ends: Vec<usize> = cuts.into_iter().filter(|cut| *cut < raw.len()).collect();
        ends.push(raw.len());
        ends.sort_unstable();
        let mut head = RequestHead::new();
        let mut from = 0;
        let mut found = None;
        for piece in ends {
            found = head.parse(&raw[..piece], &mut from, &Limits::DEFAULT).unwrap();
            prop_assert_eq!(found.is_some(), piece >= end);
            if found.is_some() {
                break;
            }
        }
        prop_assert_eq!(found, Some(end));
        prop_assert_eq!(head.target(), "/c?d");
        prop_assert_eq!((head.path(), head.query()), ("/c", Some("d")));
        prop_assert_eq!(head.fields().count(), names.len() + 1);
        let kept = head.fields().skip(1).all(|field| {
            field.value == value.trim_matches([' ', '\t']).as_bytes()
        });
        prop_assert!(kept);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let told = told(&bytes);
        prop_assert!(!told.is_empty());
    }
}
