//! The example of a deploy: its script replaces the backend under load, and nobody loses anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use buffy_test::{FakeUpstream, RawClient, TempFolder, eventually, request};
use serde_json::Value;

use crate::kit::{Process, buffy};
use crate::verb::{Said, run};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/deploy");
/// Clients that send one request after the other, each on a connection of its own.
const CLIENTS: usize = 8;

/// The example in a folder of its own, on ports of its own.
struct Shop {
    folder: TempFolder,
    buffy: Process,
    /// Keeps the port of the backends, which come and go.
    _port: FakeUpstream,
}

impl Shop {
    fn start() -> Self {
        let (folder, port) = (TempFolder::new(), FakeUpstream::absent());
        let read = |name: &str| {
            let text = std::fs::read_to_string(Path::new(EXAMPLE).join(name));
            let text = text.expect("the example is there");
            text.replace("port: 7000", "port: 0")
                .replace("port: 7001", "port: 0")
                .replace("8080", &port.port().to_string())
        };
        folder.write("backend.yaml", &read("backend.yaml"));
        folder.write("deploy.sh", &read("deploy.sh"));
        let configuration =
            read("buffy.yaml").replace("shutdown:", "log: {format: json}\n  shutdown:");
        let command = buffy(folder.path(), &["run", "-c", "buffy.yaml"]);
        let buffy = Process::start_by(&folder, &configuration, command);
        Self {
            folder,
            buffy,
            _port: port,
        }
    }

    fn deploy(&self, release: &str) -> Said {
        let mut command = Command::new("sh");
        command
            .args(["deploy.sh", release])
            .current_dir(self.folder.path())
            .env("BUFFY", env!("CARGO_BIN_EXE_buffy"))
            .env(
                "BUFFY_ADMIN",
                format!("http://127.0.0.1:{}", self.buffy.admin_port()),
            );
        run(command)
    }

    /// How often each POST was answered by a backend, by its id.
    fn posts(&self) -> BTreeMap<String, usize> {
        let log = std::fs::read_to_string(self.folder.path().join("backend.log"));
        let log = log.expect("the backends write a log");
        let mut posts = BTreeMap::new();
        for line in log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        {
            let field = |name: &str| line.get(name).and_then(Value::as_str);
            if let (Some("POST"), Some(id)) = (field("method"), field("request_id")) {
                *posts.entry(id.to_owned()).or_default() += 1;
            }
        }
        posts
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let kill = "kill \"$(cat backend.pid)\"";
        let mut command = Command::new("sh");
        let killed = command
            .args(["-c", kill])
            .current_dir(self.folder.path())
            .status();
        if !std::thread::panicking() {
            assert!(
                killed.expect("a shell runs").success(),
                "the last backend ran to the end"
            );
        }
    }
}

/// Clients that go on until they are told to end.
struct Load {
    over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<String>>>,
}

impl Load {
    fn start(port: u16) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicUsize::new(0));
        let clients = (0..CLIENTS).map(|client| {
            let (over, sent) = (Arc::clone(&over), Arc::clone(&sent));
            let work = move || {
                let mut posts = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    posts.extend(exchange(port, client, number));
                }
                posts
            };
            let name = format!("client-{client}");
            std::thread::Builder::new()
                .name(name)
                .spawn(work)
                .expect("a thread")
        });
        let clients = clients.collect();
        Self {
            over,
            sent,
            clients,
        }
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The ids of all POSTs; a client whose request was not answered has panicked.
    fn end(self) -> Vec<String> {
        self.over.store(true, Ordering::Relaxed);
        let clients = self.clients.into_iter();
        clients
            .flat_map(|client| client.join().expect("no request is lost"))
            .collect()
    }
}

/// One request, a GET or a POST; the id of a POST.
fn exchange(port: u16, client: usize, number: usize) -> Option<String> {
    let id = format!("{client}-{number}");
    let fields = [("Host", "shop"), ("X-Request-Id", id.as_str())];
    let is_post = number.is_multiple_of(2);
    let message = if is_post {
        request("POST", "/checkout/", &fields, b"one basket")
    } else {
        request("GET", "/checkout/", &fields, b"")
    };
    let answer = RawClient::connect(port).send(message).response();
    assert_eq!(answer.status, 200, "{id}: {}", answer.text());
    assert!(
        answer.text().starts_with("release "),
        "{id}: {}",
        answer.text()
    );
    is_post.then_some(id)
}

#[test]
fn the_example_replaces_its_backend_under_load_and_nothing_is_lost() {
    let shop = Shop::start();
    shop.deploy("1.0")
        .ended(0, &["the gate is", "shop: open after"]);
    let load = Load::start(shop.buffy.port());
    let goes_on = |requests: usize| {
        let before = load.sent();
        eventually("the load goes on", || load.sent() >= before + requests);
    };
    goes_on(50);
    for release in ["1.1", "1.2"] {
        shop.deploy(release)
            .ended(0, &["requests held, median wait", "shop: open after"]);
        let answer = buffy_test::get(shop.buffy.port(), "/checkout/");
        assert_eq!(answer.text(), format!("release {release}"));
        goes_on(50);
    }
    let posts = load.end();
    let answered = || posts.iter().all(|id| shop.posts().contains_key(id));
    eventually("the backends told of every POST", answered);
    let twice: Vec<_> = shop
        .posts()
        .into_iter()
        .filter(|(_, count)| *count != 1)
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(shop.posts().len(), posts.len());
}
