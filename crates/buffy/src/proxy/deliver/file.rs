//! A part of a file, sent by the system without a copy.

use std::fs::File;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Instant;

use super::super::client::Client;
use super::super::send::{CLIENT_WRITE, send as send_out};
use super::super::worker::Worker;

/// In one go: so that a client that is quick keeps nobody else of its worker waiting.
const PIECE: usize = 512 * 1024;

/// What is still to be sent of a file.
pub(super) struct Part {
    file: File,
    at: u64,
    left: u64,
}

/// The client left, or the file is shorter than it was: the answer is cut off.
pub(super) struct Unsent;

impl Part {
    pub(super) fn new(file: File, at: u64, left: u64) -> Self {
        Self { file, at, left }
    }
}

/// Sends what is in `worker.out`, and the part behind it.
pub(super) async fn send(
    worker: &Worker,
    client: &mut Client,
    mut part: Part,
) -> Result<(), Unsent> {
    if !send_out(worker, client).await {
        return Err(Unsent);
    }
    client.timer.set((Instant::now() + CLIENT_WRITE).into());
    while part.left > 0 {
        let most = PIECE.min(usize::try_from(part.left).unwrap_or(PIECE));
        let sent = poll_fn(|cx| {
            match client.poll_send_file(cx, &part.file, &mut part.at, most) {
                Poll::Ready(Ok(sent @ 1..)) => Poll::Ready(Ok(sent as u64)),
                // A file that became shorter lets the client know: what it was promised does not come.
                Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Err(Unsent)),
                Poll::Pending => client.timer.poll(cx).map(|()| Err(Unsent)),
            }
        });
        part.left = part.left.saturating_sub(sent.await?);
        client.timer.set((worker.now() + CLIENT_WRITE).into());
        tokio::task::consume_budget().await;
    }
    Ok(())
}
