//! Chunked bodies: whatever the pieces and the room, the payload and the end are the same; and
//! what was read, written again, is read again.

use buffy_http::{BodyError, ChunkedDecoder, write};

use crate::pieces;

/// Decodes `bytes` at once, and in pieces into little room.
pub fn chunked(bytes: &[u8]) {
    let mut decoder = ChunkedDecoder::new();
    let mut payload = Vec::new();
    let whole = decoder.decode(bytes, &mut payload, usize::MAX);
    let mut pieced = ChunkedDecoder::new();
    let mut gathered = Vec::new();
    let outcome = arriving(bytes, &mut pieced, &mut gathered);
    assert_eq!(decoder.is_done(), pieced.is_done());
    match (whole, outcome) {
        // An extension that is broken twice over may be told by either fault; a trailer too.
        (Err(_), Err(_)) => return,
        (whole, outcome) => assert_eq!(whole, outcome),
    }
    assert_eq!(payload, gathered);
    assert_eq!(decoder.trailers(), pieced.trailers());
    if decoder.is_done() {
        check_round_trip(&payload, &decoder);
    }
}

fn arriving(
    bytes: &[u8],
    decoder: &mut ChunkedDecoder,
    out: &mut Vec<u8>,
) -> Result<usize, BodyError> {
    let mut taken = 0;
    for (turn, piece) in pieces(bytes).enumerate() {
        let end = bytes.len().min(taken + piece);
        let room = turn % 5;
        let before = out.len();
        let now = decoder.decode(&bytes[taken..end], out, room)?;
        assert!(out.len() - before <= room);
        taken += now;
        if decoder.is_done() || taken == bytes.len() {
            break;
        }
    }
    Ok(taken)
}

fn check_round_trip(payload: &[u8], decoder: &ChunkedDecoder) {
    let mut again = Vec::new();
    for part in payload.chunks(7) {
        write::chunk(&mut again, part);
    }
    write::last_chunk(&mut again, decoder.trailers());
    let mut second = ChunkedDecoder::new();
    let mut out = Vec::new();
    assert_eq!(second.decode(&again, &mut out, usize::MAX), Ok(again.len()));
    assert!(second.is_done());
    assert_eq!(out, payload);
    assert_eq!(second.trailers(), decoder.trailers());
}
