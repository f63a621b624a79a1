//! A body that rules or an answer look at is taken in, whole, before anything is decided.

use std::future::poll_fn;
use std::time::Duration;

use buffy_core::config::BodySettings;

use crate::proxy::body::Fault;
use crate::proxy::client::Client;
use crate::proxy::intake::{self, Intake};
use crate::proxy::refusal::Refusal;
use crate::proxy::request::Request;
use crate::proxy::send;
use crate::proxy::worker::Worker;

/// Between two pieces of it.
const IDLE: Duration = Duration::from_secs(30);

/// A body that was taken in.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Where it did not fit into what the process has for bodies, it was in a file.
    read: Option<Vec<u8>>,
}

/// Why it was not.
#[derive(Clone, Copy, Debug)]
pub(super) enum NotTaken {
    ClientGone,
    Refused(Refusal),
}

impl Taken {
    /// All of it.
    pub(super) fn bytes<'r>(&'r self, request: &'r Request) -> &'r [u8] {
        match &self.read {
            Some(read) => read,
            None => request.body.kept(),
        }
    }
}

/// Takes a body in, of so many bytes at most.
pub(super) async fn take(
    worker: &Worker,
    client: &mut Client,
    request: &mut Request,
    max: u64,
) -> Result<Taken, NotTaken> {
    let settings = BodySettings {
        memory: max,
        buffer: max,
        max: Some(max),
    };
    let refused = |fault| NotTaken::Refused(Refusal::from(fault));
    request.body.set(settings).map_err(refused)?;
    intake::take_ahead(client, request).map_err(refused)?;
    if request.awaits_continue() && !request.body.is_done() {
        worker.write_out(b"HTTP/1.1 100 Continue\r\n\r\n");
        if !send::send(worker, client).await {
            return Err(NotTaken::ClientGone);
        }
        request.continued = true;
    }
    match intake::whole(worker, client, request, IDLE).await {
        Intake::Whole => {}
        Intake::ClientGone => return Err(NotTaken::ClientGone),
        Intake::Fault(fault) => return Err(refused(fault)),
        Intake::TooSlow => return Err(NotTaken::Refused(Refusal::BodyTooSlow)),
        // More comes than is kept; a body in chunks does not say so before.
        Intake::Full if request.body.kept_bytes() >= max => return Err(refused(Fault::TooLarge)),
        Intake::Full | Intake::NoRoom => return Err(NotTaken::Refused(Refusal::NoRoom)),
    }
    if request.body.spilled() == 0 {
        return Ok(Taken::default());
    }
    read_back(request).await
}

/// What was kept in a file comes back: no more than an endpoint takes.
async fn read_back(request: &mut Request) -> Result<Taken, NotTaken> {
    let mut bytes = request.body.kept().to_vec();
    let (mut at, end) = (0, request.body.spilled());
    while at < end {
        let piece = poll_fn(|cx| request.body.poll_spilled(cx, at)).await;
        let piece = piece.ok().filter(|piece| !piece.is_empty());
        let Some(piece) = piece else {
            return Err(NotTaken::Refused(Refusal::NoRoom));
        };
        at += piece.len() as u64;
        bytes.extend_from_slice(&piece);
    }
    Ok(Taken { read: Some(bytes) })
}
