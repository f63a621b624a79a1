//! Names that are looked up well, badly, slowly; and what connects say.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use buffy_test::{DEADLINE, FakeUpstream, OneThread};
use tokio::time::Instant;

use super::{Addresses, ConnectError, FRESH};

/// A resolver that answers as it is told, and counts.
#[derive(Clone, Default)]
struct Resolver {
    answer: Arc<Mutex<Vec<SocketAddr>>>,
    /// Instead of the answer.
    error: Arc<Mutex<Option<&'static str>>>,
    asked: Arc<AtomicUsize>,
}

impl Resolver {
    fn answering(ports: &[u16]) -> Self {
        let resolver = Self::default();
        *resolver.answer.lock().unwrap() = ports.iter().map(|&port| local(port)).collect();
        resolver
    }

    fn failing(text: &'static str) -> Self {
        let resolver = Self::default();
        resolver.fail(text);
        resolver
    }

    fn fail(&self, text: &'static str) {
        *self.error.lock().unwrap() = Some(text);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn addresses(&self, rt: &OneThread) -> Addresses {
        let me = self.clone();
        let lookup = move |_: &str, _: u16| {
            me.asked.fetch_add(1, Ordering::SeqCst);
            match *me.error.lock().unwrap() {
                Some(text) => Err(io::Error::other(text)),
                None => Ok(me.answer.lock().unwrap().clone()),
            }
        };
        Addresses::looked_up_by("target.test", 80, rt.handle().clone(), Arc::new(lookup))
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn connect(rt: &OneThread, addresses: &Addresses) -> Result<u16, ConnectError> {
    connect_within(rt, addresses, DEADLINE)
}

fn connect_within(
    rt: &OneThread,
    addresses: &Addresses,
    within: Duration,
) -> Result<u16, ConnectError> {
    rt.run(async {
        let stream = addresses.connect(Instant::now() + within).await?;
        assert!(stream.nodelay().unwrap());
        Ok(stream.peer_addr().unwrap().port())
    })
}

/// Answers older than they are believed.
fn grow_old(addresses: &Addresses) {
    addresses.known.grow_older(FRESH);
}

#[test]
fn an_address_is_not_looked_up() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    let addresses = Addresses::of("127.0.0.1", target.port(), rt.handle().clone());
    assert_eq!(connect(&rt, &addresses).unwrap(), target.port());
}

#[test]
fn the_system_knows_localhost() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    let addresses = Addresses::of("localhost", target.port(), rt.handle().clone());
    assert_eq!(connect(&rt, &addresses).unwrap(), target.port());
}

#[test]
fn a_fresh_answer_is_not_asked_for_again() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    let resolver = Resolver::answering(&[target.port()]);
    let addresses = resolver.addresses(&rt);
    connect(&rt, &addresses).unwrap();
    connect(&rt, &addresses).unwrap();
    assert_eq!(resolver.asked(), 1);
    grow_old(&addresses);
    connect(&rt, &addresses).unwrap();
    assert_eq!(resolver.asked(), 2);
}

#[test]
fn a_new_address_is_followed() {
    let rt = OneThread::new();
    let (old, new) = (FakeUpstream::start(), FakeUpstream::start());
    let resolver = Resolver::answering(&[old.port()]);
    let addresses = resolver.addresses(&rt);
    assert_eq!(connect(&rt, &addresses).unwrap(), old.port());
    *resolver.answer.lock().unwrap() = vec![local(new.port())];
    grow_old(&addresses);
    assert_eq!(connect(&rt, &addresses).unwrap(), new.port());
}

#[test]
fn a_failed_look_up_keeps_the_old_addresses() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    let resolver = Resolver::answering(&[target.port()]);
    let addresses = resolver.addresses(&rt);
    connect(&rt, &addresses).unwrap();
    for failure in [
        "Temporary failure in name resolution",
        "Name or service not known",
    ] {
        resolver.fail(failure);
        grow_old(&addresses);
        assert_eq!(
            connect(&rt, &addresses).unwrap(),
            target.port(),
            "{failure}"
        );
    }
    assert_eq!(resolver.asked(), 3);
}

#[test]
fn a_resolver_that_hangs_keeps_the_old_addresses() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    let port = target.port();
    let hang = Arc::new(Mutex::new(()));
    let (first, gate) = (AtomicUsize::new(0), Arc::clone(&hang));
    let lookup = move |_: &str, _: u16| {
        if first.fetch_add(1, Ordering::SeqCst) > 0 {
            drop(gate.lock().unwrap());
        }
        Ok(vec![local(port)])
    };
    let addresses =
        Addresses::looked_up_by("target.test", 80, rt.handle().clone(), Arc::new(lookup));
    connect(&rt, &addresses).unwrap();
    let hanging = hang.lock().unwrap();
    grow_old(&addresses);
    assert_eq!(connect(&rt, &addresses).unwrap(), port);
    drop(hanging);
}

