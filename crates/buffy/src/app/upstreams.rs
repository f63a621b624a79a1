//! The upstreams of a configuration, each with its probes and its gate's clock under way.

use std::sync::Arc;

use buffy_core::config::Config;
use buffy_core::gate::{Close, Force, Gate, Operator, Settings, Stop};
use tokio::sync::mpsc;

use super::panics::Vital;
use crate::client::Client;
use crate::outbox::EventSender;
use crate::upstream::address::Addresses;
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::StateDir;
use crate::upstream::{Parts, Target, Upstream, probe};
use crate::{clock, tasks};

/// What upstreams have in common.
pub(super) struct Common<'a> {
    pub(super) workers: usize,
    pub(super) process: &'a Arc<ProcessLimits>,
    pub(super) kept: &'a Arc<StateDir>,
    pub(super) events: EventSender,
    pub(super) client: &'a Client,
    pub(super) gone: &'a mpsc::Sender<&'static str>,
}

/// The upstreams, each with its probes under way.
/// Called on the control runtime.
pub(super) fn upstreams(config: &Config, common: &Common<'_>) -> Vec<Arc<Upstream>> {
    let Common {
        workers,
        process,
        kept,
        events,
        client,
        gone,
    } = common;
    let control = tokio::runtime::Handle::current();
    let make = |settings: &buffy_core::config::Upstream| {
        let restored = kept.load(&settings.id).unwrap_or_default();
        say_restored(&settings.id, &restored);
        let gate = Gate::new(
            Settings::of(settings),
            restored,
            clock::now(),
            clock::unix_ms(),
        );
        let upstream = Upstream::new(Parts {
            targets: settings
                .targets
                .iter()
                .map(|one| Target::new(one.clone(), Addresses::new(one, control.clone())))
                .collect(),
            gate,
            workers: *workers,
            process: Arc::clone(process),
            kept: Some(Arc::clone(kept)),
            events: events.clone(),
            settings: settings.clone(),
        });
        // What ran out while nobody ran is acted on before anything is accepted.
        upstream.expire();
        let vital = Vital::new("probe", gone);
        drop(tasks::spawn(
            "probe",
            vital.watch(probe::run(Arc::clone(&upstream), (*client).clone())),
        ));
        let vital = Vital::new("gate", gone);
        drop(tasks::spawn(
            "gate",
            vital.watch(tick(Arc::clone(&upstream))),
        ));
        upstream
    };
    config.upstreams.iter().map(make).collect()
}

/// A gate that is closed from the start is the first thing to know.
fn say_restored(upstream: &str, operator: &Operator) {
    let stops = operator.stops().iter().map(Stop::reason);
    let force = operator.force().map(Force::reason);
    let entries = operator.closes().iter().map(Close::reason);
    for reason in entries.chain(stops).chain(force) {
        tracing::warn!(upstream, reason, "restored from before the restart");
    }
}

/// Tells a gate of the time, when it wants to know.
async fn tick(upstream: Arc<Upstream>) {
    loop {
        let next = upstream.next_tick();
        let due = async {
            match next {
                Some(moment) => tokio::time::sleep_until(clock::instant(moment).into()).await,
                None => std::future::pending().await,
            }
        };
        let expiry = async {
            match upstream.until_expiry() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = upstream.changed() => {}
            () = due => upstream.apply(buffy_core::gate::Input::Tick),
            () = expiry => if upstream.until_expiry().is_some_and(|left| left.is_zero()) {
                let over = Arc::clone(&upstream);
                if let Err(error) = tasks::spawn_blocking(move || over.expire()).await {
                    tracing::error!(upstream = upstream.id(), %error, "a lease could not be acted on");
                }
            }
        }
    }
}
