//! A WebSocket's client that sends frames as it is told, broken ones too.

use std::time::Duration;

use buffy_test::{RawClient, request};

pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// The last frame of its message.
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
/// The length follows, in 2 bytes or in 8.
const WORD: u8 = 126;
const LONG: u8 = 127;
/// Any will do.
const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// An open WebSocket.
pub(crate) struct Talker {
    client: RawClient,
}

impl Talker {
    /// Opens one by the example of RFC 6455 §1.3.
    #[track_caller]
    pub(crate) fn open(client: RawClient, target: &str, more: &[(&str, &str)]) -> Self {
        Self::open_with(client, target, more, |_| {})
    }

    /// The same, and says something before the answer is there.
    #[track_caller]
    pub(crate) fn open_with(
        client: RawClient,
        target: &str,
        more: &[(&str, &str)],
        early: impl FnOnce(&mut Self),
    ) -> Self {
        let mut fields = vec![
            ("Host", "a"),
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        fields.extend(more);
        let mut talker = Self { client };
        talker.client.send(request("GET", target, &fields, b""));
        early(&mut talker);
        let head = talker.client.head();
        assert_eq!(head.status, 101, "{head:?}");
        assert_eq!(head.field("connection"), Some("Upgrade"), "{head:?}");
        assert_eq!(head.field("upgrade"), Some("websocket"), "{head:?}");
        let accepted = head.field("sec-websocket-accept");
        assert_eq!(accepted, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head:?}");
        talker
    }

    /// Sends a text.
    pub(crate) fn say(&mut self, text: &str) {
        self.send(TEXT, text.as_bytes());
    }

    /// Sends a frame that ends its message.
    pub(crate) fn send(&mut self, opcode: u8, payload: &[u8]) {
        self.send_frame(FINAL | opcode, payload);
    }

    /// Sends a frame that others follow.
    pub(crate) fn send_part(&mut self, opcode: u8, payload: &[u8]) {
        self.send_frame(opcode, payload);
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        self.client.send(bytes);
    }

    /// Sends frames, of so many bytes in all or for as long as they are taken within a time:
    /// returns how many bytes that were.
    pub(crate) fn flood(&mut self, opcode: u8, bytes: usize, quiet: Duration) -> usize {
        let frame = framed(FINAL | opcode, &[b'x'; 125]);
        let frames = frame.repeat(bytes.div_ceil(frame.len()));
        self.client.send_until_full(&frames, quiet)
    }

    fn send_frame(&mut self, first: u8, payload: &[u8]) {
        self.client.send(framed(first, payload));
    }

    /// The next frame: its opcode and what it carries. Servers send whole messages here.
    #[track_caller]
    pub(crate) fn frame(&mut self) -> (u8, Vec<u8>) {
        let [first, second] = self.array();
        assert_eq!(first & 0xf0, FINAL, "{first:x}");
        let length = match second {
            WORD => u16::from_be_bytes(self.array()),
            short if short < WORD => short.into(),
            other => panic!("no frame of these tests has a length of {other:x}"),
        };
        (first & 0x0f, self.client.bytes(length.into()))
    }

    #[track_caller]
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.client.bytes(N);
        bytes.try_into().expect("so many were asked for")
    }

    /// The next message, which must be a text.
    #[track_caller]
    pub(crate) fn text(&mut self) -> String {
        let (opcode, payload) = self.frame();
        assert_eq!(opcode, TEXT, "{payload:?}");
        String::from_utf8(payload).expect("a text is UTF-8")
    }

    /// The code of the closing frame, which must be next; none where it has none.
    #[track_caller]
    pub(crate) fn closed(&mut self) -> Option<u16> {
        let (opcode, payload) = self.frame();
        assert_eq!(opcode, CLOSE, "{:?}", String::from_utf8_lossy(&payload));
        let code = payload.first_chunk()?;
        Some(u16::from_be_bytes(*code))
    }

    pub(crate) fn stays_silent(&mut self, span: Duration) {
        self.client.stays_silent(span);
    }

    pub(crate) fn has_answer(&mut self) -> bool {
        self.client.has_answer()
    }

    pub(crate) fn half_close(&mut self) {
        self.client.half_close();
    }

    pub(crate) fn is_ended(&mut self) -> bool {
        self.client.is_ended()
    }

    pub(crate) fn was_reset(&self) -> bool {
        self.client.was_reset()
    }
}

/// A frame, masked as a client's are.
fn framed(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    let length = payload.len();
    if let Some(short) = u8::try_from(length).ok().filter(|short| *short < WORD) {
        frame.push(MASKED | short);
    } else if let Ok(word) = u16::try_from(length) {
        frame.push(MASKED | WORD);
        frame.extend(word.to_be_bytes());
    } else {
        frame.push(MASKED | LONG);
        frame.extend((length as u64).to_be_bytes());
    }
    frame.extend(MASK);
    let masks = MASK.iter().cycle();
    frame.extend(payload.iter().zip(masks).map(|(byte, mask)| byte ^ mask));
    frame
}
