//! An answer's head, and its content where that is short.

use buffy_http::{Version, write};

use super::{Fixed, Reply};
use crate::plugin::{Answer, Content};
use crate::proxy::deliver::Framed;
use crate::proxy::headers;

/// Fields of a source that are not its to say.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

/// What was made for a request: its content, and the fields that only it gets.
pub(in crate::proxy) struct Made {
    pub(in crate::proxy) answer: Answer,
    /// Whole lines.
    pub(super) fields: Vec<u8>,
}

impl Made {
    /// By whom it was made.
    pub(in crate::proxy) fn sign(&mut self, response: &str) {
        write::field(&mut self.fields, b"X-Buffy-Response", response.as_bytes());
    }

    /// What its source says of it.
    pub(in crate::proxy) fn said<'m>(&'m self, by: &'m Reply) -> &'m [u8] {
        if self.answer.fields.is_empty() {
            &by.usual
        } else {
            &self.answer.fields
        }
    }

    /// With no fields but its own.
    pub(in crate::proxy) fn of(answer: Answer) -> Self {
        Self {
            answer,
            fields: Vec::new(),
        }
    }
}

/// An answer of which the head is written.
pub(in crate::proxy) struct Composed {
    pub(in crate::proxy) status: u16,
    /// What is still to follow.
    pub(in crate::proxy) content: Content,
    pub(in crate::proxy) framed: Framed,
    /// The connection may be kept.
    pub(in crate::proxy) keep: bool,
}

impl Composed {
    /// All of it is written already.
    pub(in crate::proxy) fn written(status: u16, keep: bool) -> Self {
        Self {
            status,
            content: Content::Nothing,
            framed: Framed::Nothing,
            keep,
        }
    }
}

/// Appends the head of an answer that was made; `more` adds fields. With `keep`, the connection is
/// kept where the framing allows it.
pub(in crate::proxy) fn compose(
    reply: &Reply,
    made: Made,
    (version, keep): (Version, bool),
    out: &mut Vec<u8>,
    more: impl FnOnce(&mut Vec<u8>),
) -> Composed {
    let Answer {
        status,
        fields,
        content,
    } = made.answer;
    let status = status.unwrap_or(reply.status);
    let framed = Framed::of(&content, status, version);
    let keep = keep && framed.keeps();
    reply.write_head(status, out);
    out.extend_from_slice(&made.fields);
    if fields.is_empty() {
        out.extend_from_slice(&reply.usual);
    } else {
        reply.write_lines(&fields, out);
    }
    more(out);
    finish(framed, version, keep, out);
    Composed {
        status,
        content,
        framed,
        keep,
    }
}

impl Reply {
    /// Appends an answer that is the same for everybody, content and all.
    pub(in crate::proxy) fn write_fixed(
        &self,
        fixed: &Fixed,
        head_only: bool,
        (version, keep): (Version, bool),
        out: &mut Vec<u8>,
        more: impl FnOnce(&mut Vec<u8>),
    ) {
        out.extend_from_slice(&self.head);
        more(out);
        headers::write_connection(version, keep, out);
        out.extend_from_slice(fixed.end(head_only));
    }

    fn write_head(&self, status: u16, out: &mut Vec<u8>) {
        if status == self.status {
            out.extend_from_slice(&self.head);
        } else {
            write::status_line(out, status, None);
            out.extend_from_slice(self.head.get(self.line..).unwrap_or_default());
        }
    }

    /// Appends the lines of a source, but for those that the configuration sets itself.
    pub(super) fn write_lines(&self, lines: &[u8], out: &mut Vec<u8>) {
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            let mut parts = line.splitn(2, |&byte| byte == b':');
            let name = parts.next().unwrap_or_default();
            let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
            let own = self.own_fields.iter().any(|own| is(own));
            if !own && !FRAMING.into_iter().any(is) {
                out.extend_from_slice(line);
            }
        }
    }
}

/// Appends what is said of the connection and the content's length, and the empty line.
fn finish(framed: Framed, version: Version, keep: bool, out: &mut Vec<u8>) {
    if framed == Framed::Upgrade {
        write::field(out, b"Connection", b"Upgrade");
    } else {
        headers::write_connection(version, keep, out);
    }
    framed.write(out);
    out.extend_from_slice(b"\r\n");
}
