//! What systemd is told of this process, where it asks for it (`sd_notify(3)`): ready, reloading,
//! stopping, how it is doing, and that every thread which serves still turns.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use buffy_core::config::Shutdown;
use sd_notify::NotifyState;
use tokio::task::JoinHandle;
use tokio::time::{Interval, interval, timeout};

use super::last;
use crate::admin::Control;
use crate::proxy::process::Process;
use crate::proxy::serve::Workers;
use crate::tasks;

/// Between two looks at what `systemctl status` shows.
const LOOK: Duration = Duration::from_secs(1);

/// Tells whoever started this process, if he asked for it in its environment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notices {
    /// A Buffy within another process (a demo, a test) speaks for nobody.
    wanted: bool,
}

impl Notices {
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted }
    }

    /// A reload begins; it ends with [`Self::ready`].
    pub(super) fn reloading(self) {
        // systemd takes a reload without its time for one that it did not ask for.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.send(&[NotifyState::Reloading, now]),
            Err(error) => tracing::debug!(%error, "the time of a reload is not known"),
        }
    }

    /// Everything listens, and what operators said is known.
    pub(super) fn ready(self) {
        self.send(&[NotifyState::Ready]);
    }

    /// It ends, and takes as long as its configuration lets it: it is not killed before.
    pub(super) fn stopping(self, shutdown: &Shutdown) {
        self.send(&[
            NotifyState::Stopping,
            NotifyState::Custom(&extension(shutdown)),
        ]);
    }

    /// Tells how it is doing whenever that changes, and beats while all threads answer. Called on
    /// the control runtime, which must turn for it.
    pub(super) fn keep_telling(
        self,
        workers: Workers,
        process: Arc<Process>,
        control: Arc<Control>,
    ) -> Option<JoinHandle<()>> {
        let told = Told {
            notices: self,
            workers,
            process,
            control,
        };
        let asked = self.wanted && std::env::var_os("NOTIFY_SOCKET").is_some();
        asked.then(|| tasks::spawn("notices", told.keep(sd_notify::watchdog_enabled())))
    }

    fn send(self, state: &[NotifyState<'_>]) {
        if self.wanted
            && let Err(error) = sd_notify::notify(state)
        {
            tracing::warn!(%error, "systemd cannot be told of this process");
        }
    }
}

struct Told {
    notices: Notices,
    workers: Workers,
    process: Arc<Process>,
    control: Arc<Control>,
}

impl Told {
    /// `patience`: without a beat for so long, systemd ends this process.
    async fn keep(self, patience: Option<Duration>) {
        let half = patience.map(|patience| patience / 2);
        let mut beats = half.filter(|half| !half.is_zero()).map(interval);
        let mut looks = interval(LOOK);
        let mut last = String::new();
        loop {
            tokio::select! {
                _ = looks.tick() => {
                    let status = self.status();
                    if status != last {
                        self.notices.send(&[NotifyState::Status(&status)]);
                        last = status;
                    }
                }
                within = next(&mut beats) => self.beat(within).await,
            }
        }
    }

    async fn beat(&self, within: Duration) {
        if all_turn(&self.workers, within).await {
            self.notices.send(&[NotifyState::Watchdog]);
        } else {
            tracing::error!("a worker does not answer: systemd is not told that all is well");
        }
    }

    /// One line for people.
    fn status(&self) -> String {
        let held = self.process.limits.held().taken();
        if !self.control.ready.load(Ordering::Relaxed) {
            return format!("stopping; {held} requests held");
        }
        let present = self.control.present();
        let all = present.upstreams.len();
        let open = present.upstreams.iter();
        let open = open.filter(|one| one.is_open_for_reads()).count();
        format!("{open} of {all} upstreams open; {held} requests held")
    }
}

/// What is asked for, which may be longer than the 71 minutes of a [`NotifyState`] for it.
fn extension(shutdown: &Shutdown) -> String {
    let longest = shutdown.delay + shutdown.hold + shutdown.grace + last::LONGEST;
    format!("EXTEND_TIMEOUT_USEC={}", longest.as_micros())
}

/// Whether every worker answers within so long.
async fn all_turn(workers: &Workers, within: Duration) -> bool {
    timeout(within, workers.turn()).await.is_ok()
}

/// When the next beat is due, and how long it may take; never where none is wanted.
async fn next(beats: &mut Option<Interval>) -> Duration {
    match beats {
        Some(beats) => {
            beats.tick().await;
            beats.period()
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::proxy::serve::Word;

    /// Workers of which some answer.
    fn workers(answers: &[bool]) -> (Workers, Vec<mpsc::Receiver<Word>>) {
        let mut silent = Vec::new();
        let ways = answers.iter().map(|answers| {
            let (way, mut words) = mpsc::channel(1);
            if *answers {
                drop(tasks::spawn("worker", async move {
                    while let Some(word) = words.recv().await {
                        if let Word::Turn(answer) = word {
                            assert!(answer.send(()).is_ok());
                        }
                    }
                }));
            } else {
                silent.push(words);
            }
            way
        });
        (Workers::new(ways.collect()), silent)
    }

    #[test]
    fn an_end_of_hours_is_asked_for_in_full() {
        let shutdown = Shutdown {
            delay: Duration::ZERO,
            hold: Duration::from_hours(2),
            grace: Duration::from_secs(30),
        };
        assert_eq!(extension(&shutdown), "EXTEND_TIMEOUT_USEC=7250000000");
    }

    #[tokio::test(start_paused = true)]
    async fn one_worker_that_does_not_answer_is_no_beat() {
        let within = Duration::from_secs(1);
        let (all, _silent) = workers(&[true, true]);
        assert!(all_turn(&all, within).await);
        let (but_one, _silent) = workers(&[true, false]);
        assert!(!all_turn(&but_one, within).await);
        // The first question is still unread: there is no place for a second one.
        assert!(!all_turn(&but_one, within).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_has_ended_is_not_waited_for() {
        let (ended, silent) = workers(&[false]);
        drop(silent);
        assert!(all_turn(&ended, Duration::from_secs(1)).await);
    }
}
