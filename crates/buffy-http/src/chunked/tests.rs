//! One row per rule for chunks and trailers, and the round trip.

use proptest::prelude::*;

use super::ChunkedDecoder;
use crate::{BodyError, HeadError, Limits, Trailer, write};

/// The payload, then `|` and each trailer, then `+` and how many bytes were left alone; or the
/// fault; or `more` after what came so far.
fn told(raw: &[u8]) -> String {
    let mut decoder = ChunkedDecoder::new();
    let mut out = Vec::new();
    match decoder.decode(raw, &mut out, usize::MAX) {
        Err(fault) => format!("{fault:?}"),
        Ok(taken) => {
            let trailers = decoder
                .trailers()
                .iter()
                .map(|(name, value)| format!("|{}={}", name.escape_ascii(), value.escape_ascii()));
            let end = match raw.len() - taken {
                _ if !decoder.is_done() => " more".into(),
                0 => String::new(),
                left => format!("+{left}"),
            };
            format!(
                "{}{}{end}",
                String::from_utf8(out).unwrap(),
                trailers.collect::<String>()
            )
        }
    }
}

#[track_caller]
fn check(rule: &str, raw: impl AsRef<[u8]>, expected: &str) {
    let raw = raw.as_ref();
    assert_eq!(told(raw), expected, "{rule}: {}", raw.escape_ascii());
    // Byte by byte it must say the same.
    let mut decoder = ChunkedDecoder::new();
    let mut out = Vec::new();
    let outcome: Result<Vec<usize>, BodyError> = raw
        .chunks(1)
        .map(|byte| decoder.decode(byte, &mut out, usize::MAX))
        .collect();
    match outcome {
        Err(fault) => assert_eq!(format!("{fault:?}"), expected, "{rule}: byte by byte"),
        Ok(_) => assert_eq!(decoder.is_done(), !expected.ends_with(" more"), "{rule}"),
    }
}

