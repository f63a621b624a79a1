//! A served admin API, and one way to ask it.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use buffy_core::config::{self, Admin, Config, Scope, Secret, Surroundings, Token, Unset};
use buffy_core::gate::{Gate, Settings};
use buffy_test::{DEADLINE, RawClient, Response, request};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::super::serve::{Bounds, serve_within};
use super::super::{Access, Answering, Control, Listener, ListenerState, Present, bind_unix};
use crate::clock;
use crate::journal::Journal;
use crate::observe::metrics::{Counters, NO_ENDPOINT, Outcome};
use crate::outbox::EventSender;
use crate::permits::Permits;
use crate::reload::Reloads;
use crate::session::{Clock, Sessions};
use crate::upstream::address::Addresses;
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::StateDir;
use crate::upstream::{Parts, Target, Upstream};

/// How the admin API of a test is configured.
pub(super) struct Setup {
    config: Config,
    pub(super) bounds: Bounds,
    folder: Folder,
}

/// A folder of one test's own, removed when it ends.
struct Folder(PathBuf);

/// An admin API that is being served.
pub(super) struct Served {
    pub(super) port: u16,
    pub(super) ready: Arc<AtomicBool>,
    folder: Folder,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

const CONFIG: &str = "
version: 0.1
buffy:
  listen: { id: public, bind: 127.0.0.1, port: 7000 }
  admin: { path: /_admin, bind: 127.0.0.1, port: 7001 }
upstreams:
  - { id: service1, endpoint: 'http://localhost:9091' }
endpoints:
  - { id: example1, path: /api/, type: proxy, upstream: [service1] }
";

impl Setup {
    /// Bound to loopback, no token, state in a folder of its own.
    pub(super) fn new() -> Self {
        let around = Surroundings {
            env: &|_| None,
            file: &|path| Err(format!("{} is not there", path.display())),
            folder: &|_| Err("there is none".to_owned()),
            unset: Unset::Refuse,
        };
        let (config, _) = config::read("buffy.yaml", CONFIG, &around).unwrap();
        Self {
            config,
            bounds: Bounds::USUAL,
            folder: Folder::new(),
        }
    }

    /// What is configured of the admin API.
    pub(super) fn admin(&mut self) -> &mut Admin {
        self.config.admin.as_mut().unwrap()
    }

    /// As if bound to every address; served on loopback all the same.
    pub(super) fn wide(mut self) -> Self {
        self.admin().bind = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        self
    }

    pub(super) fn token(mut self, scope: Scope, value: &str) -> Self {
        let value = Secret::new(value.to_owned());
        self.admin().tokens.push(Token {
            name: "ci".to_owned(),
            scope,
            value,
        });
        self
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder.0
    }

    pub(super) fn serve(self) -> Served {
        self.serve_on(|| {
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            listener.set_nonblocking(true).unwrap();
            Listener::Tcp(tokio::net::TcpListener::from_std(listener).unwrap())
        })
    }

    pub(super) fn serve_unix(self, path: &Path) -> Served {
        let path = path.to_owned();
        self.serve_on(move || bind_unix(&path).unwrap())
    }

    fn serve_on(self, bind: impl FnOnce() -> Listener + Send + 'static) -> Served {
        let Self {
            config,
            bounds,
            folder,
        } = self;
        let ready = Arc::new(AtomicBool::new(true));
        let (end, ended) = oneshot::channel();
        let (bound, port) = std::sync::mpsc::sync_channel(1);
        let (state, readiness) = (folder.0.join("state"), Arc::clone(&ready));
        let thread = crate::tasks::spawn_thread("admin".to_owned(), move || {
            let kept = Arc::new(StateDir::open(state).unwrap());
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(async {
                let control = Arc::new(control(config, kept, readiness));
                let listener = bind();
                bound.send(port_of(&listener)).unwrap();
                let ended = async { assert!(ended.await.is_ok()) };
                serve_within(bounds, listener, control, ended).await;
            });
        });
        let thread = Some(thread.unwrap());
        let port = port.recv_timeout(DEADLINE).unwrap();
        Served {
            port,
            ready,
            folder,
            end: Some(end),
            thread,
        }
    }
}

impl Served {
    /// One request on a connection of its own.
    pub(super) fn ask(&self, method: &str, target: &str, fields: &[(&str, &str)]) -> Response {
        self.send(method, target, fields, b"")
    }

