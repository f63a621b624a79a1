//! One process takes over from another; and an end that waits.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use buffy_test::{FakeUpstream, RawClient, Reply, TempFolder, eventually, get};
use rustix::process::Signal;
use serde_json::Value;

use crate::kit::{Process, buffy, forwarding};

/// Another process in the same folder, which takes over.
fn heir(folder: &TempFolder, configuration: &str) -> Process {
    let command = buffy(folder.path(), &["run", "--take-over", "-c", "buffy.yaml"]);
    let process = Process::start_by(folder, configuration, command);
    eventually("it has taken over", || {
        process.log().contains("taken over: ")
    });
    process
}

fn asking(port: u16, count: usize) -> Vec<RawClient> {
    let ask = |_| {
        let mut client = RawClient::connect(port);
        client.get("/");
        client
    };
    (0..count).map(ask).collect()
}

fn statuses(clients: &mut [RawClient]) -> Vec<u16> {
    let answers = clients.iter_mut().map(RawClient::response);
    answers.map(|answer| answer.status).collect()
}

fn held(process: &Process) -> Value {
    process.admin("GET", "/_admin/api/v1/held").json()
}

#[track_caller]
fn eventually_up(process: &Process) {
    eventually("the target is up", || {
        process.metric("buffy_targets_up{upstream=\"up\"}") == 1
    });
}

#[test]
fn test_11_take_over_with_50_held() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    let mut elder = Process::start(&folder, &configuration);
    let port = elder.port();
    elder.gate("close&reason=deploy");
    let mut first = asking(port, 50);
    elder.eventually_holds(50);

    let heir = heir(&folder, &configuration);

    assert_eq!((heir.port(), heir.admin_port()), (port, elder.admin_port()));
    assert_eq!(heir.admin("GET", "/readyz").status, 200);
    let mut second = asking(port, 5);
    heir.eventually_holds(5);
    assert_eq!(held(&heir)["count"], 55, "those of both are listed");
    assert_eq!(held(&heir)["held"].as_array().map(Vec::len), Some(55));
    assert!(!elder.has_ended());
    let answer = heir.gate("open");
    assert_eq!(answer.json()["persisted"], true);
    assert_eq!(statuses(&mut first), [200; 50]);
    assert_eq!(statuses(&mut second), [200; 5]);
    assert_eq!(elder.wait().code(), Some(0));
    eventually("it is alone", || heir.log().contains("has gone"));
    assert_eq!(upstream.count(), 55);
    assert_eq!(get(port, "/").status, 200);
}

#[test]
fn test_11_sigterm_with_50_held() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::absent();
    let mut process = Process::start(&folder, &forwarding(&upstream, ""));
    let mut clients = asking(process.port(), 50);
    process.eventually_holds(50);
    process.signal(Signal::TERM);
    eventually("it stops", || process.admin("GET", "/readyz").status == 503);
    upstream.listen();
    assert_eq!(statuses(&mut clients), [200; 50]);
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn those_at_the_elder_go_first_and_are_seen_to_by_hand() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    let mut elder = Process::start(&folder, &configuration);
    let port = elder.port();
    eventually_up(&elder);
    elder.gate("close");
    let mut first = asking(port, 3);
    elder.eventually_holds(3);
    let heir = heir(&folder, &configuration);
    let mut second = asking(port, 3);
    heir.eventually_holds(3);
    // Nobody is let go by hand to a target that was not seen up.
    eventually_up(&heir);

    let hand = |what: &str| {
        let target = format!("/_admin/api/v1/held/{what}?upstream=up&count=1");
        heir.admin("POST", &target).json()["done"].as_u64()
    };
    assert_eq!(hand("refuse"), Some(1));
    assert_eq!(hand("release"), Some(1));
    eventually("two of the elder's are gone", || held(&heir)["count"] == 4);
    assert_eq!(upstream.count(), 1);
    // A stop reaches those who wait at either.
    heir.gate("stop&message=maintenance");
    let mut answers = statuses(&mut first);
    answers.sort_unstable();
    assert_eq!(answers, [200, 503, 503]);
    assert_eq!(statuses(&mut second), [503; 3]);
    assert_eq!(elder.wait().code(), Some(0));
}

#[test]
fn nobody_notices_a_take_over_under_load() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "  workers: 2\n");
    let mut process = Process::start(&folder, &configuration);
    let port = process.port();
    eventually("the gate is open", || get(port, "/").status == 200);
    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let load = |index: usize| {
        let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
        let thread = std::thread::Builder::new().name(format!("load-{index}"));
        let work = move || {
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(get(port, "/").status, 200);
                answered.fetch_add(1, Ordering::Relaxed);
            }
        };
        thread.spawn(work).expect("a thread for the load")
    };
    let threads: Vec<JoinHandle<()>> = (0..4).map(load).collect();
    let goes_on = || {
        let before = answered.load(Ordering::Relaxed);
        eventually("requests are answered", || {
            answered.load(Ordering::Relaxed) >= before + 100
        });
    };
    goes_on();
    // Fewer workers, then more.
    for workers in [1, 3] {
        let configuration = configuration.replace("workers: 2", &format!("workers: {workers}"));
        let next = heir(&folder, &configuration);
        assert_eq!(process.wait().code(), Some(0));
        process = next;
        goes_on();
    }
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        assert!(thread.join().is_ok(), "a request failed");
    }
}

