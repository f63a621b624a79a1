//! The opening handshake of a WebSocket, as a server does it (RFC 6455 §4.2).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use buffy_http::write;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// What every server adds to the client's key (RFC 6455 §1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The one version that is spoken.
const VERSION: &str = "13";

/// Why there is no WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoSocket {
    #[error("this is a WebSocket: ask for it by `Connection: Upgrade` and `Upgrade: websocket`")]
    NotAsked,
    #[error("a WebSocket is asked for by GET")]
    Method,
    #[error("a WebSocket is asked for without a body")]
    Body,
    #[error("this WebSocket speaks version 13 of the protocol alone")]
    Version,
    #[error("`Sec-WebSocket-Key` must be 16 bytes in Base64, and must be there once")]
    Key,
}

impl NoSocket {
    pub(super) fn status(self) -> u16 {
        match self {
            Self::NotAsked | Self::Version => 426,
            Self::Method | Self::Body | Self::Key => 400,
        }
    }

    /// Appends the fields that tell how to ask. RFC 9110 §15.5.22 wants `Upgrade`, RFC 6455 §4.2.2
    /// the version.
    pub(super) fn write_fields(self, fields: &mut Vec<u8>) {
        match self {
            Self::NotAsked | Self::Version => {
                write::field(fields, b"Upgrade", b"websocket");
                write::field(fields, b"Sec-WebSocket-Version", VERSION.as_bytes());
            }
            Self::Method | Self::Body | Self::Key => {}
        }
    }
}

/// Checks a request for a WebSocket, and appends the fields of the 101 that answers it, but for
/// `Connection`, which is not its to say. Of the subprotocols that are offered the first is taken, as
/// browsers close a WebSocket where none is.
pub(super) fn accept(
    method: &str,
    fields: &[(&str, Cow<'_, str>)],
    out: &mut Vec<u8>,
) -> Result<(), NoSocket> {
    if !lists(fields, "connection", "upgrade") || !lists(fields, "upgrade", "websocket") {
        return Err(NoSocket::NotAsked);
    }
    if method != "GET" {
        return Err(NoSocket::Method);
    }
    // It would be read as frames.
    if has_body(fields) {
        return Err(NoSocket::Body);
    }
    if only(fields, "sec-websocket-version") != Some(VERSION) {
        return Err(NoSocket::Version);
    }
    let key = only(fields, "sec-websocket-key").ok_or(NoSocket::Key)?;
    if STANDARD.decode(key).map(|bytes| bytes.len()) != Ok(16) {
        return Err(NoSocket::Key);
    }
    write::field(out, b"Upgrade", b"websocket");
    write::field(out, b"Sec-WebSocket-Accept", accepted(key).as_bytes());
    if let Some(protocol) = values(fields, "sec-websocket-protocol").next() {
        write::field(out, b"Sec-WebSocket-Protocol", protocol.as_bytes());
    }
    Ok(())
}

/// RFC 6455 §4.2.2, item 5.4.
fn accepted(key: &str) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
    STANDARD.encode(hash)
}

/// The elements of a field that is a list, over all of its lines.
fn values<'a>(fields: &'a [(&str, Cow<'_, str>)], name: &str) -> impl Iterator<Item = &'a str> {
    fields
        .iter()
        .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

fn lists(fields: &[(&str, Cow<'_, str>)], name: &str, wanted: &str) -> bool {
    values(fields, name).any(|value| value.eq_ignore_ascii_case(wanted))
}

fn has_body(fields: &[(&str, Cow<'_, str>)]) -> bool {
    let mut lengths = values(fields, "content-length");
    lengths.any(|length| length != "0") || values(fields, "transfer-encoding").next().is_some()
}

/// The value of a field that is there once.
fn only<'a>(fields: &'a [(&str, Cow<'_, str>)], name: &str) -> Option<&'a str> {
    let mut lines = fields
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let (_, value) = lines.next()?;
    lines.next().is_none().then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of RFC 6455 §1.3, with other fields in place of its own.
    fn asked(other: &[(&'static str, &'static str)]) -> (Result<(), NoSocket>, String) {
        let usual = [
            ("Host", "server.example.com"),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
        ];
        let kept = usual
            .iter()
            .filter(|(name, _)| other.iter().all(|(another, _)| another != name));
        let fields: Vec<_> = kept
            .chain(other.iter().filter(|(_, value)| !value.is_empty()))
            .map(|(name, value)| (*name, Cow::Borrowed(*value)))
            .collect();
        let mut out = Vec::new();
        let result = accept("GET", &fields, &mut out);
        (result, String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_handshake_of_the_rfc_is_answered_as_in_the_rfc() {
        let expected = "Upgrade: websocket\r\n\
                        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
        assert_eq!(asked(&[]), (Ok(()), expected.to_owned()));
        let (result, fields) = asked(&[
            ("Connection", "keep-alive, upgrade"),
            ("Upgrade", "h2c, WebSocket"),
            ("Sec-WebSocket-Protocol", "chat, superchat"),
        ]);
        assert_eq!(result, Ok(()));
        assert!(
            fields.ends_with("\r\nSec-WebSocket-Protocol: chat\r\n"),
            "{fields}"
        );
    }

    #[test]
    fn what_is_no_handshake_is_told() {
        for (field, value, expected) in [
            ("Upgrade", "", NoSocket::NotAsked),
            ("Upgrade", "h2c", NoSocket::NotAsked),
            ("Connection", "keep-alive", NoSocket::NotAsked),
            ("Content-Length", "2", NoSocket::Body),
            ("Transfer-Encoding", "chunked", NoSocket::Body),
            ("Sec-WebSocket-Version", "8", NoSocket::Version),
            ("Sec-WebSocket-Version", "", NoSocket::Version),
            ("Sec-WebSocket-Key", "", NoSocket::Key),
            ("Sec-WebSocket-Key", "c2hvcnQ=", NoSocket::Key),
            ("Sec-WebSocket-Key", "not base64!", NoSocket::Key),
        ] {
            assert_eq!(
                asked(&[(field, value)]).0,
                Err(expected),
                "{field}: {value}"
            );
        }
        let mut out = Vec::new();
        let fields = [
            ("Upgrade", "websocket".into()),
            ("Connection", "upgrade".into()),
        ];
        assert_eq!(accept("POST", &fields, &mut out), Err(NoSocket::Method));
    }
}
