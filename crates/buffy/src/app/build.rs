//! Everything that runs, made from a checked configuration.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use buffy_core::config::Config;
use buffy_core::gate::{Close, Gate, Operator, Settings, Stop};
use tokio::sync::{mpsc, watch};

use super::bind::{self, BindError};
use super::panics::Vital;
use super::running::{Ended, Started};
use super::supervise::{Ask, Supervised};
use crate::admin::{self, Access, Control, ListenerState};
use crate::client::Client;
use crate::notify::{ConnectionHook, Notifier, Pace};
use crate::observe::log::AccessLog;
use crate::observe::metrics::Counters;
use crate::outbox::{ConnectionSender, HookFigures};
use crate::permits::Permits;
use crate::proxy::listener::Listener;
use crate::proxy::reply::Reply;
use crate::proxy::serve::{self, Phase};
use crate::proxy::site::{Endpoint, Site, Stopping};
use crate::upstream::Parts;
use crate::upstream::address::Addresses;
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::{StateDir, StateError};
use crate::upstream::{Upstream, probe};
use crate::{clock, tasks};

/// Descriptors that the data path leaves for admin, probes, hooks and files.
const RESERVE: usize = 64;
/// Descriptors that clients' connections leave: `connections_max` without being written.
const NOT_FOR_CLIENTS: usize = 256;
/// Deliveries to hooks get so long at the end.
const HOOKS_FINISH: Duration = Duration::from_secs(2);
/// Vital things that end are told through so many places.
const GONE_MAX: usize = 64;

/// Why Buffy does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("the admin API cannot listen")]
    AdminUnix { source: admin::BindError },
    #[error("the folder of the operators' state cannot be used")]
    State { source: StateError },
    #[error("a hook cannot be used")]
    Hook { source: crate::notify::StartError },
    #[error("the thread {name} cannot be started")]
    Thread {
        name: &'static str,
        source: io::Error,
    },
    #[error("the runtime of the control thread cannot be made")]
    Runtime { source: io::Error },
    #[error("no random number can be had")]
    Random { source: getrandom::Error },
    #[error("the control thread has gone")]
    Gone,
}

/// A configuration, and the sockets that it asks for.
pub(super) struct Bound {
    config: Arc<Config>,
    folder: PathBuf,
    workers: usize,
    /// By listener, then by worker.
    listeners: Vec<Vec<TcpListener>>,
    admin: Option<TcpListener>,
    kept: Arc<StateDir>,
}

/// Binds every socket, and takes the folder of the operators' state.
pub(super) fn bind(config: Config, folder: &Path) -> Result<Bound, StartError> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let workers = config.workers.map_or(cores, std::num::NonZeroUsize::get);
    let mut listeners = Vec::new();
    for one in &config.listeners {
        listeners.push(bind::bind(&one.id, one.line, one.bind, one.port, workers)?);
    }
    let admin = match &config.admin {
        Some(admin) => bind::bind("admin", admin.line, admin.bind, admin.port, 1)?.pop(),
        None => None,
    };
    let path = state_dir(&config);
    let kept = StateDir::open(path).map_err(|source| StartError::State { source })?;
    Ok(Bound {
        config: Arc::new(config),
        folder: folder.to_owned(),
        workers,
        listeners,
        admin,
        kept: Arc::new(kept),
    })
}

fn state_dir(config: &Config) -> PathBuf {
    let written = config.state_dir.clone();
    let given = || std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
    written
        .or_else(given)
        .unwrap_or_else(|| PathBuf::from("state"))
}

/// The control thread: starts everything, tells so, and returns when all has ended.
pub(super) fn control(
    bound: Bound,
    asked: watch::Receiver<Ask>,
    told: &SyncSender<Result<Started, StartError>>,
) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(source) => {
            tell(told, Err(StartError::Runtime { source }));
            return Ended::Broken;
        }
    };
    let ended = runtime.block_on(async {
        match start(bound, asked) {
            Ok((started, life)) => {
                tell(told, Ok(started));
                life.run().await
            }
            Err(error) => {
                tell(told, Err(error));
                Ended::Broken
            }
        }
    });
    // A look-up or a sync that hangs in the system does not keep the process.
    runtime.shutdown_background();
    ended
}

fn tell(told: &SyncSender<Result<Started, StartError>>, what: Result<Started, StartError>) {
    if told.send(what).is_err() {
        tracing::error!("nobody waited for the start");
    }
}

/// What is awaited until the end.
struct Life {
    supervised: Supervised,
    admin_end: watch::Sender<bool>,
    admin: Vec<tokio::task::JoinHandle<()>>,
    notifier: Notifier,
    connection_hooks: Vec<ConnectionHook>,
}