#[test]
fn chunk_size() {
    check("one", "5\r\nhello\r\n0\r\n\r\n", "hello");
    check("several", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello");
    check("none", "0\r\n\r\n", "");
    check("what follows is left alone", "0\r\n\r\nGET /", "+5");
    check(
        "hex in either case",
        "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
        "01234567890123456789",
    );
    check(
        "leading zeros",
        "0005\r\nhello\r\n0000000000000000\r\n\r\n",
        "hello",
    );
    check("no sign", "-5\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("no sign", "+5\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("no prefix", "0x5\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("no space before", " 5\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("no space after", "5 \r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check(
        "no space before extensions",
        "5 ;a\r\nhello\r\n0\r\n\r\n",
        "ChunkSize",
    );
    check("no tab", "5\t\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("hex only", "5z\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("hex only", "0_5\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("no NUL", "5\0\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("a size there is", "\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("a size there is", ";a\r\n0\r\n\r\n", "ChunkSize");
    check(
        "at most 16 digits",
        "00000000000000005\r\nhello\r\n",
        "ChunkTooLarge",
    );
    check("below 2^63", "8000000000000000\r\n", "ChunkTooLarge");
    check("below 2^63", "7fffffffffffffff\r\nhello", "hello more");
    check("CR LF after it", "5\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("CR LF after it", "5\rhello\r0\r\r", "ChunkSize");
    check("CR LF after the last", "0\n\n", "ChunkSize");
}

#[test]
fn extensions() {
    check(
        "are dropped",
        "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n",
        "hello",
    );
    check("no LF", "5;a\n=b\r\nhello\r\n0\r\n\r\n", "Extension");
    check(
        "no LF, quoted either",
        "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n",
        "Extension",
    );
    check("no CR", "5;a\rb\r\nhello\r\n0\r\n\r\n", "ChunkSize");
    check("no control", "5;a\x01\r\nhello\r\n0\r\n\r\n", "Extension");
    let long = |len: usize| format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(len));
    check("as long as allowed", long(4095), "a");
    check("too long", long(4096), "ExtensionTooLong");
}

#[test]
fn chunk_end() {
    check("CR LF exact", "5\r\nhelloXX\r\n0\r\n\r\n", "ChunkEnd");
    check("CR LF exact", "5\r\nhello\n0\r\n\r\n", "ChunkEnd");
    check("CR LF exact", "5\r\nhello0\r\n\r\n", "ChunkEnd");
    check("CR LF exact", "5\r\nhello\r0\r\n\r\n", "ChunkEnd");
    check("data short", "9\r\nhello", "hello more");
    check("no last chunk", "5\r\nhello\r\n", "hello more");
    check(
        "no end of the last chunk",
        "5\r\nhello\r\n0\r\n",
        "hello more",
    );
}

#[test]
fn trailers() {
    let check_section = |rule: &str, section: &str, expected: &str| {
        check(rule, format!("0\r\n{section}\r\n\r\n"), expected);
    };
    check_section(
        "may be forwarded",
        "X-T:  1 \r\ngrpc-status: 0",
        "|X-T=1|grpc-status=0",
    );
    check_section(
        "in order, with duplicates",
        "a: 1\r\nb: 2\r\nA: 1",
        "|a=1|b=2|A=1",
    );
    check(
        "what follows is left alone",
        "0\r\nA: 1\r\n\r\nGET /",
        "|A=1+5",
    );
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Host",
        "Connection",
        "TE",
        "Trailer",
        "Upgrade",
        "Keep-Alive",
        "Authorization",
        "Cookie",
        "Set-Cookie",
        "Proxy-Authorization",
        "Forwarded",
        "X-Forwarded-For",
        "X_Forwarded_For",
        "X-Buffy-Way",
        "x_buffy_way",
        "Content-Encoding",
        "Range",
        "If-Match",
        "Expect",
        "Cache-Control",
        "Location",
        "Content_Length",
    ] {
        check_section(
            "no framing, routing or auth",
            &format!("{name}: 5\r\nOk: 1"),
            "|Ok=1",
        );
    }
    check_section("others with an underscore", "x_ok: 1", "|x_ok=1");
    check_section("field rules: a colon", "no colon", "Trailer(FieldName)");
    check_section(
        "field rules: its place",
        "a : b",
        "Trailer(SpaceBeforeColon)",
    );
    check_section("field rules: no fold", "a: b\r\n c", "Trailer(Fold)");
    check_section("field rules: CR LF", "a: b\nc: d", "Trailer(BareLf)");
    check_section("field rules: CR LF", "a: b\rc", "Trailer(BareCr)");
    check_section("field rules: no NUL", "a: \0", "Trailer(FieldValue)");
    check("a bare LF, at once", "0\r\n\n", "Trailer(BareLf)");
}

#[test]
fn trailers_are_limited() {
    let limits = Limits {
        head_bytes: 40,
        target_bytes: 0,
        fields: 2,
    };
    let decode = |section: &str| {
        let mut decoder = ChunkedDecoder::limited(&limits);
        decoder.decode(format!("0\r\n{section}").as_bytes(), &mut Vec::new(), 0)
    };
    assert_eq!(
        decode(&format!("x: {}\r\n\r\n", "a".repeat(33))),
        Ok(3 + 40)
    );
    let long = Err(BodyError::Trailer(HeadError::HeadTooLong));
    assert_eq!(decode(&format!("x: {}\r\n\r\n", "a".repeat(34))), long);
    let many = Err(BodyError::Trailer(HeadError::TooManyFields));
    assert_eq!(decode("a:\r\nb:\r\nc:\r\n\r\n"), many);
    assert_eq!(BodyError::Trailer(HeadError::TooManyFields).status(), 431);
}

#[test]
fn an_error_stays() {
    let mut decoder = ChunkedDecoder::new();
    let mut out = Vec::new();
    assert_eq!(decoder.decode(b"x", &mut out, 9), Err(BodyError::ChunkSize));
    assert_eq!(
        decoder.decode(b"0\r\n\r\n", &mut out, 9),
        Err(BodyError::ChunkSize)
    );
    assert!(!decoder.is_done());
}

#[test]
fn no_more_than_there_is_room_for() {
    let mut decoder = ChunkedDecoder::new();
    let mut out = Vec::new();
    let raw = b"5\r\nhello\r\n0\r\n\r\n";
    assert_eq!(decoder.decode(raw, &mut out, 2), Ok(5));
    assert_eq!(
        (out.as_slice(), decoder.is_done()),
        (b"he".as_slice(), false)
    );
    assert_eq!(decoder.decode(&raw[5..], &mut out, 0), Ok(0));
    assert_eq!(
        decoder.decode(&raw[5..], &mut out, 3),
        Ok(raw.len() - 5),
        "the end needs no room"
    );
    assert!(decoder.is_done());
    assert_eq!(out, b"hello");
    assert_eq!(decoder.decode(b"more", &mut out, 9), Ok(0), "done is done");
}

proptest! {
    #[test]
    fn what_is_written_is_read_however_it_arrives(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
        trailers in prop::collection::vec(("x-[a-z]{1,5}", "[!-~]{1,9}"), 0..3),
        pieces in prop::collection::vec((1usize..40, 0usize..30), 1..60),
    ) {
        let trailers: Vec<Trailer> = trailers
            .into_iter()
            .map(|(name, value)| (name.into_bytes(), value.into_bytes()))
            .collect();
        let mut raw = Vec::new();
        for payload in &payloads {
            write::chunk(&mut raw, payload);
        }
        write::last_chunk(&mut raw, &trailers);
        let end = raw.len();
        raw.extend_from_slice(b"GET / HTTP/1.1\r\n");

        let mut decoder = ChunkedDecoder::new();
        let (mut out, mut at) = (Vec::new(), 0);
        for (len, room) in pieces.into_iter().cycle().take(5000) {
            let piece = &raw[at..raw.len().min(at + len)];
            let before = out.len();
            at += decoder.decode(piece, &mut out, room).unwrap();
            prop_assert!(out.len() <= before + room);
        }
        at += decoder.decode(&raw[at..], &mut out, usize::MAX).unwrap();
        prop_assert!(decoder.is_done());
        prop_assert_eq!(at, end);
        prop_assert_eq!(out, payloads.concat());
        prop_assert_eq!(decoder.trailers(), trailers);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), room: usize) {
        let mut decoder = ChunkedDecoder::new();
        if let Ok(taken) = decoder.decode(&bytes, &mut Vec::new(), room) {
            prop_assert!(taken <= bytes.len());
        }
    }
}
