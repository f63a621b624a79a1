//! Content-Length, Transfer-Encoding, and what Connection may not do to them.

use super::{check, check_fields, check_line, parsed};
use crate::{Field, Framing};

#[test]
fn content_length() {
    check_fields("digits", "Content-Length: 5", "POST /c 1.1 a.test 5");
    check_fields("zero", "Content-Length: 0", "POST /c 1.1 a.test 0");
    check_fields("in any case", "cONTENT-lENGTH:5", "POST /c 1.1 a.test 5");
    check_fields(
        "leading zeros",
        "Content-Length: 005",
        "POST /c 1.1 a.test 5",
    );
    check_fields("no body", "X: a", "POST /c 1.1 a.test none");
    let largest = format!("POST /c 1.1 a.test {}", i64::MAX);
    check_fields(
        "no overflow",
        format!("Content-Length: {}", i64::MAX),
        &largest,
    );
    let bad = "|-1|+5|0x5|5a|5.0|5 5|5, 5|5,6|0_5|-0|5;|\"5\"|\u{665}|\
        9223372036854775808|18446744073709551621|99999999999999999999999";
    for value in bad.split('|') {
        check_fields(
            "digits only",
            format!("Content-Length: {value}"),
            "400 ContentLength",
        );
    }
    check_fields("digits only", "Content-Length: \x0c5", "400 FieldValue");
    let twice = |second: &str| format!("Content-Length: 5\r\nContent-Length: {second}");
    check_fields("equal ones collapse", twice("5"), "POST /c 1.1 a.test 5");
    check_fields("different ones", twice("6"), "400 ContentLengthsDiffer");
    check_fields("an empty one beside", twice(""), "400 ContentLength");
    check_fields("no underscore", "Content_Length: 5", "400 FramingName");
    check(
        "a body on GET is framed",
        "GET / HTTP/1.0\r\nContent-Length: 3\r\n\r\n",
        "GET / 1.0 - 3",
    );
    check_line(
        "and on HEAD",
        "HEAD / HTTP/1.1\r\nContent-Length: 3",
        "HEAD / 1.1 a.test 3",
    );
    check_line(
        "and on DELETE",
        "DELETE / HTTP/1.1\r\nContent-Length: 3",
        "DELETE / 1.1 a.test 3",
    );
}

#[test]
fn transfer_encoding() {
    let check_coding = |value: &str, expected: &str| {
        check_fields(
            "exactly chunked",
            format!("Transfer-Encoding: {value}"),
            expected,
        );
    };
    check_coding("chunked", "POST /c 1.1 a.test chunked");
    check_coding("\tCHUNKed ", "POST /c 1.1 a.test chunked");
    check_coding("gzip, chunked", "501 TransferCoding");
    let bad = "|xchunked|identity|gzip|chunked, gzip|chunked, chunked|\"chunked\"|chunked;a=b|\
        , chunked|chunked,|;chunked|chunked x|chun\u{212a}ed|gzip, chunked, chunked";
    for value in bad.split('|') {
        check_coding(value, "400 TransferEncoding");
    }
    check_coding("\x0bchunked", "400 FieldValue");
    check_coding("chunked\0", "400 FieldValue");
    let chunked = "Transfer-Encoding: chunked\r\n";
    check_fields(
        "once",
        format!("{chunked}Transfer-Encoding: chunked"),
        "400 TransferEncoding",
    );
    check_fields(
        "once",
        format!("{chunked}Transfer-Encoding: x"),
        "400 TransferEncoding",
    );
    check_fields(
        "no Content-Length",
        format!("{chunked}Content-Length: 6"),
        "400 BothFramings",
    );
    check_fields(
        "nor before it",
        format!("Content-Length: 0\r\n{chunked}X: a"),
        "400 BothFramings",
    );
    check_fields(
        "no underscore",
        "transfer_encoding: chunked",
        "400 FramingName",
    );
    let old = "POST /c HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    check("not in HTTP/1.0", old, "400 TransferEncodingIn10");
}

#[test]
fn connection_names_no_framing_and_no_host_away() {
    let naming = |fields: &str| {
        let raw = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
        let head = parsed(raw.as_bytes());
        let left: Vec<String> = head
            .fields()
            .filter(|field| !field.hop)
            .map(|Field { name, .. }| String::from_utf8_lossy(name).into_owned())
            .collect();
        (head.framing(), left.join(" "))
    };
    let (framing, left) = naming("Connection: content-length, host\r\nContent-Length: 3");
    assert_eq!(
        (framing, left.as_str()),
        (Framing::Length(3), "Host Content-Length")
    );
    let (framing, left) = naming("Connection: transfer-encoding\r\nTransfer-Encoding: chunked");
    assert_eq!((framing, left.as_str()), (Framing::Chunked, "Host"));
    let (_, left) =
        naming("X-A: 1\r\nX-B: 2\r\nConnection: close, x-a\r\nconnection: ,X-C\r\nx-c: 3");
    assert_eq!(left, "Host X-B", "what it does name ends here");
    let (_, left) = naming(
        "Keep-Alive: 5\r\nProxy-Connection: a\r\nProxy-Authorization: b\r\nTE: trailers\r\n\
         Trailer: x\r\nUpgrade: h2c\r\nHTTP2-Settings: c\r\nX: y",
    );
    assert_eq!(left, "Host X", "hop-by-hop fields end here, named or not");

    let many = "a, ".repeat(200);
    check_fields(
        "bounded",
        format!("Connection: {many}"),
        "431 TooManyFields",
    );
}
