//! What one exchange costs in this crate: `cargo run --release -p buffy-http --example cost`.

use std::hint::black_box;
use std::time::Instant;

use buffy_http::{ChunkedDecoder, Limits, RequestHead, ResponseHead, write};

const ROUNDS: u32 = 300_000;

const REQUEST: &[u8] = b"GET /api/items/17?fields=name,price&lang=en HTTP/1.1\r\n\
    Host: shop.example:8080\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\n\
    Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en,de;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\nX-Request-Id: 8f3c\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\
    Date: Mon, 06 Jul 2026 10:00:00 GMT\r\nContent-Type: application/json\r\n\
    Content-Length: 73\r\nConnection: keep-alive\r\nETag: \"5f3c-49\"\r\n\r\n";

fn main() {
    let mut request = RequestHead::new();
    each("parse a request of 9 fields", || {
        black_box(
            request
                .parse(black_box(REQUEST), &mut 0, &Limits::DEFAULT)
                .is_ok(),
        );
    });
    let mut out = Vec::new();
    each("write it again", || {
        out.clear();
        write::request_line(&mut out, request.method(), &request.origin_form_target());
        for field in request.fields().filter(|field| !field.hop) {
            write::field(&mut out, field.name, field.value);
        }
        write::end(&mut out);
        black_box(&out);
    });
    let mut response = ResponseHead::new();
    each("parse a response of 6 fields", || {
        black_box(
            response
                .parse(black_box(RESPONSE), &mut 0, &Limits::DEFAULT)
                .is_ok(),
        );
    });
    let mut body = Vec::new();
    write::chunk(&mut body, &[b'a'; 8000]);
    write::last_chunk(&mut body, &[]);
    each("decode a chunk of 8,000 bytes", || {
        out.clear();
        black_box(
            ChunkedDecoder::new()
                .decode(&body, &mut out, usize::MAX)
                .is_ok(),
        );
    });
}

/// Prints the mean of many rounds, the best of five batches.
fn each(name: &str, mut round: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        for _ in 0..ROUNDS / 5 {
            round();
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name}: {:.0} ns", best / f64::from(ROUNDS / 5) * 1e9);
}
