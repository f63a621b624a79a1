//! Values inside of contents: what they may not break.

/// What a value is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Text without a syntax of its own.
    Plain,
    /// The inside of a JSON string (RFC 8259 §7).
    Json,
    /// HTML: its text, or an attribute in quotes.
    Html,
}

impl Escape {
    /// By the media type of the content, whatever its parameters.
    pub fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let ends = |end: &str| {
            let tail = essence.len().checked_sub(end.len());
            tail.and_then(|tail| essence.get(tail..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        };
        if ends("/json") || ends("+json") {
            Self::Json
        } else if ends("/html") || ends("+xml") || ends("/xml") {
            Self::Html
        } else {
            Self::Plain
        }
    }

    /// Appends a value.
    pub(super) fn push(self, value: &str, out: &mut Vec<u8>) {
        // Nearly every value is plain, and this is on the path of every such answer.
        let harmless = |byte| !matches!(byte, 0..b' ' | b'"' | b'\\' | b'&' | b'<' | b'>' | b'\'');
        if self == Self::Plain || value.bytes().all(harmless) {
            out.extend_from_slice(value.as_bytes());
        } else if self == Self::Json {
            let quoted = serde_json::Value::from(value).to_string();
            let inside = quoted.get(1..quoted.len().saturating_sub(1));
            out.extend_from_slice(inside.unwrap_or_default().as_bytes());
        } else {
            for byte in value.bytes() {
                match byte {
                    b'&' => out.extend_from_slice(b"&amp;"),
                    b'<' => out.extend_from_slice(b"&lt;"),
                    b'>' => out.extend_from_slice(b"&gt;"),
                    b'"' => out.extend_from_slice(b"&quot;"),
                    b'\'' => out.extend_from_slice(b"&#39;"),
                    other => out.push(other),
                }
            }
        }
    }
}
