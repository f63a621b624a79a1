//! Looks at a target and at its status document: when, how, and what is told to the gate.
//!
//! One prober per target and one poller per autogate, both on the control runtime, never per
//! request. What a look means is the gate's to say; here it only gets the moment before its
//! connect, by which the gate tells old evidence from new.

mod fetch;
mod last;
mod limiter;
mod poller;
mod prober;
mod rhythm;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use buffy_core::gate::Input;
use tokio::runtime::Handle;
use tokio::sync::Notify;

pub use self::last::{HealthTried, LastPoll, LastProbe, Looks, RuleTried};
use self::limiter::Limiter;
use self::poller::Poller;
use self::prober::Prober;
use self::rhythm::Rhythm;
use super::Upstream;
use crate::client::Client;

/// One look takes so long at most.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// All looks of the process.
static LIMITER: Limiter = Limiter::new();

/// When a prober or poller is to look, beside its interval.
struct Asked {
    /// At once, on a connection begun now.
    kick: Arc<Notify>,
    /// Requests wait for what is found, and no operator keeps them waiting.
    waiting: Box<dyn Fn() -> bool + Send + Sync>,
}

/// Who is told what a look found.
type Report = Box<dyn Fn(Input) + Send + Sync>;

/// Looks at an upstream's targets, and its status document where it has one, for ever.
///
/// Runs on the control runtime.
pub async fn run(upstream: Arc<Upstream>, client: Client) {
    let targets = 0..upstream.targets().len();
    let probing = rhythm::all_done(targets.map(|target| probe(&upstream, target, &client)));
    let Some(autogate) = &upstream.settings().autogate else {
        return probing.await;
    };
    let poller = Poller::new(
        &upstream,
        autogate,
        client.clone(),
        &Handle::current(),
        report(&upstream),
    );
    let poller = Arc::new(poller);
    let polling = rhythm::look_forever(
        Rhythm::of_polls(upstream.settings()),
        asked(&upstream, &upstream.poll_now),
        &LIMITER,
        move || {
            let poller = Arc::clone(&poller);
            async move { poller.look().await }
        },
    );
    tokio::join!(probing, polling);
}

/// Looks at one target for ever.
async fn probe(upstream: &Arc<Upstream>, target: usize, client: &Client) {
    let prober = Prober::new(upstream, target, client.clone(), report(upstream));
    let prober = Arc::new(prober);
    let probing = rhythm::look_forever(
        Rhythm::of_probes(upstream.settings()),
        asked(upstream, &upstream.target(target).probe_now),
        &LIMITER,
        move || {
            let prober = Arc::clone(&prober);
            async move { prober.look().await }
        },
    );
    probing.await;
}

fn asked(upstream: &Arc<Upstream>, kick: &Arc<Notify>) -> Asked {
    let waiting = Arc::clone(upstream);
    Asked {
        kick: Arc::clone(kick),
        waiting: Box::new(move || waiting.evidence_wanted()),
    }
}

fn report(upstream: &Arc<Upstream>) -> Report {
    let upstream = Arc::clone(upstream);
    Box::new(move |input| upstream.apply(input))
}
