//! A listener's own hook: told of connections opened and closed, in batches.

use std::sync::Arc;
use std::time::Duration;

use buffy_core::config::HookUrl;
use hyper::body::Bytes;
use serde::Serialize;
use tokio::sync::mpsc::{self, Receiver};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::delivery::Delivery;
use super::message::timestamp;
use super::{Pace, StartError, webhook};
use crate::client::{Address, Client};
use crate::outbox::{ConnectionSender, Entry, HOOK, Tally};

/// Entries of one batch at most.
const BATCH: usize = 100;

/// The hook of one listener, running on the control runtime.
#[derive(Debug)]
pub struct ConnectionHook {
    sender: ConnectionSender,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Serialize)]
struct Batch<'a> {
    listener: &'a str,
    opened: Vec<Line>,
    closed: Vec<Line>,
    /// Entries that were lost before this batch.
    dropped: u64,
}

#[derive(Serialize)]
struct Line {
    id: String,
    peer: String,
    at: String,
}

impl ConnectionHook {
    /// Starts a listener's hook; called on the control runtime.
    pub fn start(
        listener: &str,
        url: &HookUrl,
        client: &Client,
        pace: &Pace,
    ) -> Result<Self, StartError> {
        let to = Address::parse(url.0.expose())
            .map_err(|source| StartError::Url { hook: HOOK, source })?;
        let tally = Arc::new(Tally::default());
        let (entries, queue) = mpsc::channel(pace.queue);
        let delivery = Delivery {
            hook: HOOK,
            client: client.clone(),
            to,
            pace: pace.clone(),
            tally: Arc::clone(&tally),
        };
        let (stop, stopped) = watch::channel(false);
        let run = run(
            listener.to_owned(),
            queue,
            stopped,
            delivery,
            pace.batch_every,
        );
        let task = crate::tasks::spawn("connection hook", run);
        Ok(Self {
            sender: ConnectionSender::new(entries, tally),
            stop,
            task,
        })
    }

    /// For those who accept.
    pub fn sender(&self) -> ConnectionSender {
        self.sender.clone()
    }

    /// Takes no more entries, and gives those that wait so long to be delivered.
    ///
    /// Tells whether all were.
    pub async fn finish(mut self, within: Duration) -> bool {
        self.stop.send_replace(true);
        let delivered = tokio::time::timeout(within, &mut self.task).await.is_ok();
        self.task.abort();
        delivered
    }
}

/// Sleeps between batches without looking at the queue: a worker wakes nobody meanwhile.
async fn run(
    listener: String,
    mut queue: Receiver<Entry>,
    mut stopped: watch::Receiver<bool>,
    delivery: Delivery,
    every: Duration,
) {
    loop {
        let first = tokio::select! {
            first = queue.recv() => first,
            _ = stopped.wait_for(|stopped| *stopped), if !queue.is_closed() => {
                queue.close();
                continue;
            }
        };
        let Some(first) = first else { return };
        if queue.len() < BATCH {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        }
        let mut entries = vec![first];
        while entries.len() < BATCH
            && let Ok(entry) = queue.try_recv()
        {
            entries.push(entry);
        }
        let dropped = delivery.tally.take_untold();
        let lost = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let body = batch(&listener, entries, dropped);
        let id = webhook::new_id();
        let headers = || webhook::headers(&id, crate::clock::unix_ms() / 1000, &[], None);
        if !delivery.deliver(body, headers).await {
            delivery.tally.dropped(lost);
            delivery.tally.still_untold(dropped);
        }
    }
}

fn batch(listener: &str, entries: Vec<Entry>, dropped: u64) -> Bytes {
    let mut batch = Batch {
        listener,
        opened: Vec::new(),
        closed: Vec::new(),
        dropped,
    };
    for entry in entries {
        let line = Line {
            id: entry.id.to_string(),
            peer: entry.peer.to_string(),
            at: timestamp(entry.at_ms),
        };
        if entry.opened {
            &mut batch.opened
        } else {
            &mut batch.closed
        }
        .push(line);
    }
    serde_json::to_vec(&batch)
        .expect("strings and numbers have a text")
        .into()
}
