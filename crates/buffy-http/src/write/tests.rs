use super::{
    chunk, chunk_size, decimal, end, field, field_u64, last_chunk, request_line, status_line,
};

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn heads() {
    let head = written(|out| {
        request_line(out, "POST", "/c?d");
        field(out, "Host", b"a.test");
        field_u64(out, "Content-Length", 10_203);
        end(out);
    });
    assert_eq!(
        head,
        "POST /c?d HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10203\r\n\r\n"
    );
}

#[test]
fn status_lines() {
    assert_eq!(
        written(|out| status_line(out, 503, None)),
        "HTTP/1.1 503 Service Unavailable\r\n"
    );
    assert_eq!(
        written(|out| status_line(out, 200, Some(b"Fine"))),
        "HTTP/1.1 200 Fine\r\n"
    );
    assert_eq!(
        written(|out| status_line(out, 299, None)),
        "HTTP/1.1 299 \r\n"
    );
}

#[test]
fn chunks() {
    assert_eq!(
        written(|out| chunk(out, &[b'a'; 26])),
        format!("1a\r\n{}\r\n", "a".repeat(26))
    );
    assert_eq!(
        written(|out| chunk(out, b"")),
        "",
        "an empty one would be the last"
    );
    assert_eq!(written(|out| chunk_size(out, 0xabc0)), "abc0\r\n");
    assert_eq!(written(|out| last_chunk(out, &[])), "0\r\n\r\n");
    let trailers = [(b"X".to_vec(), b"1".to_vec())];
    assert_eq!(
        written(|out| last_chunk(out, &trailers)),
        "0\r\nX: 1\r\n\r\n"
    );
}

#[test]
fn numbers() {
    for number in [0, 9, 10, 12_345, u64::MAX] {
        assert_eq!(written(|out| decimal(out, number)), number.to_string());
    }
}
