//! When to look: at an interval, fast while requests wait for it, at once when asked.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use buffy_core::config::{HealthCheck, Upstream};
use tokio::time::{Instant, sleep_until};

use super::Asked;
use super::limiter::Limiter;

/// A document that was asked for fast so long is asked for …
const PATIENCE: Duration = Duration::from_secs(30);
/// … this often from then on, so as not to hinder what starts slowly.
const SLOWED: Duration = Duration::from_millis(500);
/// Looks under way at once: one, and one beside it when what it finds may not count any more.
const BESIDE: usize = 2;

/// Durations between the starts of two looks.
#[derive(Clone, Debug)]
pub(super) struct Rhythm {
    pub(super) interval: Duration,
    pub(super) fast: Duration,
    /// A document is asked for, which costs the other side more than a connect.
    pub(super) document: bool,
    /// Since when it has been fast.
    pub(super) fast_since: Option<Instant>,
}

impl Rhythm {
    pub(super) fn of_probes(upstream: &Upstream) -> Self {
        let document = match upstream.health.check {
            HealthCheck::Tcp => false,
            HealthCheck::Http { .. } => true,
        };
        Self {
            document,
            ..Self::of_polls(upstream)
        }
    }

    pub(super) fn of_polls(upstream: &Upstream) -> Self {
        Self {
            interval: upstream.interval,
            fast: upstream.health.fast_interval.min(upstream.interval),
            document: true,
            fast_since: None,
        }
    }

    /// How long after the start of the last look the next one is due.
    pub(super) fn pause(&mut self, waiting: bool, now: Instant) -> Duration {
        if !waiting {
            self.fast_since = None;
            return self.interval;
        }
        let since = *self.fast_since.get_or_insert(now);
        if self.document && now.saturating_duration_since(since) >= PATIENCE {
            self.fast.max(SLOWED).min(self.interval)
        } else {
            self.fast
        }
    }
}

/// Looks for ever, the first time at once.
///
/// A kick while a look is under way starts another beside it: the first may have begun too early
/// to count, and waiting for it (a black hole takes its whole time-out) would be waiting for
/// nothing. Kicks that come while two are under way become one.
pub(super) async fn look_forever<F>(
    mut rhythm: Rhythm,
    asked: Asked,
    limiter: &'static Limiter,
    look: impl Fn() -> F,
) where
    F: Future<Output = ()>,
{
    let mut looks = Vec::new();
    loop {
        // Kicks until now are answered by the look that begins now.
        tokio::select! {
            biased;
            () = asked.kick.notified() => {}
            () = std::future::ready(()) => {}
        }
        let started = Instant::now();
        let next = look();
        looks.push(Box::pin(async move {
            limiter.turn().await;
            next.await;
        }));
        loop {
            let pause = rhythm.pause((asked.waiting)(), Instant::now());
            let due = started + crate::clock::jittered(pause, 10);
            tokio::select! {
                () = first_done(&mut looks), if !looks.is_empty() => {}
                () = asked.kick.notified(), if looks.len() < BESIDE => break,
                () = sleep_until(due), if looks.is_empty() => break,
            }
        }
    }
}

/// Returns when all are done.
pub(super) async fn all_done<F: Future<Output = ()>>(those: impl Iterator<Item = F>) {
    let mut those: Vec<_> = those.map(Box::pin).collect();
    while !those.is_empty() {
        first_done(&mut those).await;
    }
}

async fn first_done<F: Future<Output = ()>>(looks: &mut Vec<Pin<Box<F>>>) {
    std::future::poll_fn(|cx| {
        match looks
            .iter_mut()
            .position(|look| look.as_mut().poll(cx).is_ready())
        {
            Some(done) => {
                drop(looks.swap_remove(done));
                Poll::Ready(())
            }
            None => Poll::Pending,
        }
    })
    .await;
}
