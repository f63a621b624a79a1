//! The clients: requests at a fixed rate, whatever becomes of those before, each on a connection
//! of its own.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::message;
use super::record::Record;
use super::tally::{Method, Seen};
use crate::tasks;

/// Where to, how many, and how long each may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    pub(super) buffy: SocketAddr,
    /// Requests per second.
    pub(super) rate: u32,
    /// From sending to the answer's end.
    pub(super) deadline: Duration,
}

/// Clients that send, on a thread of their own: neither Buffy nor the screen slows them.
pub(super) struct Load {
    stop: watch::Sender<bool>,
    ended: oneshot::Receiver<()>,
}

impl Load {
    pub(super) fn start(aim: Aim, record: Record) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (tell, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        tasks::spawn_thread("demo-load".to_owned(), move || {
            runtime.block_on(send(aim, &record, stopped));
            if tell.send(()).is_err() {
                tracing::debug!("nobody waited for the demo's clients");
            }
        })?;
        Ok(Self { stop, ended })
    }

    /// Sends nothing more, and returns when each client knows what became of its request.
    pub(super) async fn finish(&mut self) {
        self.stop.send_replace(true);
        // A thread that has gone without a word has no clients either.
        drop((&mut self.ended).await);
    }
}

async fn send(aim: Aim, record: &Record, mut stopped: watch::Receiver<bool>) {
    let (running, mut ended) = mpsc::channel::<Infallible>(1);
    let start = Instant::now();
    for number in 0.. {
        let due = start + Duration::from_secs(1) * number / aim.rate;
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            () = sleep_until(due) => {}
        }
        let method = if number % 2 == 0 {
            Method::Get
        } else {
            Method::Post
        };
        let id = record.sent(method);
        let (record, running) = (record.clone(), running.clone());
        drop(tasks::spawn("demo-request", async move {
            let _running = running;
            let (held, seen) = one(aim, id, method).await;
            record.ended(id, held, seen);
        }));
    }
    drop(running);
    if ended.recv().await.is_some() {
        tracing::debug!("a client said something");
    }
}

/// Sends one request, and says what its client saw.
async fn one(aim: Aim, id: usize, method: Method) -> (bool, Seen) {
    let request = message::request(id, method, aim.buffy);
    match timeout(aim.deadline, message::ask(aim.buffy, &request)).await {
        Ok(Ok(answer)) => (answer.was_held(), answer.seen(id)),
        Ok(Err(error)) => (false, Seen::Otherwise(error.to_string())),
        Err(_) => {
            let why = format!("no answer within {:.1} s", aim.deadline.as_secs_f64());
            (false, Seen::Otherwise(why))
        }
    }
}
