//! Fields: their index, and the tag by which they are skipped without comparing names twice.

mod index;
#[cfg(test)]
mod tests;

pub(crate) use index::Fields;

/// Which field it is, told once while parsing, so that skipping it while writing costs a compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    KeepAlive,
    ProxyConnection,
    /// Any other field whose name begins with `Proxy-`.
    ProxyHop,
    /// `Proxy`, which CGI programs take for a setting of their own.
    Proxy,
    Te,
    Trailer,
    Upgrade,
    Http2Settings,
    Expect,
    Via,
    Forwarded,
    XForwardedFor,
    XForwardedProto,
    XForwardedHost,
    XRequestId,
    XRequestStart,
    /// Any name that, with `_` read as `-`, begins with `X-Buffy-`.
    XBuffy,
    Prefer,
    /// W3C Baggage, which instrumented services pass on.
    Baggage,
    Accept,
    /// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range.
    IfConditional,
    Location,
    ContentLocation,
    ContentType,
    RetryAfter,
    Server,
    Date,
    Other,
}

/// One field of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Which one it is.
    pub known: Known,
    /// Its name, in the case in which it came.
    pub name: &'a [u8],
    /// Its value, without the white space around it.
    pub value: &'a [u8],
    /// It ends at this hop: hop-by-hop by definition, or named in Connection (RFC 9110 §7.6.1).
    pub hop: bool,
}

impl Known {
    /// The tag of a name, in any case.
    pub fn of(name: &[u8]) -> Self {
        let Some(first) = name.first() else {
            return Self::Other;
        };
        let is = |text: &str| name.eq_ignore_ascii_case(text.as_bytes());
        match (name.len(), first.to_ascii_lowercase()) {
            (2, b't') if is("te") => Self::Te,
            (3, b'v') if is("via") => Self::Via,
            (4, b'd') if is("date") => Self::Date,
            (4, b'h') if is("host") => Self::Host,
            (5, b'p') if is("proxy") => Self::Proxy,
            (6, b'a') if is("accept") => Self::Accept,
            (6, b'e') if is("expect") => Self::Expect,
            (6, b'p') if is("prefer") => Self::Prefer,
            (6, b's') if is("server") => Self::Server,
            (7, b'b') if is("baggage") => Self::Baggage,
            (7, b't') if is("trailer") => Self::Trailer,
            (7, b'u') if is("upgrade") => Self::Upgrade,
            (8, b'i') if is("if-match") || is("if-range") => Self::IfConditional,
            (8, b'l') if is("location") => Self::Location,
            (9, b'f') if is("forwarded") => Self::Forwarded,
            (10, b'c') if is("connection") => Self::Connection,
            (10, b'k') if is("keep-alive") => Self::KeepAlive,
            (11, b'r') if is("retry-after") => Self::RetryAfter,
            (12, b'c') if is("content-type") => Self::ContentType,
            (12, b'x') if is("x-request-id") => Self::XRequestId,
            (13, b'i') if is("if-none-match") => Self::IfConditional,
            (14, b'c') if is("content-length") => Self::ContentLength,
            (14, b'h') if is("http2-settings") => Self::Http2Settings,
            (15, b'x') if is("x-forwarded-for") => Self::XForwardedFor,
            (15, b'x') if is("x-request-start") => Self::XRequestStart,
            (16, b'c') if is("content-location") => Self::ContentLocation,
            (16, b'p') if is("proxy-connection") => Self::ProxyConnection,
            (16, b'x') if is("x-forwarded-host") => Self::XForwardedHost,
            (17, b'i') if is("if-modified-since") => Self::IfConditional,
            (17, b't') if is("transfer-encoding") => Self::TransferEncoding,
            (17, b'x') if is("x-forwarded-proto") => Self::XForwardedProto,
            (19, b'i') if is("if-unmodified-since") => Self::IfConditional,
            (_, b'p') if begins(name, b"proxy-") => Self::ProxyHop,
            (_, b'x') if begins(name, b"x-buffy-") => Self::XBuffy,
            _ => Self::Other,
        }
    }

    /// Ends at this hop, whether Connection names it or not.
    pub(crate) fn ends_here(self) -> bool {
        matches!(
            self,
            Self::Connection
                | Self::KeepAlive
                | Self::ProxyConnection
                | Self::ProxyHop
                | Self::Te
                | Self::Trailer
                | Self::TransferEncoding
                | Self::Upgrade
                | Self::Http2Settings
        )
    }

    /// Connection may not name these away: they say where the message ends, or whom it is for.
    pub(crate) fn stays(self) -> bool {
        matches!(
            self,
            Self::Host | Self::ContentLength | Self::TransferEncoding
        )
    }
}

/// The elements of a comma-separated list, without the white space around them; empty ones too.
pub(crate) fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&octet| octet == b',').map(trim_ows)
}

/// Without leading and trailing spaces and tabs.
pub(crate) fn trim_ows(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// RFC 9110 §5.6.2.
pub(crate) fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

/// Whether `name` begins with `prefix` (lower case), in any case and with `_` read as `-`.
fn begins(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len()).is_some_and(|start| {
        start.iter().zip(prefix).all(|(&octet, &wanted)| {
            let octet = if octet == b'_' {
                b'-'
            } else {
                octet.to_ascii_lowercase()
            };
            octet == wanted
        })
    })
}
