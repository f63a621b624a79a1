//! An heir that does not come to the end of taking over.

use std::sync::Arc;

use buffy::app::Ended;
use buffy::takeover::{Elder, TakeOverError};
use buffy_test::{FakeUpstream, TempFolder, eventually};

use crate::kit::{More, TestBuffy, forwarding};

/// An heir that has the sockets and the state, and is not ready yet.
fn heir(folder: &TempFolder) -> Elder {
    let elder = Elder::connect(&folder.path().join("state")).expect("it can be asked");
    let elder = elder.expect("somebody can be taken over from");
    let sockets = elder.sockets().expect("it gives its sockets");
    assert!(!sockets.is_empty());
    let lock = elder.state().expect("it gives its state");
    assert!(lock.is_some(), "the lock comes along");
    elder
}

#[test]
fn an_heir_that_leaves_gives_the_state_back() {
    let folder = Arc::new(TempFolder::new());
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::start_in(&folder, &forwarding(&upstream.url(), More::default()));
    buffy.eventually_open();
    let lock = folder.path().join("state/lock");
    let heir = heir(&folder);
    let refused = buffy.admin("POST", "/_admin/gate?upstream=up&action=close");
    assert_eq!(refused.status, 503, "{}", refused.text());
    // What every heir does with the lock.
    std::fs::write(&lock, "1\n").unwrap();
    drop(heir);

    eventually("orders are taken again", || {
        let target = "/_admin/gate?upstream=up&action=close";
        buffy.admin("POST", target).status == 200
    });
    let held_by = std::fs::read_to_string(&lock).unwrap();
    assert_eq!(held_by.trim(), std::process::id().to_string());
}

#[test]
fn one_that_stops_meanwhile_leaves_everything_to_the_heir() {
    let folder = Arc::new(TempFolder::new());
    let upstream = FakeUpstream::start();
    let mut buffy = TestBuffy::start_in(&folder, &forwarding(&upstream.url(), More::default()));
    buffy.gate("close");
    let mut held = buffy.holding("/");
    let elder = heir(&folder);
    let stopping = buffy.begin_stop();
    eventually("nobody else can take over", || {
        matches!(Elder::connect(&folder.path().join("state")), Ok(None))
    });
    elder.ready().unwrap();
    let left = elder.left().unwrap();
    assert_eq!(left.iter().map(|left| left.held).sum::<usize>(), 1);
    elder.follow(r#"{"version": 1, "upstreams": {}}"#).unwrap();
    assert_eq!(held.response().status, 200);
    assert_eq!(stopping.join().unwrap(), Ended::Gracefully);
    assert!(elder.has_gone());
}

#[test]
fn one_that_runs_has_not_gone_and_takes_nobody_for_ready_who_has_no_state() {
    let folder = Arc::new(TempFolder::new());
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::start_in(&folder, &forwarding(&upstream.url(), More::default()));
    let elder = Elder::connect(&folder.path().join("state"));
    let elder = elder.unwrap().expect("somebody can be taken over from");
    assert!(!elder.sockets().unwrap().is_empty());
    assert!(matches!(elder.ready(), Err(TakeOverError::Refused { .. })));
    assert!(!elder.has_gone());
    buffy.eventually_open();
    assert_eq!(buffy.get("/").status, 200);
}
