//! Why a message is refused: what to branch on, the status, and a sentence for the client.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;

/// Why a head is refused.
///
/// In a request it is answered with [`HeadError::status`] and the connection is closed; in an
/// upstream's response it is always a 502, and the upstream's connection is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    /// A line ends in LF without CR (§2.2).
    BareLf,
    /// A CR stands without LF after it (§2.2).
    BareCr,
    /// The message begins with an empty line, or with a second one.
    EmptyLine,
    /// An octet that may not stand in a head: a control, NUL included.
    Control,
    /// The first line is not method, space, target, space, version (§3).
    RequestLine,
    /// The method is not a token (§3.1).
    Method,
    /// CONNECT opens tunnels, which are not built.
    Connect,
    /// The target is not in origin-form, absolute-form, or `*` with OPTIONS (§3.2).
    Target,
    /// The target has an octet that must be percent-encoded, or a fragment.
    TargetOctet,
    /// The target is longer than [`crate::Limits::target_bytes`].
    TargetTooLong,
    /// Not HTTP/1.0 or HTTP/1.1.
    Version,
    /// The head is longer than [`crate::Limits::head_bytes`].
    HeadTooLong,
    /// More fields than [`crate::Limits::fields`], or more options in Connection.
    TooManyFields,
    /// White space between a field's name and its colon (§5.1).
    SpaceBeforeColon,
    /// A line that begins with white space: a folded value, or one before the first field (§5.2).
    Fold,
    /// A field's name is not a token, is missing, or has no colon after it (§5).
    FieldName,
    /// A field's value has a control octet (RFC 9110 §5.5).
    FieldValue,
    /// HTTP/1.1 without Host (§3.2).
    HostMissing,
    /// More than one Host (§3.2).
    HostRepeated,
    /// Host, or the authority of the target, is not a host with perhaps a port (§3.2).
    Host,
    /// Content-Length is not a plain decimal number below 2^63 (§6.2, RFC 9110 §8.6).
    ContentLength,
    /// Two Content-Lengths that differ (§6.3).
    ContentLengthsDiffer,
    /// Transfer-Encoding is not exactly `chunked`, once (§6.1).
    TransferEncoding,
    /// A transfer coding before `chunked` that is not built (§6.1).
    TransferCoding,
    /// Transfer-Encoding in an HTTP/1.0 message (§6.1).
    TransferEncodingIn10,
    /// Transfer-Encoding beside Content-Length (§6.1).
    BothFramings,
    /// A framing field's name written with `_`, which some readers take for the field itself.
    FramingName,
    /// Expect asks for something other than `100-continue` (RFC 9110 §10.1.1).
    Expectation,
    /// The first line of a response is not version, space, three digits of 100 to 599 (§4).
    StatusLine,
}

impl HeadError {
    /// The status of the answer to a request with this fault.
    pub fn status(self) -> u16 {
        match self {
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::HeadTooLong | Self::TooManyFields => 431,
            Self::Connect | Self::TransferCoding => 501,
            Self::Version => 505,
            Self::BareLf
            | Self::BareCr
            | Self::EmptyLine
            | Self::Control
            | Self::RequestLine
            | Self::Method
            | Self::Target
            | Self::TargetOctet
            | Self::SpaceBeforeColon
            | Self::Fold
            | Self::FieldName
            | Self::FieldValue
            | Self::HostMissing
            | Self::HostRepeated
            | Self::Host
            | Self::ContentLength
            | Self::ContentLengthsDiffer
            | Self::TransferEncoding
            | Self::TransferEncodingIn10
            | Self::BothFramings
            | Self::FramingName
            | Self::StatusLine => 400,
        }
    }

    /// What is wrong, in a sentence that the sender can act on.
    pub fn text(self) -> &'static str {
        match self {
            Self::BareLf => "Every line of the head must end in CR LF; one ends in LF alone.",
            Self::BareCr => "A CR in the head must be followed by LF.",
            Self::EmptyLine => "The message begins with an empty line.",
            Self::Control => "The head has a control octet; is this HTTP/1.1 without TLS?",
            Self::RequestLine => {
                "The first line must be: method, one space, target, one space, HTTP/1.1."
            }
            Self::Method => "The method must be a token.",
            Self::Connect => "CONNECT is not supported.",
            Self::Target => {
                "The target must begin with / or http:// or https://, or be * with OPTIONS."
            }
            Self::TargetOctet => {
                "The target has an octet that must be percent-encoded, or a fragment (#)."
            }
            Self::TargetTooLong => "The target is too long.",
            Self::Version => "The version must be HTTP/1.1 or HTTP/1.0.",
            Self::HeadTooLong => "The head is too long.",
            Self::TooManyFields => "The head has too many fields.",
            Self::SpaceBeforeColon => "A field's name must be followed by its colon at once.",
            Self::Fold => "A line of the head must not begin with white space.",
            Self::FieldName => "A field must be a token, a colon and a value.",
            Self::FieldValue => "A field's value has a control octet.",
            Self::HostMissing => "HTTP/1.1 requires a Host field.",
            Self::HostRepeated => "There must be one Host field only.",
            Self::Host => "Host must be a host name or address, and perhaps a port.",
            Self::ContentLength => "Content-Length must be one decimal number.",
            Self::ContentLengthsDiffer => "There are several Content-Lengths, and they differ.",
            Self::TransferEncoding => "Transfer-Encoding must be chunked, once.",
            Self::TransferCoding => "No transfer coding but chunked is supported.",
            Self::TransferEncodingIn10 => "HTTP/1.0 has no Transfer-Encoding.",
            Self::BothFramings => {
                "Content-Length and Transfer-Encoding must not be in one message."
            }
            Self::FramingName => {
                "Content-Length and Transfer-Encoding are not written with an underscore."
            }
            Self::Expectation => "Expect must be 100-continue.",
            Self::StatusLine => {
                "The status line must be: HTTP/1.1, a space, a status of 100 to 599."
            }
        }
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Error for HeadError {}

/// Why a chunked body is refused (§7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// The size is not 1 to 16 hexadecimal digits, or what follows them is not `;` or CR LF.
    ChunkSize,
    /// The size is 2^63 or more.
    ChunkTooLarge,
    /// A chunk's extensions are longer than 4 KiB.
    ExtensionTooLong,
    /// A chunk's extensions have a control octet, a bare CR or a bare LF.
    Extension,
    /// A chunk's data are not followed by CR LF.
    ChunkEnd,
    /// The trailers break a rule for fields.
    Trailer(HeadError),
}

impl BodyError {
    /// The status of the answer to a request with this fault.
    pub fn status(self) -> u16 {
        match self {
            Self::Trailer(fault) => fault.status(),
            Self::ChunkSize
            | Self::ChunkTooLarge
            | Self::ExtensionTooLong
            | Self::Extension
            | Self::ChunkEnd => 400,
        }
    }

    /// What is wrong, in a sentence that the sender can act on.
    pub fn text(self) -> &'static str {
        match self {
            Self::ChunkSize => "A chunk's size must be 1 to 16 hexadecimal digits and CR LF.",
            Self::ChunkTooLarge => "A chunk's size is too large.",
            Self::ExtensionTooLong => "A chunk's extensions are too long.",
            Self::Extension => "A chunk's extensions must have no control octet and end in CR LF.",
            Self::ChunkEnd => "A chunk's data must be followed by CR LF.",
            Self::Trailer(fault) => fault.text(),
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Error for BodyError {}
