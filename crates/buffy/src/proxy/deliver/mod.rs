//! An answer's content on its way to the client, behind the head that is in `worker.out`.

mod file;
mod flow;
mod upgrade;

use buffy_http::{Version, write};

use super::client::Client;
use super::request::Request;
use super::send::{Fate, finish, last, send, send_bytes, settle};
use super::worker::Worker;
use crate::plugin::{Content, End, Flow};

/// Content up to so many bytes is copied behind its head.
const COPIED_MAX: usize = 64 * 1024;

/// How an answer is framed, which its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed {
    /// No content, and nothing is said of it.
    Nothing,
    Length(u64),
    Chunked,
    /// It ends with the connection.
    Close,
    /// It is no answer any more, but another protocol.
    Upgrade,
}

impl Framed {
    /// How content is framed for a request.
    pub(super) fn of(content: &Content, status: u16, version: Version) -> Self {
        match content {
            Content::Upgrade(_) if status == 101 => Self::Upgrade,
            _ if is_silent(status) => Self::Nothing,
            Content::Nothing | Content::Upgrade(_) => Self::Length(0),
            Content::Bytes(bytes) => Self::Length(bytes.len() as u64),
            Content::Shared(bytes) => Self::Length(bytes.len() as u64),
            Content::File { length, .. } => Self::Length(*length),
            Content::Flow(_) if version == Version::Http11 => Self::Chunked,
            Content::Flow(_) => Self::Close,
        }
    }

    /// How so many bytes are framed.
    pub(super) fn of_bytes(bytes: usize, status: u16) -> Self {
        if is_silent(status) {
            Self::Nothing
        } else {
            Self::Length(bytes as u64)
        }
    }

    /// Another request may follow on the connection.
    pub(super) fn keeps(self) -> bool {
        !matches!(self, Self::Close | Self::Upgrade)
    }

    /// Appends the field that says so.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing | Self::Close | Self::Upgrade => {}
            Self::Length(length) => write::field_u64(out, b"Content-Length", length),
            Self::Chunked => write::field(out, b"Transfer-Encoding", b"chunked"),
        }
    }
}

/// Answers of such a status have no content, and say no length (RFC 9110 §8.6).
fn is_silent(status: u16) -> bool {
    status < 200 || matches!(status, 204 | 304)
}

/// Sends the head that is in `worker.out`, and the content behind it.
pub(super) async fn deliver(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    (content, framed): (Content, Framed),
    keep: bool,
) -> Fate {
    let silent = request.head.is_head() || framed == Framed::Nothing;
    match content {
        Content::Bytes(bytes) if !silent => {
            return written(worker, client, request, &bytes, keep).await;
        }
        Content::Shared(bytes) if !silent => {
            return written(worker, client, request, &bytes, keep).await;
        }
        Content::File {
            file,
            start,
            length,
        } if !silent => {
            let part = file::Part::new(file, start, length);
            return match file::send(worker, client, part).await {
                Ok(()) => settle(worker, client, request, keep).await,
                Err(file::Unsent) => Fate::Close,
            };
        }
        Content::Flow(flow) if !silent => {
            return streamed(worker, client, request, (flow, framed), keep).await;
        }
        Content::Upgrade(upgrade) if framed == Framed::Upgrade => {
            return upgrade::run(worker, client, upgrade).await;
        }
        Content::Bytes(_)
        | Content::Shared(_)
        | Content::File { .. }
        | Content::Flow(_)
        | Content::Upgrade(_)
        | Content::Nothing => {}
    }
    finish(worker, client, request, keep).await
}

/// In one piece with the head where it is short. What is long is sent from where it is: many clients
/// that read slowly share it.
async fn written(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    bytes: &[u8],
    keep: bool,
) -> Fate {
    if bytes.len() <= COPIED_MAX {
        worker.out.borrow_mut().extend_from_slice(bytes);
        return finish(worker, client, request, keep).await;
    }
    if send(worker, client).await && send_bytes(client, bytes).await {
        settle(worker, client, request, keep).await
    } else {
        Fate::Close
    }
}

async fn streamed(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    (flow, framed): (Box<dyn Flow>, Framed),
    keep: bool,
) -> Fate {
    let keep = keep && !flow.is_endless();
    match flow::send(worker, client, flow, framed == Framed::Chunked).await {
        Some(End::Whole) if keep && !worker.process.stopping.is_last_answer() => {
            settle(worker, client, request, keep).await
        }
        Some(End::Whole) => last(request),
        Some(End::Reset) => {
            client.end_by_reset();
            Fate::Close
        }
        Some(End::Truncate) => Fate::Linger,
        None => Fate::Close,
    }
}
