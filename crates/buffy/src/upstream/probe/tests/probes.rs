//! One look at a target.

use std::sync::Arc;

use buffy_core::config::{DocumentKind, HealthCheck, Target};
use buffy_core::gate::Input;
use buffy_core::rule::{Rule, StatusRanges};
use buffy_test::{FakeUpstream, OneThread, Reply};
use serde_json::json;
use tokio::net::TcpListener;

use super::super::last::{LastProbe, Looks};
use super::super::prober::{Check, Prober};
use super::{addresses, reports, within};
use crate::client::Client;
use crate::clock;
use crate::upstream::address::Addresses;

fn target(port: u16) -> Target {
    Target {
        weight: 1,
        url: format!("http://127.0.0.1:{port}"),
        host: "127.0.0.1".to_owned(),
        port,
        authority: format!("127.0.0.1:{port}"),
        base: String::new(),
    }
}

fn http(rule: Option<&str>) -> HealthCheck {
    HealthCheck::Http {
        path: "/health".to_owned(),
        expect_status: StatusRanges::parse("200-299").unwrap(),
        rule: rule.map(|text| Rule::parse(text, DocumentKind::Json).unwrap()),
    }
}

/// Looks once: what was told to the gate, and what is kept for people.
fn look(
    rt: &OneThread,
    addresses: Addresses,
    check: &HealthCheck,
    port: u16,
    short: bool,
) -> (Option<Result<(), String>>, LastProbe) {
    let (reported, report) = reports();
    let looks = Arc::new(Looks::new(1));
    let prober = Prober {
        target: 0,
        check: Check::of(check, &target(port), Client::default()),
        addresses,
        within: within(short),
        looks: Arc::clone(&looks),
        counts: Arc::default(),
        report,
    };
    let before = clock::now();
    rt.run(prober.look());
    let told = reported.lock().unwrap().pop().map(|input| {
        let Input::Probe { began, result, .. } = input else {
            panic!("no probe: {input:?}")
        };
        assert!(before <= began && began <= clock::now());
        result
    });
    (told, looks.last_probe(0).unwrap())
}

fn probe(target: &FakeUpstream, check: &HealthCheck) -> Result<(), String> {
    let rt = OneThread::new();
    look(&rt, addresses(&rt, target), check, target.port(), false)
        .0
        .unwrap()
}

fn wrong(target: &FakeUpstream, check: &HealthCheck) -> String {
    probe(target, check).unwrap_err()
}

#[test]
fn a_target_that_accepts_and_stands_is_well() {
    assert_eq!(probe(&FakeUpstream::start(), &HealthCheck::Tcp), Ok(()));
}

#[test]
fn a_target_that_speaks_first_is_well() {
    let rt = OneThread::new();
    let port = rt.run(accepting(|stream| {
        stream.try_write(b"220 ready\r\n").unwrap() > 0
    }));
    let addresses = Addresses::of("127.0.0.1", port, rt.handle().clone());
    assert_eq!(
        look(&rt, addresses, &HealthCheck::Tcp, port, false).0,
        Some(Ok(()))
    );
}

#[test]
fn a_target_that_refuses_is_not() {
    assert_eq!(
        wrong(&FakeUpstream::absent(), &HealthCheck::Tcp),
        "connection refused"
    );
    let refused = wrong(&FakeUpstream::absent(), &http(None));
    assert_eq!(refused, "GET /health: connection refused");
}