impl Life {
    async fn run(self) -> Ended {
        let ended = self.supervised.run().await;
        self.admin_end.send_replace(true);
        for serving in self.admin {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the admin API ended badly");
            }
        }
        for hook in self.connection_hooks {
            if !hook.finish(HOOKS_FINISH).await {
                tracing::warn!("not every connection was told before the end");
            }
        }
        if !self.notifier.finish(HOOKS_FINISH).await {
            tracing::warn!("not every event was delivered before the end");
        }
        tracing::info!("stopped");
        ended
    }
}

fn start(bound: Bound, asked: watch::Receiver<Ask>) -> Result<(Started, Life), StartError> {
    let Bound {
        config,
        folder,
        workers,
        listeners: sockets,
        admin,
        kept,
    } = bound;
    let limit = super::descriptors::raise();
    let client = Client::new(Vec::new());
    let (gone_told, gone) = mpsc::channel(GONE_MAX);
    let notify = config
        .admin
        .as_ref()
        .map(|admin| admin.notify.clone())
        .unwrap_or_default();
    let notifier = Notifier::start(&notify, &client, &Pace::default())
        .map_err(|source| StartError::Hook { source })?;
    let process = Arc::new(ProcessLimits::new(
        config.limits.held,
        config.limits.held_heads,
    ));
    let upstreams = upstreams(
        &config, workers, &process, &kept, &notifier, &client, &gone_told,
    );
    let (listeners, connection_hooks) = listeners(&config, &sockets, &client)?;
    let site = Arc::new(site(&config, folder, upstreams, process, limit)?);
    let counters: Vec<_> = (0..workers)
        .map(|_| Arc::new(Counters::new(config.endpoints.len())))
        .collect();
    let (phase, _) = watch::channel(Phase::Serving);
    let worker_ends = start_workers(&site, &counters, &listeners, sockets, &phase, &gone_told)?;
    let ready = Arc::new(AtomicBool::new(true));
    let control = Arc::new(Control {
        config: Arc::clone(&config),
        hooks: figures(&notifier, &listeners),
        shown: buffy_core::config::redacted(&config),
        upstreams: site.upstreams.clone(),
        listeners: listeners
            .iter()
            .map(|listener| state(listener, &site))
            .collect(),
        counters,
        ready: Arc::clone(&ready),
        kept: Some(Arc::clone(&kept)),
        started_ms: clock::unix_ms(),
        version: env!("CARGO_PKG_VERSION"),
    });
    let (admin_end, admin_ended) = watch::channel(false);
    let (admin_address, serving) = start_admin(&config, admin, &control, &kept, &admin_ended)?;
    let supervised = Supervised {
        site,
        shutdown: config.shutdown.clone(),
        ready,
        asked,
        phase,
        gone,
        workers: worker_ends,
    };
    let life = Life {
        supervised,
        admin_end,
        admin: serving,
        notifier,
        connection_hooks,
    };
    Ok((
        Started {
            control,
            admin: admin_address,
        },
        life,
    ))
}

