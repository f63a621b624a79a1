//! The upstreams of a configuration, and the tasks that tend each: its probes, its gate's clock.

use std::sync::Arc;
use std::time::Duration;

use buffy_core::config::Config;
use buffy_core::gate::{Close, Force, Gate, Operator, Settings, Stop};
use tokio::task::JoinHandle;

use super::ground::Ground;
use super::panics::Vital;
use crate::upstream::address::Addresses;
use crate::upstream::{Parts, Target, Upstream, probe};
use crate::{clock, tasks};

/// Between two looks at what is left at an upstream that is served no more.
const LOOK: Duration = Duration::from_millis(50);

/// An upstream with its tasks under way.
pub(super) struct Tended {
    pub(super) upstream: Arc<Upstream>,
    tasks: Vec<JoinHandle<()>>,
}

/// Upstreams for a configuration: those that `keeps` names are the ones that were there before, the
/// others are new, and know nothing yet but what operators left.
///
/// Called on the control runtime.
pub(super) fn upstreams(
    config: &Config,
    ground: &Ground,
    before: &[Arc<Upstream>],
    keeps: impl Fn(&str) -> bool,
) -> Vec<Arc<Upstream>> {
    let make = |settings: &buffy_core::config::Upstream| {
        let before = before.iter().find(|old| old.id() == settings.id);
        match before {
            Some(before) if keeps(&settings.id) => Arc::clone(before),
            Some(_) | None => upstream(settings, ground, before),
        }
    };
    config.upstreams.iter().map(make).collect()
}

fn upstream(
    settings: &buffy_core::config::Upstream,
    ground: &Ground,
    before: Option<&Arc<Upstream>>,
) -> Arc<Upstream> {
    let control = tokio::runtime::Handle::current();
    let restored = match before {
        // What operators said there is handed over, not read.
        Some(_) => Operator::default(),
        None => ground.kept.load(&settings.id).unwrap_or_default(),
    };
    say_restored(&settings.id, &restored);
    let gate = Gate::new(
        Settings::of(settings),
        restored,
        clock::now(),
        clock::unix_ms(),
    );
    let targets = settings.targets.iter();
    let targets = targets
        .map(|one| Target::new(one.clone(), Addresses::new(one, control.clone())))
        .collect();
    let upstream = Upstream::new(Parts {
        targets,
        gate,
        workers: ground.workers,
        process: Arc::clone(&ground.process.limits),
        kept: Some(Arc::clone(&ground.kept)),
        events: ground.events.clone(),
        settings: settings.clone(),
        before: before.cloned(),
    });
    // What ran out while nobody ran is acted on before anything is accepted.
    upstream.expire();
    upstream
}

impl Tended {
    /// Starts the tasks; called on the control runtime.
    pub(super) fn start(upstream: Arc<Upstream>, ground: &Ground) -> Self {
        let vital = Vital::new("probe", &ground.gone);
        let probing = probe::run(Arc::clone(&upstream), ground.client.clone());
        let probing = tasks::spawn("probe", vital.watch(probing));
        let vital = Vital::new("gate", &ground.gone);
        let ticking = tasks::spawn("gate", vital.watch(tick(Arc::clone(&upstream))));
        Self {
            upstream,
            tasks: vec![probing, ticking],
        }
    }

    /// It is served no more: its target is looked at as long as a request waits for it or is on its
    /// way. One whose endpoint has gone keeps its old route.
    pub(super) fn leave(self) {
        drop(tasks::spawn("upstream that goes", async move {
            while !self.upstream.is_quiet() {
                tokio::time::sleep(LOOK).await;
            }
            for task in self.tasks {
                task.abort();
            }
        }));
    }
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
