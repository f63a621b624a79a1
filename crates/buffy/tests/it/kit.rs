//! A Buffy in this process.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use buffy::app::{Ended, Found, Origin, Running, Source, StartError};
use buffy::reload::Refused;
use buffy::upstream::Upstream;
use buffy_core::config::{self, Config, Problems, Surroundings, Unset};
use buffy_test::{FakeUpstream, RawClient, Response, TempFolder, count_of, eventually, request};
use serde_json::Value;

/// A Buffy that runs; it is stopped with the value.
pub(crate) struct TestBuffy {
    running: Option<Running>,
    folder: Arc<TempFolder>,
    /// What a reload reads.
    text: Arc<Mutex<String>>,
    port: u16,
    admin: u16,
}

/// One listener, one upstream `up`, one endpoint `all` on `/`: and what a test has to add to them,
/// as pairs of a YAML flow mapping.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct More<'a> {
    pub(crate) buffy: &'a str,
    pub(crate) listener: &'a str,
    pub(crate) admin: &'a str,
    pub(crate) upstream: &'a str,
    pub(crate) endpoint: &'a str,
    /// Lines of further endpoints, as a YAML block sequence.
    pub(crate) endpoints: &'a str,
}

impl TestBuffy {
    /// Forwards everything to this upstream.
    pub(crate) fn forwarding_to(upstream: &FakeUpstream) -> Self {
        Self::forwarding(upstream, More::default())
    }

    /// Forwards everything to this upstream, with more said.
    pub(crate) fn forwarding(upstream: &FakeUpstream, more: More<'_>) -> Self {
        Self::start(&forwarding(&upstream.url(), more))
    }

    /// Starts on a configuration's text.
    pub(crate) fn start(text: &str) -> Self {
        Self::start_in(&Arc::new(TempFolder::new()), text)
    }

    /// Starts in a folder, where `file:///` leads, and where the state is kept.
    pub(crate) fn start_in(folder: &Arc<TempFolder>, text: &str) -> Self {
        let written = Arc::new(Mutex::new(text.to_owned()));
        let origin = Origin {
            source: Some(source(Arc::clone(folder), Arc::clone(&written))),
            ..Origin::default()
        };
        let running = Running::start_from(read(folder.path(), text), folder.path(), origin)
            .unwrap_or_else(|error| panic!("{error}"));
        let port = running
            .control()
            .present()
            .listeners
            .first()
            .expect("there is one")
            .address
            .port();
        let admin = running.admin().map_or(0, |address| address.port());
        Self {
            running: Some(running),
            folder: Arc::clone(folder),
            text: written,
            port,
            admin,
        }
    }

    /// Asks for a reload to another configuration's text.
    #[track_caller]
    pub(crate) fn try_reload(&self, text: &str, query: &str) -> Response {
        text.clone_into(&mut self.text.lock().expect("nobody panics with it"));
        self.admin("POST", &format!("/_admin/api/v1/reload{query}"))
    }

    /// Reloads to another configuration's text, which must do.
    #[track_caller]
    pub(crate) fn reload(&self, text: &str) -> Response {
        let answer = self.try_reload(text, "");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    /// The upstream `up`, for what must be seen step by step.
    pub(crate) fn upstream(&self) -> Arc<Upstream> {
        let present = self.running.as_ref().expect("it runs").control().present();
        Arc::clone(present.upstreams.first().expect("there is one"))
    }

    pub(crate) fn folder(&self) -> &Arc<TempFolder> {
        &self.folder
    }

    /// The first listener's port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The ports of all listeners, in the file's order.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let control = self.running.as_ref().expect("it runs").control();
        let present = control.present();
        present
            .listeners
            .iter()
            .map(|listener| listener.address.port())
            .collect()
    }

    pub(crate) fn admin_port(&self) -> u16 {
        self.admin
    }

    /// A connection to the first listener.
    pub(crate) fn client(&self) -> RawClient {
        RawClient::connect(self.port)
    }

