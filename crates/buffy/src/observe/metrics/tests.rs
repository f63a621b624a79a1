use std::sync::Arc;
use std::time::Duration;

use super::{
    Counters, Figures, GateCounts, HookFigures, ListenerFigures, NO_ENDPOINT, Outcome,
    ProcessFigures, Retry, StreamFigures, UpstreamFigures, text,
};

/// Two workers, an upstream that is down, one whose id must be escaped.
pub(super) fn figures() -> Figures {
    let (first, second) = (Counters::new(2), Counters::new(2));
    first.request(0, Outcome::Forwarded, 200);
    first.request(0, Outcome::Forwarded, 204);
    second.request(0, Outcome::Forwarded, 200);
    second.request(1, Outcome::ClientGone, 0);
    second.request(NO_ENDPOINT, Outcome::Refused, 501);
    first.held(Outcome::HeldReleased, Duration::from_millis(20));
    second.held(Outcome::HeldReleased, Duration::from_secs(400));
    second.retried(Retry::NotSent);
    let counts = GateCounts::default();
    counts.moved("down", "health");
    counts.moved("open", "health");
    counts.moved("down", "health");
    counts.probed(Duration::from_millis(3), None);
    counts.probed(Duration::from_secs(2), Some("timeout"));
    Figures {
        version: "0.1.0",
        started_seconds: 1_700_000_000.5,
        endpoints: vec!["example1".to_owned(), "say \"hi\"".to_owned()],
        counters: vec![Arc::new(first), Arc::new(second)],
        listeners: vec![ListenerFigures {
            id: "public".to_owned(),
            connections: 3,
            connections_max: 20_000,
        }],
        upstreams: vec![UpstreamFigures {
            id: "service1".to_owned(),
            held: 2,
            held_limit: 10_000,
            held_bytes: 512,
            oldest: Duration::from_millis(1_500),
            inflight: 1,
            open: false,
            closed: Duration::from_secs(9),
            targets_up: 0,
            forced: true,
            saturated: false,
            release_step: Some(8),
            counts: Arc::new(counts),
        }],
        held_memory: 65_536,
        held_spill: 1_000_000,
        reload_failed: false,
        hooks: vec![HookFigures {
            hook: "webhook",
            ok: 4,
            failed: 2,
            dropped: 0,
        }],
        streams: vec![StreamFigures {
            endpoint: "feed".to_owned(),
            open: 2,
            opened: 5,
            resumed: 1,
            dropped: 1,
        }],
        panics: 1,
        process: ProcessFigures {
            cpu_seconds: Some(1.25),
            resident_bytes: Some(4096),
            open_fds: Some(12),
            max_fds: Some(1024),
        },
    }
}

#[test]
fn workers_are_summed_and_written_for_prometheus() {
    insta::assert_snapshot!(text(figures()));
}

#[test]
fn counts_go_on_under_another_configuration() {
    let before = Counters::new(2);
    before.request(0, Outcome::Replied, 200);
    before.request(1, Outcome::Forwarded, 200);
    before.retried(Retry::NotSent);
    let after = before.next(&[None, Some(1), Some(7)]);
    after.request(1, Outcome::Forwarded, 200);
    // A request that began before counts for the endpoint that it was routed to.
    before.request(1, Outcome::Forwarded, 200);
    let of = |index, outcome| after.requests(index, outcome, 2);
    assert_eq!(of(0, Outcome::Replied), 0, "it is new");
    assert_eq!(of(1, Outcome::Forwarded), 3);
    assert_eq!(of(2, Outcome::Forwarded), 0, "nobody had that index");
    assert_eq!(after.retries(Retry::NotSent), 1);
}

#[test]
fn a_code_beyond_the_known_classes_is_counted_all_the_same() {
    let counters = Counters::new(0);
    counters.request(7, Outcome::Forwarded, 999);
    assert_eq!(counters.requests(NO_ENDPOINT, Outcome::Forwarded, 0), 1);
}

#[test]
fn a_hold_of_exactly_a_bound_is_within_it() {
    let counters = Counters::new(0);
    counters.held(Outcome::HitTimeout, Duration::from_secs(20));
    counters.held(Outcome::HitTimeout, Duration::from_millis(20_001));
    let mut sum = super::counters::HoldSum::default();
    counters.add_holds(Outcome::HitTimeout, &mut sum);
    assert_eq!(sum.buckets.iter().position(|&holds| holds == 1), Some(10));
    assert_eq!(sum.buckets[11], 1);
    assert_eq!(sum.nanos, 40_001_000_000);
}

#[cfg(target_os = "linux")]
#[test]
fn the_system_tells_about_this_process() {
    let process = ProcessFigures::read();
    assert!(process.resident_bytes.is_some_and(|bytes| bytes > 100_000));
    assert!(process.open_fds.is_some_and(|fds| fds >= 3));
    assert!(process.cpu_seconds.is_some_and(|seconds| seconds > 0.0));
}