/// The upstreams, each with its probes under way.
fn upstreams(
    config: &Config,
    workers: usize,
    process: &Arc<ProcessLimits>,
    kept: &Arc<StateDir>,
    notifier: &Notifier,
    client: &Client,
    gone: &mpsc::Sender<&'static str>,
) -> Vec<Arc<Upstream>> {
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
            addresses: Addresses::new(&settings.target, control.clone()),
            gate,
            workers,
            process: Arc::clone(process),
            kept: Some(Arc::clone(kept)),
            events: notifier.sender(),
            settings: settings.clone(),
        });
        let vital = Vital::new("probe", gone);
        drop(tasks::spawn(
            "probe",
            vital.watch(probe::run(Arc::clone(&upstream), client.clone())),
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
    for reason in operator.closes().iter().map(Close::reason).chain(stops) {
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
        tokio::select! {
            () = upstream.changed() => {}
            () = due => upstream.apply(buffy_core::gate::Input::Tick),
        }
    }
}

fn listeners(
    config: &Config,
    sockets: &[Vec<TcpListener>],
    client: &Client,
) -> Result<(Vec<Arc<Listener>>, Vec<ConnectionHook>), StartError> {
    let mut hooks = Vec::new();
    let mut made = Vec::new();
    for (settings, sockets) in config.listeners.iter().zip(sockets) {
        let address = sockets.first().and_then(|socket| socket.local_addr().ok());
        let address = address.unwrap_or(SocketAddr::new(settings.bind, settings.port));
        let start = |url| ConnectionHook::start(&settings.id, url, client, &Pace::default());
        let hook = settings.webhook.as_ref().map(start).transpose();
        let hook = hook.map_err(|source| StartError::Hook { source })?;
        made.push(Arc::new(Listener::new(
            config,
            settings,
            address,
            hook.as_ref().map(ConnectionHook::sender),
        )));
        hooks.extend(hook);
    }
    Ok((made, hooks))
}

fn site(
    config: &Arc<Config>,
    folder: PathBuf,
    upstreams: Vec<Arc<Upstream>>,
    process: Arc<ProcessLimits>,
    descriptors: usize,
) -> Result<Site, StartError> {
    let endpoints = (0..config.endpoints.len()).filter_map(|at| Endpoint::new(config, at));
    let for_clients = descriptors.saturating_sub(NOT_FOR_CLIENTS).max(1);
    let process_id = getrandom::u64().map_err(|source| StartError::Random { source })?;
    Ok(Site {
        endpoints: endpoints.collect(),
        upstreams,
        no_endpoint: Reply::no_endpoint(&config.no_endpoint),
        not_found: Reply::not_found(),
        folder,
        descriptors: Permits::new(descriptors.saturating_sub(RESERVE).max(2)),
        connections: Permits::new(for_clients),
        process,
        access: config
            .log
            .access
            .then(|| AccessLog::start(config.log.format)),
        process_id,
        hop: format!("{process_id:016x}").into_bytes(),
        limits: buffy_http::Limits {
            head_bytes: config.limits.header_bytes,
            target_bytes: config.limits.target_bytes,
            fields: config.limits.fields,
        },
        stopping: Stopping::default(),
        config: Arc::clone(config),
    })
}

/// Starts the workers' threads; what is returned is closed when all have ended.
fn start_workers(
    site: &Arc<Site>,
    counters: &[Arc<Counters>],
    listeners: &[Arc<Listener>],
    sockets: Vec<Vec<TcpListener>>,
    phase: &watch::Sender<Phase>,
    gone: &mpsc::Sender<&'static str>,
) -> Result<mpsc::Receiver<std::convert::Infallible>, StartError> {
    let (running, ended) = mpsc::channel(1);
    let mut sockets: Vec<_> = sockets.into_iter().map(Vec::into_iter).collect();
    for (index, counters) in counters.iter().enumerate() {
        let own = sockets.iter_mut().zip(listeners);
        let own = own.filter_map(|(sockets, one)| Some((Arc::clone(one), sockets.next()?)));
        let parts = serve::Parts {
            index,
            site: Arc::clone(site),
            counters: Arc::clone(counters),
            sockets: own.collect(),
            phase: phase.subscribe(),
        };
        let running = running.clone();
        let vital = Vital::new("worker", gone);
        tasks::spawn_thread(format!("buffy-{index}"), move || {
            let _running = running;
            let _vital = vital;
            if let Err(error) = serve::run(parts) {
                tracing::error!(worker = index, %error, "a worker ended");
            }
        })
        .map_err(|source| StartError::Thread {
            name: "worker",
            source,
        })?;
    }
    Ok(ended)
}

/// What became of deliveries, of all hooks.
fn figures(
    notifier: &Notifier,
    listeners: &[Arc<Listener>],
) -> Box<dyn Fn() -> Vec<HookFigures> + Send + Sync> {
    let events = notifier.sender();
    let listeners = listeners.to_vec();
    Box::new(move || {
        let connections = listeners.iter().filter_map(|one| one.hook.as_ref());
        let connections = connections.map(ConnectionSender::figures);
        events.figures().into_iter().chain(connections).collect()
    })
}

fn state(listener: &Listener, site: &Site) -> ListenerState {
    ListenerState {
        id: listener.settings.id.clone(),
        address: listener.address,
        connections: Arc::clone(&listener.connections),
        connections_max: listener.connections.max().min(site.connections.max()),
    }
}

fn start_admin(
    config: &Config,
    socket: Option<TcpListener>,
    control: &Arc<Control>,
    kept: &StateDir,
    ended: &watch::Receiver<bool>,
) -> Result<(Option<SocketAddr>, Vec<tokio::task::JoinHandle<()>>), StartError> {
    let (Some(settings), Some(socket)) = (&config.admin, socket) else {
        return Ok((None, Vec::new()));
    };
    let address = socket.local_addr().ok();
    let fail = |source| StartError::Runtime { source };
    let socket = tokio::net::TcpListener::from_std(socket).map_err(fail)?;
    let mut listeners = vec![admin::Listener::Tcp(socket)];
    if let Some(path) = &settings.unix {
        let bound = admin::bind_unix(path).map_err(|source| StartError::AdminUnix { source })?;
        listeners.push(bound);
    }
    let access = Arc::new(Access::new(settings, Some(kept)));
    let serving = listeners.into_iter().map(|listener| {
        let mut ended = ended.clone();
        let shutdown = async move {
            if ended.wait_for(|ended| *ended).await.is_err() {
                tracing::debug!("the control thread has gone before the admin API");
            }
        };
        let serve = admin::serve(listener, Arc::clone(control), Arc::clone(&access), shutdown);
        tasks::spawn("admin", serve)
    });
    Ok((address, serving.collect()))
}
