//! A target that refuses some connections and takes the next ones.

use std::process::Command;

use buffy_test::{FakeUpstream, RawClient, Reply, TempFolder, request};

use crate::kit::{Process, buffy, forwarding, text};

/// What refuses every hundredth connection. An address that refuses exactly one and takes the next
/// needs a packet filter; the C compiler, which links the binary, is always there.
const REFUSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/refuse.c");

#[cfg(target_os = "linux")]
#[test]
fn test_23_every_hundredth_connection_is_refused_and_nobody_notices() {
    refused_now_and_then(&[FakeUpstream::start()]);
}

#[cfg(target_os = "linux")]
#[test]
fn test_23_with_several_targets_nobody_notices_either() {
    refused_now_and_then(&[FakeUpstream::start(), FakeUpstream::start()]);
}

/// Clients whose requests need a connection each are all answered, whoever is refused.
#[cfg(target_os = "linux")]
fn refused_now_and_then(targets: &[FakeUpstream]) {
    const CLIENTS: usize = 4;
    const REQUESTS: usize = 500;
    let folder = TempFolder::new();
    let library = folder.path().join("refuse.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", REFUSE, "-o"])
        .arg(&library)
        .arg("-ldl")
        .output()
        .expect("cc, which links Rust's binaries, runs");
    assert!(compiled.status.success(), "{}", text(&compiled.stderr));

    // Each answer ends its connection, so that each request needs a new one.
    let last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    for target in targets {
        target.reply_otherwise(Reply::raw(last).then(buffy_test::Step::Close));
    }
    let mut command = buffy(folder.path(), &["run", "-c", "buffy.yaml"]);
    command.env("LD_PRELOAD", &library);
    let urls = targets.iter().map(|one| format!("{{url: {}}}", one.url()));
    let urls = format!("targets: [{}]", urls.collect::<Vec<_>>().join(", "));
    let first = targets.first().expect("there is one");
    let one = format!("endpoint: {}", first.url());
    let config = forwarding(first, "").replace(&one, &urls);
    let process = Process::start_by(&folder, &config, command);
    let port = process.port();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                let method = if client % 2 == 0 { "GET" } else { "POST" };
                let body: &[u8] = if method == "GET" { b"" } else { b"once" };
                let mut connection = RawClient::connect(port);
                for n in 0..REQUESTS {
                    connection.send(request(method, &format!("/{client}/{n}"), &[], body));
                    let answer = connection.response();
                    assert_eq!(answer.status, 200, "{}", answer.text());
                }
            });
        }
    });
    let sent: usize = targets.iter().map(FakeUpstream::count).sum();
    assert_eq!(sent, CLIENTS * REQUESTS, "each is sent once");
    let refused = process.metric("buffy_retries_total{class=\"not_sent\"}");
    assert!(refused >= 10, "{refused} of about 20 were met by requests");
    let downs = process
        .metric("buffy_gate_transitions_total{upstream=\"up\",to=\"down\",cause=\"health\"}");
    assert_eq!(downs, 0, "one refusal is no outage");
}
