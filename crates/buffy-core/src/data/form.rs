//! Texts written into URLs.

/// A text as a segment of a path.
pub(super) fn encoded_segment(text: &str) -> String {
    encoded(text, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
    })
}

/// A query as it came, made fit to stand between `<` and `>` of a field.
pub(super) fn encoded_query(raw: &str) -> String {
    encoded(raw, |byte| {
        byte.is_ascii_graphic()
            && !matches!(
                byte,
                b'<' | b'>' | b'"' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
            )
    })
}

/// Percent-encoded but for the bytes that may stay.
fn encoded(text: &str, stays: impl Fn(u8) -> bool) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            let digits = [byte >> 4, byte & 0xf].map(|digit| DIGITS.get(usize::from(digit)));
            encoded.extend(digits.into_iter().flatten());
        }
    }
    encoded
}