    pub(super) fn send(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let mut client = RawClient::connect(self.port);
        client.send(bytes(method, target, fields, body));
        if method == "HEAD" {
            client.response_to_head()
        } else {
            client.response()
        }
    }

    /// The folder of operator state.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.0.join("state")
    }

    /// Ends it, and waits for the end.
    pub(super) fn end(&mut self) {
        if let Some(end) = self.end.take() {
            end.send(()).unwrap();
        }
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok(), "the admin API panicked");
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("buffy-admin-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// One request over a unix socket; what came back, as text.
pub(super) fn ask_unix(path: &Path, method: &str, target: &str) -> String {
    let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
        .write_all(&bytes(method, target, &[("Connection", "close")], b""))
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn bytes(method: &str, target: &str, fields: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let named = fields.iter().any(|(name, _)| *name == "Host");
    let host = [("Host", "localhost")];
    let all: Vec<_> = host
        .into_iter()
        .filter(|_| !named)
        .chain(fields.iter().copied())
        .collect();
    request(method, target, &all, body)
}

fn port_of(listener: &Listener) -> u16 {
    match listener {
        Listener::Tcp(listener) => listener.local_addr().unwrap().port(),
        Listener::Unix(_) => 0,
    }
}

/// Three open connections, one worker that refused a request.
fn control(config: Config, kept: Arc<StateDir>, ready: Arc<AtomicBool>) -> Control {
    let counters = Counters::new(1);
    counters.request(NO_ENDPOINT, Outcome::Refused, 501);
    let connections = Permits::new(20_000);
    std::mem::forget([connections.take(), connections.take(), connections.take()]);
    let upstream = upstream(config.upstreams.first().unwrap(), Arc::clone(&kept));
    let present = Present {
        shown: serde_json::json!({ "version": 0.1 }),
        upstreams: vec![upstream],
        listeners: vec![ListenerState {
            id: "public".to_owned(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 7000)),
            connections,
            connections_max: 20_000,
        }],
        counters: vec![Arc::new(counters)],
        access: Some(Arc::new(Access::new(
            config.admin.as_ref().unwrap(),
            Some(&kept),
        ))),
        hooks: Box::new(Vec::new),
        config: Arc::new(config),
    };
    let answering = Answering {
        journal: Arc::new(Journal::new(1, 100)),
        sessions: Arc::new(Sessions::new(42)),
        clock: Clock::default(),
        hubs: Arc::default(),
    };
    // Nobody reloads: whoever asks is told that Buffy is stopping.
    let (reloads, _) = Reloads::new();
    let mut control = Control::new(present, answering, reloads, Some(kept));
    control.ready = ready;
    control.started_ms = 1_700_000_000_000;
    control.version = "0.1.0";
    control
}

/// An upstream that nobody probes; made on the control runtime.
fn upstream(settings: &config::Upstream, kept: Arc<StateDir>) -> Arc<Upstream> {
    let restored = kept.load(&settings.id).unwrap_or_default();
    Upstream::new(Parts {
        targets: vec![Target::new(
            settings.first_target().clone(),
            Addresses::new(settings.first_target(), Handle::current()),
        )],
        gate: Gate::new(
            Settings::of(settings),
            restored,
            clock::now(),
            clock::unix_ms(),
        ),
        workers: 1,
        process: Arc::new(ProcessLimits::new(10_000, 1 << 20, 1 << 20, 1 << 20)),
        kept: Some(kept),
        events: EventSender::without_hooks(),
        settings: settings.clone(),
        before: None,
    })
}
