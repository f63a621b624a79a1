//! Queries read, and texts written into URLs.

/// The parameters of a query, decoded, in their order.
pub(super) fn pairs(raw: &str) -> Vec<(String, String)> {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (argument(name), argument(value))
        })
        .collect()
}

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

fn argument(raw: &str) -> String {
    String::from_utf8_lossy(&decoded(raw)).into_owned()
}

/// Percent-decoded, `+` a space; `%` with no two digits behind it stays.
fn decoded(raw: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let encoded = after.split_at_checked(2).filter(|_| byte == b'%');
        let encoded = encoded.and_then(|(digits, after)| Some((hex(digits)?, after)));
        let (byte, after) = encoded.unwrap_or((byte, after));
        let is_space = encoded.is_none() && byte == b'+';
        decoded.push(if is_space { b' ' } else { byte });
        rest = after;
    }
    decoded
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits else {
        return None;
    };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}
