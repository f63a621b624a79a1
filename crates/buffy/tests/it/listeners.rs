//! Several listeners, ports that are taken, and who is told of connections.

use std::net::TcpListener;

use buffy_test::{FakeUpstream, TempFolder, eventually, get};
use serde_json::Value;

use crate::kit::{More, TestBuffy, forwarding, try_start};

const ENDPOINTS: &str = "endpoints:\n\
    - {id: a, path: /a, type: respond, response: [{name: ok, return_code: 200, content: a}]}\n\
    - {id: b, path: /b, type: respond, response: [{name: ok, return_code: 200, content: b}]}\n";

#[test]
fn each_listener_serves_its_own_endpoints() {
    let text = format!(
        "version: 0.1\nbuffy: {{listen: [\
         {{id: all, bind: 127.0.0.1, port: 0}}, \
         {{id: some, bind: 127.0.0.1, port: 0, endpoints: [b]}}]}}\n{ENDPOINTS}"
    );
    let buffy = TestBuffy::start(&text);
    let [all, some] = <[u16; 2]>::try_from(buffy.ports()).unwrap();
    assert_ne!(all, some);
    assert_eq!(
        (get(all, "/a").text(), get(all, "/b").text()),
        ("a".into(), "b".into())
    );
    assert_eq!(get(some, "/b").text(), "b");
    assert_eq!(get(some, "/a").status, 501);
}

#[test]
fn a_port_that_is_taken_names_the_listener_and_its_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let text = format!(
        "version: 0.1\nbuffy:\n  listen:\n  - {{id: first, bind: 127.0.0.1, port: 0}}\n  \
         - {{id: second, bind: 127.0.0.1, port: {port}}}\n{ENDPOINTS}"
    );
    let folder = TempFolder::new();
    let error = try_start(folder.path(), &text)
        .err()
        .expect("the port is taken")
        .to_string();
    assert!(error.contains("second") && error.contains('5'), "{error}");
    assert!(error.contains(&port.to_string()), "{error}");
}

#[test]
fn a_port_that_another_buffy_has_is_taken_too() {
    let text = format!(
        "version: 0.1\nbuffy: {{workers: 2, listen: [{{id: one, bind: 127.0.0.1, port: 0}}]}}\n\
         {ENDPOINTS}"
    );
    let first = TestBuffy::start(&text);
    let again = text.replace("port: 0", &format!("port: {}", first.port()));
    let folder = TempFolder::new();
    let error = try_start(folder.path(), &again)
        .err()
        .expect("the port is taken")
        .to_string();
    assert!(error.contains("one"), "{error}");
    for _ in 0..20 {
        assert_eq!(
            get(first.port(), "/a").status,
            200,
            "the first one has lost nothing"
        );
    }
}

#[test]
fn nothing_is_served_unless_every_socket_could_be_bound() {
    let upstream = FakeUpstream::start();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let admin = format!("port: {port}");
    let text = forwarding(
        &upstream.url(),
        More {
            admin: &admin,
            ..More::default()
        },
    );
    let folder = TempFolder::new();
    let error = try_start(folder.path(), &text)
        .err()
        .expect("the admin's port is taken")
        .to_string();
    assert!(
        error.contains("admin") && error.contains(&port.to_string()),
        "{error}"
    );
}

#[test]
fn a_hook_is_told_of_connections_opened_and_closed_in_batches() {
    let hook = FakeUpstream::start();
    let upstream = FakeUpstream::start();
    let listener = format!("notify: {{webhook: \"{}/conn\"}}", hook.url());
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            listener: &listener,
            ..More::default()
        },
    );
    buffy.eventually_open();
    let mut clients: Vec<_> = (0..30).map(|_| buffy.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/").response().status, 200);
    }
    drop(clients);
    let told = |what: &str| -> Vec<String> {
        let batches = hook.requests();
        let batches = batches.iter().filter(|batch| batch.whole).map(|batch| {
            assert_eq!(
                (batch.method.as_str(), batch.target.as_str()),
                ("POST", "/conn")
            );
            serde_json::from_slice::<Value>(&batch.body).expect("a batch is JSON")
        });
        batches
            .flat_map(|batch| {
                assert_eq!(batch["listener"], "public");
                batch[what].as_array().cloned().unwrap_or_default()
            })
            .map(|line| line["id"].to_string())
            .collect()
    };
    eventually("all are told of", || {
        told("opened").len() == 30 && told("closed").len() == 30
    });
    let (mut opened, mut closed) = (told("opened"), told("closed"));
    opened.sort();
    closed.sort();
    assert_eq!(opened, closed);
    opened.dedup();
    assert_eq!(opened.len(), 30, "each has an id of its own");
    assert!(hook.count() < 60, "they come in batches");
}

#[test]
fn a_hook_that_never_answers_slows_no_request() {
    let hook = FakeUpstream::start();
    hook.pause();
    let upstream = FakeUpstream::start();
    let listener = format!("notify: {{webhook: \"{}/conn\"}}", hook.url());
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            listener: &listener,
            ..More::default()
        },
    );
    buffy.eventually_open();
    for _ in 0..50 {
        assert_eq!(buffy.get("/").status, 200);
    }
    eventually("the hook was asked", || hook.under_way() > 0);
    assert_eq!(buffy.get("/").status, 200);
    hook.resume();
}

#[test]
fn a_hook_is_told_of_connections_that_the_end_closes() {
    let hook = FakeUpstream::start();
    let upstream = FakeUpstream::start();
    let listener = format!("notify: {{webhook: \"{}/conn\"}}", hook.url());
    let more = More {
        listener: &listener,
        ..More::default()
    };
    let mut buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut idle = buffy.client();
    assert_eq!(idle.get("/").response().status, 200);
    buffy.stop();
    let closed = hook.requests().iter().any(|batch| {
        let batch: Value = serde_json::from_slice(&batch.body).expect("a batch is JSON");
        batch["closed"]
            .as_array()
            .is_some_and(|lines| lines.len() == 1)
    });
    assert!(closed, "{:?}", hook.requests());
}