#[test]
fn look_ups_at_one_time_are_one() {
    let (rt, target) = (OneThread::new(), FakeUpstream::start());
    let resolver = Resolver::answering(&[target.port()]);
    let addresses = resolver.addresses(&rt);
    let deadline = || Instant::now() + DEADLINE;
    let all = rt.run(async {
        let (one, two, three) = (deadline(), deadline(), deadline());
        tokio::join!(
            addresses.connect(one),
            addresses.connect(two),
            addresses.connect(three)
        )
    });
    assert!(all.0.is_ok() && all.1.is_ok() && all.2.is_ok());
    assert_eq!(resolver.asked(), 1);
}

#[test]
fn all_addresses_are_tried_and_the_good_one_first_from_then_on() {
    let rt = OneThread::new();
    let (away, here) = (FakeUpstream::absent(), FakeUpstream::start());
    let resolver = Resolver::answering(&[away.port(), here.port()]);
    let addresses = resolver.addresses(&rt);
    assert_eq!(connect(&rt, &addresses).unwrap(), here.port());
    away.listen();
    assert_eq!(connect(&rt, &addresses).unwrap(), here.port());
    grow_old(&addresses);
    assert_eq!(
        connect(&rt, &addresses).unwrap(),
        here.port(),
        "a new answer changes nothing"
    );
    assert_eq!(away.connections(), 0);
}

#[test]
fn refused_is_when_all_refuse() {
    let rt = OneThread::new();
    let (one, other) = (FakeUpstream::absent(), FakeUpstream::absent());
    let addresses = Resolver::answering(&[one.port(), other.port()]).addresses(&rt);
    let error = connect(&rt, &addresses).unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert_eq!(error.in_words(), "connection refused");
}

#[cfg(target_os = "linux")]
#[test]
fn a_black_hole_times_out_and_does_not_hide_what_is_behind_it() {
    let rt = OneThread::new();
    let (hole, here) = (FakeUpstream::start(), FakeUpstream::start());
    hole.swallow();
    let within = Duration::from_millis(100);
    let alone = Addresses::of("127.0.0.1", hole.port(), rt.handle().clone());
    let error = connect_within(&rt, &alone, within).unwrap_err();
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error:?}");
    assert!(!error.is_local());

    let both = Resolver::answering(&[hole.port(), here.port()]).addresses(&rt);
    assert_eq!(
        connect_within(&rt, &both, Duration::from_secs(2)).unwrap(),
        here.port()
    );
}

#[test]
fn a_name_that_is_none_differs_from_a_resolver_that_is_away() {
    let rt = OneThread::new();
    let said = |failure| {
        let addresses = Resolver::failing(failure).addresses(&rt);
        connect(&rt, &addresses).unwrap_err()
    };
    let none = said("failed to lookup address information: Name or service not known");
    assert!(matches!(none, ConnectError::NoSuchHost { .. }), "{none:?}");
    assert_eq!(none.in_words(), "no such host: target.test");
    let away = said("failed to lookup address information: Temporary failure in name resolution");
    assert!(away.is_local(), "{away:?}");
}

#[test]
fn failures_of_this_machine_are_no_evidence() {
    use rustix::io::Errno;
    let verdict = |errnos: &[Errno]| {
        let failures = errnos.iter().map(|&errno| errno.into()).collect();
        super::error::verdict(failures, Duration::from_secs(2))
    };
    for errno in [
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOBUFS,
        Errno::NOMEM,
        Errno::ADDRNOTAVAIL,
    ] {
        assert!(verdict(&[errno]).is_local(), "{errno}");
    }
    let localhost = verdict(&[Errno::ADDRNOTAVAIL, Errno::CONNREFUSED]);
    assert!(
        matches!(localhost, ConnectError::Refused { .. }),
        "no IPv6 here: {localhost:?}"
    );
    let mixed = verdict(&[Errno::CONNREFUSED, Errno::HOSTUNREACH]);
    assert!(
        matches!(mixed, ConnectError::Unreachable { .. }),
        "{mixed:?}"
    );
    let timed_out = verdict(&[Errno::TIMEDOUT, Errno::CONNREFUSED]);
    assert_eq!(timed_out.in_words(), "timed out after 2s");
}