    /// One GET on a connection of its own.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Response {
        self.client().get(target).response()
    }

    /// A connection on which a GET was sent.
    pub(crate) fn asking(&self, target: &str) -> RawClient {
        let mut client = self.client();
        client.get(target);
        client
    }

    /// A GET that is held: sent, and waited for until it has its place.
    #[track_caller]
    pub(crate) fn holding(&self, target: &str) -> RawClient {
        let before = self.held();
        let client = self.asking(target);
        self.eventually_holds(before + 1);
        client
    }

    /// Asks the admin listener, as a program on this machine does.
    #[track_caller]
    pub(crate) fn admin(&self, method: &str, target: &str) -> Response {
        admin(self.admin, method, target)
    }

    /// Asks `api/v1`, with a JSON body where there is one.
    #[track_caller]
    pub(crate) fn api(&self, method: &str, path: &str, body: &Value) -> Response {
        RawClient::connect(self.admin)
            .send(api_request(method, path, body))
            .response()
    }

    /// Moves the gate of `up`.
    #[track_caller]
    pub(crate) fn gate(&self, action: &str) -> Response {
        let answer = self.admin("POST", &format!("/_admin/gate?upstream=up&action={action}"));
        assert_eq!(answer.status, 200, "{action}: {}", answer.text());
        answer
    }

    /// One count of `/metrics`; 0 where it is not there (yet).
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> usize {
        let answer = self.admin("GET", "/metrics");
        assert_eq!(answer.status, 200, "{}", answer.text());
        count_of(&answer.text(), name)
    }

    /// How many requests wait before `up`.
    #[track_caller]
    pub(crate) fn held(&self) -> usize {
        self.of_up("buffy_held_requests")
    }

    /// How many requests are on their way to `up`.
    #[track_caller]
    pub(crate) fn inflight(&self) -> usize {
        self.of_up("buffy_inflight")
    }

    /// Whether requests to `up` pass.
    #[track_caller]
    pub(crate) fn is_open(&self) -> bool {
        self.of_up("buffy_gate_open") == 1
    }

    /// What each target of `up` is seen as: `unknown`, `up`, `suspect` or `down`.
    #[track_caller]
    pub(crate) fn targets(&self) -> Vec<Value> {
        let gate = self.api("GET", "gates/up", &Value::Null).json();
        let targets = gate.get("targets").and_then(Value::as_array);
        let targets = targets.expect("a gate has targets");
        let state = |target: &Value| target.get("state").cloned();
        targets.iter().filter_map(state).collect()
    }

    /// How often this outcome was counted at the endpoint `all`, whatever its code.
    #[track_caller]
    pub(crate) fn outcomes(&self, outcome: &str) -> usize {
        ["none", "2xx", "3xx", "4xx", "5xx"]
            .iter()
            .map(|class| {
                let labels = format!("endpoint=\"all\",outcome=\"{outcome}\"");
                self.metric(&format!(
                    "buffy_requests_total{{{labels},code_class=\"{class}\"}}"
                ))
            })
            .sum()
    }

    #[track_caller]
    pub(crate) fn eventually_holds(&self, count: usize) {
        eventually(&format!("{count} are held"), || self.held() == count);
    }

    #[track_caller]
    pub(crate) fn eventually_open(&self) {
        eventually("the gate is open", || self.is_open());
    }

    #[track_caller]
    pub(crate) fn eventually_not_open(&self) {
        eventually("the gate is not open", || !self.is_open());
    }

    /// Not merely not open: one that is suspect and proves to be well was never down.
    #[track_caller]
    pub(crate) fn eventually_down(&self) {
        eventually("every target is seen down", || {
            self.targets().iter().all(|state| state == "down")
        });
    }

    /// Begins to stop; the thread ends when all is over.
    pub(crate) fn begin_stop(&mut self) -> JoinHandle<Ended> {
        let running = self.running.take().expect("it runs");
        std::thread::Builder::new()
            .name("stopper".into())
            .spawn(move || running.stop())
            .expect("a thread for the stop")
    }

    /// Stops, and waits until all is over.
    pub(crate) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            assert_ne!(running.stop(), Ended::Broken);
        }
    }

    #[track_caller]
    fn of_up(&self, name: &str) -> usize {
        self.metric(&format!("{name}{{upstream=\"up\"}}"))
    }
}

impl Drop for TestBuffy {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // Asked twice it ends at once, whatever is held or under way.
            let stopper = running.stopper();
            stopper.stop();
            stopper.stop();
            let ended = running.wait();
            if !std::thread::panicking() {
                assert_ne!(ended, Ended::Broken);
            }
        }
    }
}

/// What a refusal calls itself.
#[track_caller]
pub(crate) fn outcome(answer: &Response) -> String {
    let said = answer.json().get("outcome").cloned();
    said.and_then(|said| said.as_str().map(str::to_owned))
        .unwrap_or_else(|| panic!("no refusal of ours: {answer:?}"))
}

