//! Answers that break.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::task::{Context, Poll, ready};

use buffy_core::config::{Fault, FaultKind};
use buffy_core::delay::Wait;

use crate::plugin::{Content, End, Flow, Piece};
use crate::proxy::client::Client;
use crate::proxy::deliver::{Framed, deliver};
use crate::proxy::late;
use crate::proxy::reply::Composed;
use crate::proxy::request::Request;
use crate::proxy::send::{self, Fate};
use crate::proxy::worker::Worker;

/// Sent where garbage is asked for: no HTTP/1.1 begins like this, nor does a chunk or a field.
const GARBAGE: &[u8] = b"\x00\xff\xfe~garbage~\r\n\x01\x02\x03\r\n\r\n";
/// A file is read into memory up to so many bytes, to be broken off.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Sends as much of an answer as comes before its fault, and then that.
pub(super) async fn send(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    composed: Composed,
    fault: Fault,
) -> Fate {
    let Composed {
        content, framed, ..
    } = composed;
    let keeps_head = fault.after > 0 || fault.kind == FaultKind::Truncate;
    let silent = request.head.is_head() || framed == Framed::Nothing;
    let sent = if keeps_head
        && !silent
        && let Content::Flow(flow) = content
    {
        let cut = Cut {
            flow,
            left: usize::try_from(fault.after).unwrap_or(usize::MAX),
        };
        let content = (Content::Flow(Box::new(cut)), framed);
        deliver(worker, client, request, content, false).await != Fate::Close
    } else {
        let content = if silent { Vec::new() } else { bytes(content) };
        cut(&mut worker.out.borrow_mut(), &content, fault);
        send::send(worker, client).await
    };
    if sent {
        end(worker, client, fault.kind).await
    } else {
        Fate::Close
    }
}

/// Leaves in `out`, where the head is, what is sent of the answer.
fn cut(out: &mut Vec<u8>, content: &[u8], fault: Fault) {
    let after = usize::try_from(fault.after).unwrap_or(usize::MAX);
    let most = if fault.kind == FaultKind::Truncate && after == 0 {
        // So much that it looks like an answer, and not all of it.
        out.len() + content.len() / 2
    } else {
        after
    };
    out.extend_from_slice(content);
    out.truncate(most);
}

/// The fault itself.
async fn end(worker: &Worker, client: &mut Client, kind: FaultKind) -> Fate {
    match kind {
        FaultKind::Reset => {
            client.end_by_reset();
            Fate::Close
        }
        FaultKind::Empty | FaultKind::Truncate => Fate::Linger,
        FaultKind::Garbage => {
            worker.write_out(GARBAGE);
            if send::send(worker, client).await {
                Fate::Linger
            } else {
                Fate::Close
            }
        }
        FaultKind::Hang => {
            late::wait(worker, client, Wait::Forever).await;
            Fate::Close
        }
    }
}

/// The beginning of content that comes in one piece.
fn bytes(content: Content) -> Vec<u8> {
    match content {
        Content::Bytes(bytes) => bytes,
        Content::Shared(bytes) => bytes.to_vec(),
        Content::File {
            mut file,
            start,
            length,
        } => {
            let mut bytes = Vec::new();
            let read = file.seek(SeekFrom::Start(start)).and_then(|_| {
                let most = length.min(FILE_BYTES_MAX);
                file.take(most).read_to_end(&mut bytes)
            });
            if let Err(error) = read {
                tracing::warn!(%error, "a file could not be read, to be broken off");
            }
            bytes
        }
        Content::Nothing | Content::Flow(_) | Content::Upgrade(_) => Vec::new(),
    }
}

/// A flow that is broken off after so many bytes.
struct Cut {
    flow: Box<dyn Flow>,
    left: usize,
}

impl Flow for Cut {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        if self.left == 0 {
            return Poll::Ready(Piece::End(End::Truncate));
        }
        let piece = ready!(self.flow.poll_piece(cx));
        Poll::Ready(match piece {
            Piece::Bytes(mut bytes) => {
                bytes.truncate(self.left);
                self.left -= bytes.len();
                Piece::Bytes(bytes)
            }
            Piece::End(_) => Piece::End(End::Truncate),
        })
    }

    fn is_endless(&self) -> bool {
        self.flow.is_endless()
    }
}
