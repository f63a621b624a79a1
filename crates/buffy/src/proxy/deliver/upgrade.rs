//! The connection is handed over: what follows its 101 is another protocol.

use super::super::client::Client;
use super::super::send::{Fate, send};
use super::super::worker::Worker;
use crate::plugin::Upgrade;

/// Sends the 101 that is in `worker.out`, and lets the other protocol have the connection.
pub(super) async fn run(worker: &Worker, client: &mut Client, upgrade: Box<dyn Upgrade>) -> Fate {
    if send(worker, client).await {
        client.look_after();
        let ending = worker.process.stopping.ending();
        upgrade.run(client.upgraded(ending)).await;
    }
    Fate::Close
}