/// Asks an admin listener, as a program on this machine does.
#[track_caller]
pub(crate) fn admin(port: u16, method: &str, target: &str) -> Response {
    admin_with(port, method, target, &[])
}

/// The same, with fields of its own.
#[track_caller]
pub(crate) fn admin_with(
    port: u16,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
) -> Response {
    let mut all = vec![("Host", "127.0.0.1")];
    if fields
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        all.clear();
    }
    all.extend(fields);
    RawClient::connect(port)
        .send(request(method, target, &all, b""))
        .response()
}

/// A request of `api/v1`, with a JSON body where there is one.
pub(crate) fn api_request(method: &str, path: &str, body: &Value) -> Vec<u8> {
    let target = format!("/_admin/api/v1/{path}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    request(method, &target, &[("Host", "127.0.0.1")], body.as_bytes())
}

/// Starts on a configuration's text, or says why not.
pub(crate) fn try_start(folder: &Path, text: &str) -> Result<Running, StartError> {
    Running::start(read(folder, text), folder)
}

/// Where a reload finds the configuration.
fn source(folder: Arc<TempFolder>, text: Arc<Mutex<String>>) -> Source {
    Arc::new(move || {
        let text = text.lock().expect("nobody panics with it");
        let config = try_read(folder.path(), &text).map_err(|problems| Refused::Wrong {
            problems: problems.to_string(),
        })?;
        Ok(Found {
            config,
            folder: folder.path().to_owned(),
            warnings: Vec::new(),
            files: Vec::new(),
        })
    })
}

/// Reads a configuration's text, which must be right; its state is kept in the folder.
pub(crate) fn read(folder: &Path, text: &str) -> Config {
    try_read(folder, text).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// What is in a folder.
fn names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names
        .collect::<std::io::Result<_>>()
        .map_err(|error| error.to_string())
}

fn try_read(folder: &Path, text: &str) -> Result<Config, Problems> {
    let surroundings = Surroundings {
        env: &|_| None,
        file: &|path| std::fs::read(folder.join(path)).map_err(|error| error.to_string()),
        folder: &|path| names(&folder.join(path)),
        unset: Unset::Refuse,
    };
    let (mut config, _) = config::read("buffy.yaml", text, &surroundings)?;
    config.state_dir = Some(folder.join("state"));
    Ok(config)
}

/// The configuration of [`TestBuffy::forwarding`].
pub(crate) fn forwarding(url: &str, more: More<'_>) -> String {
    let listener = flow("id: public, bind: 127.0.0.1, port: 0", more.listener);
    let admin = flow("bind: 127.0.0.1, port: 0", more.admin);
    let listen = format!("listen: [{listener}], admin: {admin}, workers: 2");
    let buffy = flow(&listen, more.buffy);
    let upstream = flow(
        &format!("id: up, endpoint: \"{url}\", interval: 200"),
        more.upstream,
    );
    let endpoint = "id: all, path: /, type: proxy, upstream: [up], timeout: 60";
    let endpoint = flow(endpoint, more.endpoint);
    let endpoints = more.endpoints;
    format!(
        "version: 0.1\nbuffy: {buffy}\nupstreams:\n- {upstream}\nendpoints:\n{endpoints}\n- {endpoint}\n"
    )
}

/// A configuration without upstreams: `more` are pairs below `buffy`, `endpoints` lines of a YAML
/// block sequence.
pub(crate) fn answering(more: &str, endpoints: &str) -> String {
    let listen = "listen: [{id: public, bind: 127.0.0.1, port: 0}], \
                  admin: {bind: 127.0.0.1, port: 0}, workers: 2";
    let buffy = flow(listen, more);
    format!("version: 0.1\nbuffy: {buffy}\nendpoints:\n{endpoints}")
}

/// A flow mapping; of a key that is given twice the later one stands.
fn flow(pairs: &str, more: &str) -> String {
    let given = |pair: &&str| {
        let key = pair.split(':').next().unwrap_or_default().trim();
        !more
            .split(", ")
            .any(|other| other.split(':').next().unwrap_or_default().trim() == key)
    };
    let kept: Vec<&str> = pairs.split(", ").filter(given).collect();
    let all = if more.is_empty() {
        pairs.to_owned()
    } else {
        format!("{}, {more}", kept.join(", "))
    };
    format!("{{{all}}}")
}
