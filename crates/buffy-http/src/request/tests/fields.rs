//! Lines, fields and Host.

use super::{check, check_fields, parsed};

#[test]
fn lines_end_in_crlf() {
    check("a bare LF", "GET /c HTTP/1.1\nHost: a\n\n", "400 BareLf");
    check("a bare LF, at once", "GET /c HTTP/1.1\n", "400 BareLf");
    check("empty lines of bare LF, at once", "\n\n", "400 BareLf");
    check_fields("a bare LF among fields", "X: a\nY: b", "400 BareLf");
    check_fields(
        "a bare LF ends nothing",
        "X: a\n\nGET /d HTTP/1.1",
        "400 BareLf",
    );
    check("a bare CR, at once", "GET /c HTTP/1.1\rH", "400 BareCr");
    check_fields("a bare CR in a value", "X: a\rb", "400 BareCr");
    check_fields("CR CR LF", "X: a\r", "400 BareCr");
}

#[test]
fn fields_are_strict() {
    let good = "POST /c 1.1 a.test none";
    check_fields("no space before the colon", "X : a", "400 SpaceBeforeColon");
    check_fields("no tab before the colon", "X\t: a", "400 SpaceBeforeColon");
    check_fields("no obs-fold", "X: a\r\n b", "400 Fold");
    check_fields("no obs-fold of tabs", "X:\r\n\tb", "400 Fold");
    check(
        "no space before the first",
        "GET /c HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n",
        "400 Fold",
    );
    check_fields("a colon there is", "broken", "400 FieldName");
    check_fields("a name there is", ": a", "400 FieldName");
    check_fields("names are tokens", "X(A): b", "400 FieldName");
    check_fields("names have no control", "X\x01A: b", "400 FieldName");
    check_fields("names are ASCII", "X\u{e9}: b", "400 FieldName");
    check_fields("no NUL", "X: a\0b", "400 FieldValue");
    check_fields("no control", "X: a\x0bb", "400 FieldValue");
    check_fields("no DEL", "X: a\x7f", "400 FieldValue");
    check_fields("tabs pass", "X: a\tb", good);
    check_fields("obs-text passes", b"X: caf\xc3\xa9 \xff", good);
    check_fields("an empty value", "X:", good);

    let head =
        parsed(b"GET / HTTP/1.1\r\nHost:\t a \t\r\nx-A:  1 2\t\r\nX-a: \xff\r\nE: \t\r\n\r\n");
    let fields: Vec<(&[u8], &[u8])> = head
        .fields()
        .map(|field| (field.name, field.value))
        .collect();
    let expected: [(&[u8], &[u8]); 4] = [
        (b"Host", b"a"),
        (b"x-A", b"1 2"),
        (b"X-a", b"\xff"),
        (b"E", b""),
    ];
    assert_eq!(
        fields, expected,
        "OWS trimmed; order, case and duplicates kept"
    );
    assert_eq!(head.get("x-a"), Some(b"1 2".as_slice()));
}

#[test]
fn one_host() {
    let check_host = |rule: &str, value: &str, expected: &str| {
        check(
            rule,
            format!("GET / HTTP/1.1\r\nHost: {value}\r\n\r\n"),
            expected,
        );
    };
    check("on 1.1", "GET / HTTP/1.1\r\n\r\n", "400 HostMissing");
    check("on 1.0 none", "GET / HTTP/1.0\r\n\r\n", "GET / 1.0 - none");
    check(
        "on 1.0 one",
        "GET / HTTP/1.0\r\nhOST: a\r\n\r\n",
        "GET / 1.0 a none",
    );
    check(
        "on 1.0 not two",
        "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
        "400 HostRepeated",
    );
    check_fields("not two", "Host: b.test", "400 HostRepeated");
    check_fields("not the same twice", "host: a.test", "400 HostRepeated");
    for host in "a.test:8443|127.0.0.1|[::1]|[2001:db8::1]:80|a_b|a%20b|a:".split('|') {
        check_host("valid", host, &format!("GET / 1.1 {host} none"));
    }
    let bad = "|a b|a@b|a/b|a?b|a#b|a\\b|a,b:x|:80|a:65536|a:+1|a:1:2|[::1|[::1]x|[a]|::1|a%2|a%zz|\
        <a>|a\"b|\u{e9}";
    for host in bad.split('|') {
        check_host("not valid", host, "400 Host");
    }
}
