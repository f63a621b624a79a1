//! `buffy health`, as the health check of an image asks it.

use buffy_test::{FakeUpstream, TempFolder, eventually};
use rustix::process::Signal;

use crate::kit::{Process, forwarding};
use crate::verb::{ask, run, typed};

#[test]
fn it_is_alive_and_ready_while_its_upstream_is_away() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    drop(upstream);
    let process = Process::start(&folder, &configuration);
    let port = process.admin_port();
    ask(port, &["health"]).ended(0, &["alive: http://127.0.0.1:"]);
    ask(port, &["health", "--ready"]).ended(0, &["ready: "]);
}

#[test]
fn it_is_found_by_its_configuration_and_asked_on_loopback_where_it_is_bound_wide() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    let (listener, admin) = configuration.split_once("admin:").expect("there is one");
    let admin = admin.replacen("bind: 127.0.0.1", "bind: 0.0.0.0", 1);
    let process = Process::start(&folder, &format!("{listener}admin:{admin}"));
    let port = process.admin_port();
    let written = admin.replacen("port: 0", &format!("port: {port}"), 1);
    folder.write("as-it-runs.yaml", &format!("{listener}admin:{written}"));
    let asked = run(typed(folder.path(), &["health", "-c", "as-it-runs.yaml"]));
    asked.ended(0, &[&format!("alive: http://127.0.0.1:{port}")]);
}

#[test]
fn a_mistake_in_the_file_makes_nobody_sick_who_runs() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "");
    let process = Process::start(&folder, &configuration);
    let (listener, admin) = configuration.split_once("admin:").expect("there is one");
    let port = process.admin_port();
    let written = admin.replacen("port: 0", &format!("port: {port}"), 1);
    let mistaken = format!("{listener}admin:{written}mistake: 1\n");
    folder.write("buffy.yaml", &mistaken);
    run(typed(folder.path(), &["check"])).ended(78, &["unknown key `mistake`"]);
    run(typed(folder.path(), &["health", "--ready"])).ended(0, &["ready: "]);
}

#[test]
fn the_admins_unix_socket_is_asked_first() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let admin = "admin:\n    unix: admin.sock";
    let configuration = forwarding(&upstream, "").replace("admin:", admin);
    let process = Process::start(&folder, &configuration);
    process.admin_port();
    run(typed(folder.path(), &["health"])).ended(0, &["alive: unix:admin.sock"]);
}

#[test]
fn one_that_stops_is_alive_and_not_ready() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "  shutdown: {delay: 60s}\n");
    let process = Process::start(&folder, &configuration);
    let port = process.admin_port();
    process.signal(Signal::TERM);
    eventually("it stops", || process.log().contains("stopping"));
    ask(port, &["health", "--ready"]).ended(1, &["stopping"]);
    ask(port, &["health"]).ended(0, &["alive"]);
}

#[test]
fn one_that_is_away_hangs_or_is_another_is_69() {
    let gone = FakeUpstream::start().port();
    ask(gone, &["health"]).ended(69, &["cannot be reached"]);

    let other = FakeUpstream::start();
    ask(other.port(), &["health"]).ended(69, &["is not Buffy's admin API"]);

    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = silent.local_addr().expect("it has an address").port();
    ask(port, &["health"]).ended(69, &["broke off"]);
}