#[test]
fn a_chain_of_two_answers_all_whoever_held_them() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    let mut first = Process::start(&folder, &configuration);
    let port = first.port();
    first.gate("close");
    let mut clients = asking(port, 3);
    first.eventually_holds(3);
    let mut second = heir(&folder, &configuration);
    clients.extend(asking(port, 3));
    second.eventually_holds(3);
    let third = heir(&folder, &configuration);
    clients.extend(asking(port, 3));
    third.eventually_holds(3);
    assert_eq!(held(&third)["count"], 9, "those of all three are listed");
    assert!(!first.has_ended() && !second.has_ended());

    third.gate("open");
    assert_eq!(statuses(&mut clients), [200; 9]);
    assert_eq!(upstream.count(), 9);
    assert_eq!(first.wait().code(), Some(0));
    assert_eq!(second.wait().code(), Some(0));
    eventually("it is alone", || third.log().contains("has gone"));
}

#[test]
fn those_at_the_elder_keep_nobody_longer_than_5_s() {
    let folder = TempFolder::new();
    let (upstream, absent) = (FakeUpstream::start(), FakeUpstream::absent());
    let mut elder = Process::start(&folder, &forwarding(&absent, ""));
    let port = elder.port();
    let mut first = asking(port, 1);
    elder.eventually_holds(1);
    let before = Instant::now();
    let configuration = forwarding(&upstream, "");
    let heir = heir(&folder, &configuration);
    let mut second = asking(port, 1);
    heir.eventually_holds(1);
    // Another upstream takes the place of the one that lets others go first: it does so, too.
    folder.write("buffy.yaml", &configuration.replace("200", "250"));
    heir.signal(Signal::HUP);
    eventually("it is reloaded", || {
        heir.log().contains("upstreams changed: up")
    });
    assert_eq!(statuses(&mut second), [200]);
    assert!(
        before.elapsed() >= Duration::from_secs(5),
        "nobody went first"
    );
    assert!(!first[0].has_answer() && !elder.has_ended());
    absent.listen();
    assert_eq!(statuses(&mut first), [200]);
    assert_eq!(elder.wait().code(), Some(0));
}

#[test]
fn an_heir_that_dies_leaves_the_folder_to_the_next() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    let mut elder = Process::start(&folder, &configuration);
    elder.gate("close&reason=deploy");
    let first = asking(elder.port(), 2);
    elder.eventually_holds(2);
    let mut heir = heir(&folder, &configuration);
    heir.signal(Signal::KILL);
    heir.wait();

    let next = Process::start(&folder, &configuration);
    let mut second = asking(next.port(), 2);
    next.eventually_holds(2);
    assert!(!elder.has_ended(), "it keeps what it holds");
    next.gate("open");
    assert_eq!(statuses(&mut second), [200; 2]);
    drop(first);
    assert_eq!(elder.wait().code(), Some(0));
}

#[test]
fn what_is_in_flight_at_the_elder_is_waited_for_by_drains() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    upstream.reply("/slow", Reply::silent());
    let configuration = forwarding(&upstream, "");
    let mut elder = Process::start(&folder, &configuration);
    let mut slow = RawClient::connect(elder.port());
    slow.get("/slow");
    eventually("it is on its way", || upstream.under_way() == 1);
    let heir = heir(&folder, &configuration);
    eventually("it counts at the heir", || {
        heir.metric("buffy_inflight{upstream=\"up\"}") == 1
    });
    let answer = heir.admin("POST", "/_admin/api/v1/gates/up/close?drain=100ms");
    assert_eq!(answer.status, 409, "{}", answer.text());
    drop(slow);
    elder.wait();
}

#[test]
fn an_heir_that_cannot_start_changes_nothing() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let configuration = forwarding(&upstream, "");
    let elder = Process::start(&folder, &configuration);
    let port = elder.port();
    let port_taken = format!(
        "id: public\n    bind: 127.0.0.1\n    port: {}",
        taken.local_addr().unwrap().port()
    );
    let wrong = configuration.replace("id: public\n    bind: 127.0.0.1\n    port: 0", &port_taken);
    assert_ne!(wrong, configuration);
    let command = buffy(folder.path(), &["run", "--take-over", "-c", "buffy.yaml"]);
    let mut heir = Process::start_by(&folder, &wrong, command);
    assert_eq!(heir.wait().code(), Some(78));
    assert_eq!(get(port, "/").status, 200);
    assert_eq!(elder.gate("close").json()["persisted"], true);
}

#[test]
fn nobody_to_take_over_from_is_a_usual_start() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let command = buffy(folder.path(), &["run", "--take-over", "-c", "buffy.yaml"]);
    let process = Process::start_by(&folder, &forwarding(&upstream, ""), command);
    assert_eq!(get(process.port(), "/").status, 200);
}