#[test]
fn a_target_that_closes_at_once_is_not() {
    let rt = OneThread::new();
    let port = rt.run(accepting(|_| false));
    let addresses = Addresses::of("127.0.0.1", port, rt.handle().clone());
    let (told, last) = look(&rt, addresses, &HealthCheck::Tcp, port, false);
    assert_eq!(told, Some(Err("closed at once by the peer".to_owned())));
    assert_eq!(last.error.as_deref(), Some("closed at once by the peer"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_black_hole_is_not_waited_for() {
    let (rt, hole) = (OneThread::new(), FakeUpstream::start());
    hole.swallow();
    let told = look(
        &rt,
        addresses(&rt, &hole),
        &HealthCheck::Tcp,
        hole.port(),
        true,
    )
    .0;
    assert_eq!(told, Some(Err("timed out after 80ms".to_owned())));
}

#[test]
fn a_target_that_does_not_answer_is_not_waited_for() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    target.reply("/health", Reply::silent());
    let told = look(
        &rt,
        addresses(&rt, &target),
        &http(None),
        target.port(),
        true,
    )
    .0;
    assert_eq!(
        told,
        Some(Err("GET /health: timed out after 80ms".to_owned()))
    );
}

#[test]
fn an_answer_is_judged_by_its_status() {
    let target = FakeUpstream::start();
    target.reply("/health", Reply::text(204, ""));
    assert_eq!(probe(&target, &http(None)), Ok(()));
    target.reply("/health", Reply::text(503, "starting"));
    assert_eq!(
        wrong(&target, &http(None)),
        "GET /health: status 503, expected 200-299"
    );
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n";
    target.reply("/health", Reply::raw(elsewhere));
    assert_eq!(
        wrong(&target, &http(None)),
        "GET /health: status 302, expected 200-299"
    );

    let requests = target.requests();
    assert!(
        requests.iter().all(|one| one.target == "/health"),
        "no redirect is followed"
    );
    let host = format!("127.0.0.1:{}", target.port());
    let agent = concat!("buffy-probe/", env!("CARGO_PKG_VERSION"));
    for one in &requests {
        assert_eq!(one.field("host"), Some(host.as_str()));
        assert_eq!(one.field("user-agent"), Some(agent));
        assert_eq!(one.field("connection"), Some("close"));
    }
    assert_eq!(
        target.connections(),
        requests.len(),
        "each on a connection of its own"
    );
}

#[test]
fn an_answer_is_judged_by_its_rule() {
    let target = FakeUpstream::start();
    let check = http(Some("ready=true && db=\"up\""));
    target.reply(
        "/health",
        Reply::json(200, &json!({ "ready": true, "db": "up" })),
    );
    assert_eq!(probe(&target, &check), Ok(()));
    target.reply(
        "/health",
        Reply::json(200, &json!({ "ready": true, "db": "down" })),
    );
    let said = wrong(&target, &check);
    assert!(
        said.starts_with("GET /health: status 200, but the rule fails: "),
        "{said}"
    );
    assert!(said.ends_with("met \"down\""), "{said}");
}

#[test]
fn what_is_too_long_or_breaks_off_is_said() {
    let target = FakeUpstream::start();
    target.reply("/health", Reply::text(200, &"x".repeat(256 * 1024)));
    assert_eq!(probe(&target, &http(None)), Ok(()));
    target.reply("/health", Reply::text(200, &"x".repeat(256 * 1024 + 1)));
    assert_eq!(
        wrong(&target, &http(None)),
        "GET /health: the body is longer than 256 KiB"
    );
    target.reply("/health", Reply::close_unanswered());
    assert_eq!(
        wrong(&target, &http(None)),
        "GET /health: the connection was closed before the answer was complete"
    );
}

#[test]
fn a_failure_of_this_machine_is_not_told() {
    let rt = OneThread::new();
    let addresses = Addresses::failing(rt.handle().clone(), "Temporary failure in name resolution");
    let (told, last) = look(&rt, addresses, &HealthCheck::Tcp, 80, false);
    assert_eq!(told, None);
    let error = last.error.unwrap();
    assert!(error.starts_with("a failure of this machine: "), "{error}");
}

#[test]
fn the_last_look_is_kept_for_people() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    target.reply("/health", Reply::text(503, &"é".repeat(150)));
    let last = look(
        &rt,
        addresses(&rt, &target),
        &http(None),
        target.port(),
        false,
    )
    .1;
    assert_eq!((last.status, last.body.len()), (Some(503), 200));
    assert!(crate::clock::unix_ms() - last.at_ms < 60_000);
}

/// Accepts one connection after the other, and keeps those that it is to.
async fn accepting(keep: fn(&tokio::net::TcpStream) -> bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let accept = async move {
        let mut kept = Vec::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.writable().await.unwrap();
            if keep(&stream) {
                kept.push(stream);
            }
        }
    };
    drop(crate::tasks::spawn("accepting", accept));
    port
}
