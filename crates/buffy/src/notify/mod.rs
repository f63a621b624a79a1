//! Who is told of what happens: a webhook, Slack, and the hooks of listeners.
//!
//! Events are handed over without waiting and smoothed (an upstream that flaps is told of once);
//! each hook then has a bounded queue and a task of its own, so that a slow receiver slows neither
//! a request nor another hook. What finds no room is counted, logged, and told with the next
//! delivery.

mod connections;
mod damper;
mod delivery;
mod message;
mod slack;
mod webhook;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use buffy_core::config::{EventGroup, Notify};
use buffy_core::event::Event;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

pub use self::connections::ConnectionHook;
use self::damper::{Damper, Notice};
use self::delivery::Delivery;
use self::webhook::Signer;
use crate::client::{Address, Client, UrlError};
use crate::outbox::{EventSender, Tally};

/// Events that wait to be smoothed, and for each hook to be delivered.
const QUEUE: usize = 1024;

/// How patient the hooks are.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Before the first repeat; doubled with each, give or take 20 %.
    pub first: Duration,
    /// Between two tries at most.
    pub longest: Duration,
    /// One try, from the look-up to the answer.
    pub one_try: Duration,
    /// A recovery is told once it has lasted so long; a failure at once.
    pub lasting: Duration,
    /// So many changes …
    pub flaps: usize,
    /// … in so long are flapping; so long without one, and it is over.
    pub flapping_within: Duration,
    /// Between two batches of a listener's connections.
    pub batch_every: Duration,
    /// Entries that wait for a hook at most.
    pub queue: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_mins(5),
            one_try: Duration::from_secs(10),
            lasting: Duration::from_secs(1),
            flaps: 5,
            flapping_within: Duration::from_secs(10),
            batch_every: Duration::from_millis(250),
            queue: QUEUE,
        }
    }
}

/// Why a hook cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{hook}: its URL cannot be used")]
    Url {
        hook: &'static str,
        source: UrlError,
    },
    #[error("`notify.secret` begins with `whsec_`, but what follows is not base64")]
    Secret { source: base64::DecodeError },
}

/// The hooks for events, running on the control runtime.
#[derive(Debug)]
pub struct Notifier {
    sender: EventSender,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// The way to one hook's task.
struct Way {
    hook: &'static str,
    notices: Sender<Notice>,
    tally: Arc<Tally>,
}

impl Notifier {
    /// Starts the hooks that are configured; called on the control runtime.
    pub fn start(config: &Notify, client: &Client, pace: &Pace) -> Result<Self, StartError> {
        let mut ways = Vec::new();
        let mut tasks = Vec::new();
        if let Some(url) = &config.webhook {
            let signer = config.webhook_secret.as_ref().map(Signer::new).transpose();
            let signer = signer.map_err(|source| StartError::Secret { source })?;
            let (way, notices, delivery) = way("webhook", url.0.expose(), client, pace)?;
            tasks.push(crate::tasks::spawn(
                "webhook",
                webhook::run(notices, delivery, signer),
            ));
            ways.push(way);
        }
        if let Some(url) = &config.slack {
            let (way, notices, delivery) = way("slack", url.0.expose(), client, pace)?;
            tasks.push(crate::tasks::spawn("slack", slack::run(notices, delivery)));
            ways.push(way);
        }
        let (intake, events) = mpsc::channel(pace.queue);
        let (stop, stopped) = watch::channel(false);
        let tallies = ways
            .iter()
            .map(|way| (way.hook, Arc::clone(&way.tally)))
            .collect();
        let smoothing = smooth(
            events,
            stopped,
            Damper::new(pace),
            ways,
            config.events.clone(),
        );
        tasks.push(crate::tasks::spawn("notifier", smoothing));
        Ok(Self {
            sender: EventSender::new(intake, tallies),
            stop,
            tasks,
        })
    }

    /// Where to hand events over.
    pub fn sender(&self) -> EventSender {
        self.sender.clone()
    }

    /// Takes no more events, and gives those that wait so long to be delivered.
    ///
    /// Tells whether all were.
    pub async fn finish(self, within: Duration) -> bool {
        self.stop.send_replace(true);
        let deadline = Instant::now() + within;
        let mut all = true;
        for mut task in self.tasks {
            if timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
                all = false;
            }
        }
        all
    }
}

fn way(
    hook: &'static str,
    url: &str,
    client: &Client,
    pace: &Pace,
) -> Result<(Way, Receiver<Notice>, Delivery), StartError> {
    let to = Address::parse(url).map_err(|source| StartError::Url { hook, source })?;
    let tally = Arc::new(Tally::default());
    let (sender, notices) = mpsc::channel(pace.queue);
    let delivery = Delivery {
        hook,
        client: client.clone(),
        to,
        pace: pace.clone(),
        tally: Arc::clone(&tally),
    };
    Ok((
        Way {
            hook,
            notices: sender,
            tally,
        },
        notices,
        delivery,
    ))
}

/// From events to what is worth telling, until the end of the events.
async fn smooth(
    mut events: Receiver<Event>,
    mut stopped: watch::Receiver<bool>,
    mut damper: Damper,
    ways: Vec<Way>,
    groups: Vec<EventGroup>,
) {
    loop {
        let due = damper.due();
        let notices = tokio::select! {
            event = events.recv() => match event {
                Some(event) => damper.take(event, Instant::now()),
                None => break,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                damper.tick(Instant::now())
            }
            _ = stopped.wait_for(|stopped| *stopped), if !events.is_closed() => {
                events.close();
                continue;
            }
        };
        pass_on(&ways, &groups, notices);
    }
    pass_on(&ways, &groups, damper.finish());
}

fn pass_on(ways: &[Way], groups: &[EventGroup], notices: Vec<Notice>) {
    let wanted = |notice: &Notice| groups.is_empty() || groups.contains(&message::group(notice));
    for notice in notices.into_iter().filter(wanted) {
        for way in ways {
            if way.notices.try_send(notice.clone()).is_err() {
                way.tally.lose_event(way.hook);
            }
        }
    }
}
